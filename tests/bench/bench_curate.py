"""Curating 26,000 rows of realistic length, in a process of its own: longest-k, near-duplicates out, split; and traps.

The goal is 60 s on two cores and 1.5 GB. It is held against processor time of all threads, which is at least the time
that passes on idle cores and does not count what neighbours do. Traps are heaps of rows in which a naive search would
compare every pair.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from tests.bench.driving import row
from training.corpus import generate
from training.data.rows import Message, Role, Source, TrainingRow, made

ROWS, LONGEST = 26_000, 1_000
MOST_SECONDS, MOST_MB = 60.0, 1536
ACTS = ("longest", "dedupe", "split")
SEED = 2404
SOURCE = Source("bench.jsonl", 1, "0" * 64, "messages")


def main() -> None:
    """Run the benchmark and print it."""
    for kind in ("natural", "identical", "numbered"):
        _told(kind, _apart(kind), trap=kind != "natural")


def _told(kind: str, found: dict[str, float], trap: bool) -> None:
    words = {"natural": "rows of realistic length", "identical": "identical rows", "numbered": "rows but for a number"}
    row(f"{ROWS:,} {words[kind]}: words a response, mean", f"{found['words']:.0f}")
    for act in ACTS:
        row(f"  {act}: passed, processor time of all threads", f"{found[act]:.1f} s, {found[f'{act} cpu']:.1f} s")
    passed, used = sum(found[act] for act in ACTS), sum(found[f"{act} cpu"] for act in ACTS)
    row("  together: passed (with whatever else runs here)", f"{passed:.1f} s")
    row("  together: processor time", f"{used:.1f} s", f"under {MOST_SECONDS:g}", used < MOST_SECONDS)
    row("  processor time ÷ goal", f"{used / MOST_SECONDS:.2f}")
    row("  memory peak", f"{found['mb']:,.0f} MB", f"under {MOST_MB:,}", found["mb"] < MOST_MB)
    row("  rows left by dedupe", f"{found['left']:,.0f}", "1" if trap else "")


def _apart(kind: str) -> dict[str, float]:
    """In a fresh process, so that its memory peak is its own."""
    command = [sys.executable, "-m", "tests.bench.bench_curate", "--kind", kind]
    found: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found


def rows_of(kind: str) -> list[TrainingRow]:
    """Generated rows: four of the corpus's answers each, every tenth a near-duplicate of another; or a trap."""
    rng = random.Random(SEED)
    found = generate.rows(ROWS, SEED)
    if kind != "natural":
        text = "\n\n".join(one.answer for one in found[:4])
        return [_row("What is it?", text + (f" {n}" if kind == "numbered" else "")) for n in range(ROWS)]
    answers = [one.answer for one in found]
    rows: list[TrainingRow] = []
    for one in found:
        near = rows and rng.random() < 0.1
        text = _changed(rng.choice(rows).response, rng) if near else "\n\n".join(rng.choices(answers, k=4))
        rows.append(_row(one.question, text))
    return rows


def _row(question: str, response: str) -> TrainingRow:
    return made((Message(Role.USER, question), Message(Role.ASSISTANT, response)), SOURCE)


def _changed(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    words[rng.randrange(len(words))] = "indeed"
    return " ".join(words)


def measure(kind: str) -> dict[str, float]:
    """Seconds of each act on all rows, and the peak of resident memory in MB."""
    from training.data.curate import dedupe, longest, split
    from training.data.tokens import Tokens

    rows, tokens = rows_of(kind), Tokens()
    found = {"words": sum(len(one.response.split()) for one in rows) / len(rows)}
    found["longest"], found["longest cpu"], _ = _timed(lambda: longest(rows, LONGEST, tokens))
    found["dedupe"], found["dedupe cpu"], left = _timed(lambda: dedupe(rows))
    found["left"] = len(left.rows)
    found["split"], found["split cpu"], _ = _timed(lambda: _split(split, rows))
    found["mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found


def _split(split: Callable[..., Any], rows: list[TrainingRow]) -> Any:
    from training.data.errors import DataError

    try:
        return split(rows, 0.1, SEED)
    except DataError as error:  # a heap of near-duplicates has no two sides, and says so
        return error


def _timed(act: Callable[[], Any]) -> tuple[float, float, Any]:
    began, used = time.perf_counter(), time.process_time()
    found = act()
    return time.perf_counter() - began, time.process_time() - used, found


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--kind", choices=["natural", "identical", "numbered"])
    given = parser.parse_args()
    if given.kind:
        print(json.dumps(measure(given.kind)))
    else:
        main()
