"""Krippendorff's alpha: agreement among any number of raters, some marks missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from models.judging.statistics.errors import DataRefused

MOST_CELLS = 2_000_000
"""The library's table has units × values² cells: beyond this many, the same sums are taken without a table."""


class Level(StrEnum):
    """What differences between marks mean: distances, ranks, or only same and different."""

    INTERVAL = "interval"
    ORDINAL = "ordinal"
    NOMINAL = "nominal"


@dataclass(frozen=True, slots=True)
class Alpha:
    """`value` is 1 for full agreement, 0 for chance, below 0 for less; None with a `reason` where it is undefined.

    `units` have marks by two raters or more; no others count.
    """

    value: float | None
    units: int
    reason: str | None = None


def krippendorff_alpha(units: Sequence[Sequence[float | None]], level: Level | str = Level.INTERVAL) -> Alpha:
    """Krippendorff's alpha of `units` × raters, None or NaN where a rater gave no mark (Krippendorff 2004, ch. 11).

    Undefined cases give no number but a reason. Raises DataRefused for rows of different lengths, infinite marks and an
    unknown level.
    """
    if level not in list(Level):
        raise DataRefused(f"expected a level of {', '.join(Level)}, got {level!r}")
    if len({len(unit) for unit in units}) > 1:
        raise DataRefused("expected the same number of raters in every unit, with None where one gave no mark")
    marks = np.array([[np.nan if mark is None else mark for mark in unit] for unit in units], dtype=float)
    if np.isinf(marks).any():
        raise DataRefused("expected marks that are finite, or None where a rater gave none")
    marks = marks[(~np.isnan(marks)).sum(1) > 1] if marks.size else marks.reshape(0, 0)
    if not len(marks):
        return Alpha(None, 0, "No entry was marked by two raters or more.")
    values = np.unique(marks[~np.isnan(marks)])
    if len(values) == 1:
        return Alpha(None, len(marks), "Every mark is the same, so agreement cannot be told from chance.")
    if len(marks) * len(values) ** 2 > MOST_CELLS:
        return Alpha(_by_sums(marks, values, Level(level)), len(marks))
    return Alpha(_by_library(marks, Level(level)), len(marks))


def _by_library(marks: NDArray[np.float64], level: Level) -> float:
    import krippendorff

    return float(krippendorff.alpha(marks.T, level_of_measurement=level.value))


def _by_sums(marks: NDArray[np.float64], values: NDArray[np.float64], level: Level) -> float:
    """1 − observed ÷ expected disagreement, each a sum of squared differences; every row has two marks or more."""
    unit, rater = np.nonzero(~np.isnan(marks))
    place = np.searchsorted(values, marks[unit, rater])
    sizes, counts = np.bincount(unit), np.bincount(place)
    if level is Level.NOMINAL:
        # Ordered pairs that differ: all of them less those within one value.
        _, within = np.unique(unit * len(values) + place, return_counts=True)
        same = np.bincount(np.unique(unit * len(values) + place) // len(values), within.astype(float) ** 2)
        apart, all_apart = sizes**2 - same, len(unit) ** 2 - (counts.astype(float) ** 2).sum()
    else:
        # Krippendorff's ordinal distance is the interval distance between the middles of tied ranks.
        scale = values if level is Level.INTERVAL else np.cumsum(counts) - counts / 2
        at = scale[place] - scale[place].mean()
        apart = 2 * (sizes * np.bincount(unit, at**2) - np.bincount(unit, at) ** 2)
        all_apart = 2 * len(unit) * (at**2).sum()
    return float(1 - (len(unit) - 1) * (apart / (sizes - 1)).sum() / all_apart)
