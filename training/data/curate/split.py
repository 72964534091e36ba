"""Training and validation rows, with no near-duplicate on both sides: clusters stay together."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.data import near
from training.data.choices import Part
from training.data.curate.dedupe import THRESHOLD
from training.data.errors import DataError
from training.data.rows import Scalar, Step, TrainingRow


@dataclass(frozen=True, slots=True)
class Split:
    """Both sides, each in the order of the file and signed; `notes` say what a reader should know."""

    training: list[TrainingRow]
    validation: list[TrainingRow]
    settings: dict[str, Scalar]
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The report as JSON data."""
        counts = {"training": len(self.training), "validation": len(self.validation)}
        return {"step": "split", **self.settings, **counts, "notes": list(self.notes)}


def split(
    rows: Sequence[TrainingRow], share: float, seed: int, threshold: float = THRESHOLD, part: Part = Part.ROW
) -> Split:
    """About `share` of the rows for validation, drawn by `seed` cluster by cluster, never more.

    A cluster holds near-duplicates and their near-duplicates (see `near`). Raises DataError where one side would be
    empty.
    """
    if not 0 < share < 1:
        raise DataError(f"The share for validation lies between 0 and 1, not at {share}.")
    groups = _clusters(rows, threshold, part)
    wanted = max(1, round(share * len(rows)))
    chosen = _drawn(groups, wanted, random.Random(seed))
    _check(rows, groups, len(chosen), wanted)
    settings: dict[str, Scalar] = {"share": share, "seed": seed, "threshold": threshold, "part": part.value}
    sides: tuple[list[TrainingRow], list[TrainingRow]] = ([], [])
    for place, row in enumerate(rows):
        side = "validation" if place in chosen else "training"
        sides[place in chosen].append(row.with_step(Step("split", {**settings, "side": side})))
    return Split(*sides, settings, tuple(_notes(groups, len(chosen), wanted)))


def _clusters(rows: Sequence[TrainingRow], threshold: float, part: Part) -> list[list[int]]:
    owners = near.clusters(near.compare(part.of(row) for row in rows), threshold)
    groups: dict[int, list[int]] = {}
    for place, owner in enumerate(np.asarray(owners).tolist()):
        groups.setdefault(owner, []).append(place)
    return list(groups.values())


def _drawn(groups: list[list[int]], wanted: int, rng: random.Random) -> set[int]:
    """Clusters in a random order, each taken where it still fits."""
    chosen: set[int] = set()
    for group in rng.sample(groups, len(groups)):
        if len(chosen) + len(group) <= wanted:
            chosen.update(group)
    return chosen


def _check(rows: Sequence[TrainingRow], groups: list[list[int]], chosen: int, wanted: int) -> None:
    if not chosen or chosen == len(rows):
        smallest, largest = min(map(len, groups), default=0), max(map(len, groups), default=0)
        raise DataError(
            f"{len(rows):,} rows cannot be split: {wanted:,} are wanted for validation, but near-duplicates stay "
            f"together and make {len(groups):,} clusters of {smallest:,} to {largest:,} rows. Take near-duplicates out "
            "first (`finale train data curate dedupe`), or ask for a larger share."
        )


def _notes(groups: list[list[int]], chosen: int, wanted: int) -> list[str]:
    larger = [len(group) for group in groups if len(group) > 1]
    notes = []
    if larger:
        notes.append(
            f"{sum(larger):,} rows lie in {len(larger):,} clusters of near-duplicates (the largest: {max(larger):,}); "
            "each stayed on one side"
        )
    if chosen < wanted:
        notes.append(f"{chosen:,} rows for validation, not {wanted:,}: the clusters left over are larger than the gap")
    return notes
