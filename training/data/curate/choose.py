"""Choosing k rows: the longest, or any.

The longest responses are a strong and cheap choice: Zhao et al., "Long Is More for Alignment", arXiv 2402.04833. The
winner of the 2024 league used it for 1,000 rows.
"""

import random
from collections.abc import Sequence

from training.data.curate.outcome import Outcome, enough, kept
from training.data.rows import Scalar, TrainingRow
from training.data.tokens import Counting


def longest(rows: Sequence[TrainingRow], k: int, tokens: Counting) -> Outcome:
    """The k rows whose responses have the most tokens, in the order of the file; of equals the first. DataError."""
    enough(rows, k, "longest")
    counts = tokens.of_responses(rows)
    ranked = sorted(range(len(rows)), key=lambda place: (-counts[place], place))
    shortest = counts[ranked[k - 1]]
    reasons = {place: f"{counts[place]:,} tokens; the shortest kept has {shortest:,}" for place in ranked[k:]}
    settings: dict[str, Scalar] = {"k": k, "shortest_tokens": shortest, "tokenizer": tokens.name}
    return kept(rows, reasons, "longest", {**settings, "tokenizer_sha256": tokens.sha256})


def random_rows(rows: Sequence[TrainingRow], k: int, seed: int) -> Outcome:
    """Any k rows, each with the same chance, in the order of the file. Raises DataError."""
    enough(rows, k, "random")
    chosen = set(random.Random(seed).sample(range(len(rows)), k))
    reasons = {place: "not drawn" for place in range(len(rows)) if place not in chosen}
    return kept(rows, reasons, "random", {"k": k, "seed": seed})
