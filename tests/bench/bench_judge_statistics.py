"""10,000 stored judgements, read from a file and aggregated: preferences, rates, intervals, length control, comparison.

Loading the libraries counts, since a command line pays for it every time.
"""

import json
import math
import random
import tempfile
import time
from pathlib import Path

from tests.bench.driving import row

JUDGEMENTS, MOST_SECONDS = 10_000, 5.0


def main() -> None:
    """Run the benchmark and print it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "judgements.jsonl"
        _store(file)
        began = time.perf_counter()
        told = _aggregate(file)
        seconds = time.perf_counter() - began
    row(f"{JUDGEMENTS:,} stored judgements to a result with intervals and length control", f"{seconds:.2f} s")
    row("the same ÷ goal", f"{seconds / MOST_SECONDS:.2f}", "under 1", seconds < MOST_SECONDS)
    for what, result in told.items():
        row(what, result)


def _store(file: Path) -> None:
    """Both orders of each question, as a league keeps them."""
    rng = random.Random(0)
    with file.open("w") as stored:
        for number in range(JUDGEMENTS):
            lengths = rng.randrange(50, 3000), rng.randrange(50, 3000)
            odds = (lengths[0] - lengths[1]) / 1000 + rng.gauss(0, 1)
            model, baseline = (-math.log1p(math.exp(-odds)), -math.log1p(math.exp(odds)))
            m, capital = (model, baseline) if number % 2 else (baseline, model)
            judgement = {
                "question": number // 2,
                "order": number % 2,
                "model_length": lengths[0],
                "baseline_length": lengths[1],
                "difficulty": rng.gauss(0, 1.4),
                "top_logprobs": [{"token": "m", "logprob": m}, {"token": "M", "logprob": capital}],
            }
            stored.write(json.dumps(judgement) + "\n")


def _aggregate(file: Path) -> dict[str, str]:
    """Everything that a league says of one model."""
    from models.judging import statistics as judging

    rows = [json.loads(line) for line in file.read_text().splitlines()]
    spoken = [judging.preference_from_logprobs(one["top_logprobs"]) or 0.0 for one in rows]
    preferences = [3 - said if one["order"] else said for said, one in zip(spoken, rows, strict=True)]
    means = [sum(preferences[at : at + 2]) / 2 for at in range(0, len(rows), 2)]
    result = judging.head_to_head(means)
    wilson = judging.wilson_interval(result.wins, result.judged)
    bootstrap = judging.bootstrap_mean_interval([100 * (mean - 1) for mean in means])
    order = judging.order_consistency(spoken[::2], spoken[1::2])
    versus = judging.paired_sign_test(means, means[::-1])
    control = judging.fit_length_controlled(
        preferences,
        [one["model_length"] for one in rows],
        [one["baseline_length"] for one in rows],
        [one["difficulty"] for one in rows],
        questions=[one["question"] for one in rows],
    )
    return {
        "win rate, 95 % by bootstrap": f"{result.rate:.1f} % ({bootstrap.low:.1f} to {bootstrap.high:.1f})",
        "wins, 95 % by Wilson": f"{result.wins:,} of {result.judged:,} ({wilson.low:.1%} to {wilson.high:.1%})",
        "length-controlled": f"{control.win_rate:.1f} % ({control.interval.low:.1f} to {control.interval.high:.1f})",
        "consistent over both orders": f"{order.consistent:.1%}",
        "sign test": f"p = {versus.p:.2f}",
    }
