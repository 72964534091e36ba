"""The card of a data set: what is in it, where it comes from, what was done to it. Writing it out is in `card_files`.

Everything is counted from the rows; only name, licence and description are told by a person, and nothing is invented.
"""

import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.data.errors import DataError
from training.data.languages import Identify, identify
from training.data.rows import TrainingRow, fingerprint
from training.data.tokens import Counting

FORMAT = "finale-data-card/1"
LANGUAGE_SAMPLE = 2000
EXAMPLES = 5
EXAMPLE_SEED = 2404


@dataclass(frozen=True, slots=True)
class About:
    """What only a person can say of a data set. `licence` is an SPDX name or a sentence, such as "not cleared yet"."""

    name: str
    licence: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """The card as JSON data, and the token counts of its two histograms."""

    data: dict[str, Any]
    response_tokens: list[int]
    row_tokens: list[int]


def make_card(rows: Sequence[TrainingRow], about: About, tokens: Counting, identified: Identify = identify) -> Card:
    """The card of these rows. Raises DataError without rows, a name or a licence."""
    if not rows or not about.name.strip():
        raise DataError("A data card needs a name and one row at least.")
    if not about.licence.strip():
        raise DataError(
            "A data card needs the licence of the data: give it with --licence, in words if it has no name "
            '(such as "own work, all rights reserved" or "not cleared yet").'
        )
    responses, wholes = tokens.of_responses(rows), tokens.of_rows(rows)
    measured: dict[str, Any] = {"tokenizer": {"name": tokens.name, "sha256": tokens.sha256}}
    measured |= {"response": spread(responses), "row": spread(wholes)}
    data = {
        "format": FORMAT,
        "name": about.name,
        "description": about.description,
        "licence": about.licence,
        "rows": len(rows),
        "fingerprint": fingerprint(rows),
        "identical_rows": len(rows) - len({row.id for row in rows}),
        "with_system_prompt": sum(1 for row in rows if row.system),
        "of_several_turns": sum(1 for row in rows if len(row.messages) - bool(row.system) > 2),
        "tokens": measured,
        "languages": _languages(rows, identified),
        "sources": _sources(rows),
        "steps": _steps(rows),
        "examples": [row.chat() for row in _examples(rows, responses)],
    }
    return Card(data, responses, wholes)


def spread(counts: Sequence[int]) -> dict[str, float]:
    """Least, median, mean, 95th percentile, most and sum."""
    values = np.asarray(counts)
    told = {"least": int(values.min()), "median": float(np.median(values)), "mean": round(float(values.mean()), 1)}
    return told | {"p95": float(np.percentile(values, 95)), "most": int(values.max()), "sum": int(values.sum())}


def _languages(rows: Sequence[TrainingRow], identified: Identify) -> dict[str, Any]:
    """Of the responses, or of so many drawn from them."""
    sample = rows
    if len(rows) > LANGUAGE_SAMPLE:
        sample = random.Random(EXAMPLE_SEED).sample(list(rows), LANGUAGE_SAMPLE)
    counts = Counter(identified(row.response)[0] for row in sample)
    return {
        "responses_looked_at": len(sample),
        "counts": dict(sorted(counts.items(), key=lambda one: (-one[1], one[0]))),
    }


def _sources(rows: Sequence[TrainingRow]) -> list[dict[str, Any]]:
    counts = Counter((row.source.file, row.source.sha256, row.source.shape) for row in rows)
    return [
        {"file": file, "sha256": sha256, "shape": shape, "rows": count}
        for (file, sha256, shape), count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    ]


def _steps(rows: Sequence[TrainingRow]) -> list[dict[str, Any]]:
    """Every step with how many of the rows went through it, in the order in which they were taken."""
    counts: Counter[str] = Counter()
    order: dict[str, int] = {}
    for row in rows:
        for number, step in enumerate(row.source.steps):
            told = json.dumps({"name": step.name, **step.settings}, sort_keys=True)
            counts[told] += 1
            order[told] = max(order.get(told, 0), number)
    told_in_order = sorted(counts, key=lambda told: (order[told], told))
    return [{**json.loads(told), "rows": counts[told]} for told in told_in_order]


def _examples(rows: Sequence[TrainingRow], tokens: Sequence[int]) -> list[TrainingRow]:
    """The shortest, the middle and the longest response, and drawn ones; never the same row twice."""
    ranked = sorted(range(len(rows)), key=lambda place: (tokens[place], place))
    places = [ranked[0], ranked[len(ranked) // 2], ranked[-1]]
    places += random.Random(EXAMPLE_SEED).sample(range(len(rows)), min(EXAMPLES, len(rows)))
    return [rows[place] for place in list(dict.fromkeys(places))[:EXAMPLES]]
