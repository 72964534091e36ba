"""Intervals: Wilson's for a proportion, the bootstrap for a mean."""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from models.judging.statistics.errors import DataRefused

RESAMPLES = 10_000
_CHUNK = 1_000_000


class Interval(NamedTuple):
    """From `low` to `high`, in the unit of what it is about."""

    low: float
    high: float


def wilson_interval(successes: int, trials: int, confidence: float = 0.95) -> Interval:
    """Wilson's score interval of a proportion, from 0 to 1, without continuity correction (Wilson 1927).

    Raises DataRefused when there were no trials, or more successes than trials.
    """
    if isinstance(successes, float) or isinstance(trials, float) or not 0 <= successes <= trials or trials < 1:
        raise DataRefused(f"expected whole successes of at least one trial, got {successes} of {trials}")
    z = normal_quantile(confidence)
    share, scale = successes / trials, 1 + z * z / trials
    centre = (share + z * z / (2 * trials)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    # At the ends the formula gives 0 and 1 but for rounding.
    return Interval(0.0 if successes == 0 else centre - half, 1.0 if successes == trials else centre + half)


def bootstrap_mean_interval(
    values: Sequence[float], resamples: int = RESAMPLES, seed: int = 0, confidence: float = 0.95
) -> Interval:
    """Percentile bootstrap of the mean of `values`, one per question (Efron 1979); in their unit.

    The same values give the same interval in any order. Raises DataRefused without values or when one is not finite.
    """
    normal_quantile(confidence)  # refuses what is no confidence
    drawn_from = np.sort(np.asarray(values, dtype=float))
    if drawn_from.ndim != 1 or drawn_from.size == 0 or not np.isfinite(drawn_from).all() or resamples < 1:
        raise DataRefused("expected one finite value or more and one resample or more")
    rng, rows = np.random.default_rng(seed), max(1, _CHUNK // drawn_from.size)
    sizes = [min(rows, resamples - start) for start in range(0, resamples, rows)]
    means = [
        drawn_from[rng.integers(0, drawn_from.size, (size, drawn_from.size), dtype=np.int32)].mean(1) for size in sizes
    ]
    low, high = np.quantile(np.concatenate(means), [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(low), float(high))


def normal_quantile(confidence: float) -> float:
    """How many standard errors a two-sided interval reaches to each side. Raises DataRefused outside 0 to 1."""
    if not 0 < confidence < 1:
        raise DataRefused(f"expected a confidence between 0 and 1, such as 0.95, got {confidence!r}")
    return NormalDist().inv_cdf((1 + confidence) / 2)
