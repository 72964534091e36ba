"""Effects within groups: least squares on what differs from the group's mean, so that no group's level can confound.

Intervals resample whole clusters; p-values shuffle marks within groups. What the groups are is the caller's business.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.judging.statistics.intervals import Interval

RESAMPLES, SHUFFLES, SEED = 4_000, 4_000, 0
_CHUNK = 500_000

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """`size` with its 95 % bootstrap interval; `p` is two-sided by shuffling, None where it was not asked for."""

    size: float
    interval: Interval
    p: float | None


@dataclass(frozen=True, slots=True)
class Groups:
    """For each of n rows the number of its group, and of its cluster of groups, both from 0."""

    group: Numbers
    cluster: Numbers

    def centred(self, values: Floats) -> Floats:
        """`values` (n or n × m) less their group's mean."""
        sizes = np.bincount(self.group)
        columns = np.atleast_2d(values.T)
        means = np.array([np.bincount(self.group, column) / sizes for column in columns])
        result: Floats = (columns - means[:, self.group]).T
        return result if values.ndim > 1 else result[:, 0]

    def summed(self, values: Floats) -> Floats:
        """Sums of `values` (n × …) by cluster."""
        total = np.zeros((int(self.cluster.max()) + 1, *values.shape[1:]))
        np.add.at(total, self.cluster, values)
        return total

    def ranked(self, values: Floats) -> Floats:
        """Each value's rank in its group, ties in the middle."""
        ranks = np.empty_like(values)
        for group in np.unique(self.group):
            rows = self.group == group
            _, place, counts = np.unique(values[rows], return_inverse=True, return_counts=True)
            ranks[rows] = (np.cumsum(counts) - (counts - 1) / 2)[place]
        return ranks


def effect(values: Floats, marks: Floats, groups: Groups, beside: Floats | None = None) -> Estimate:
    """Marks per unit of `values` (n) within groups; with `beside` (n × m), at equal values of those.

    The p-value shuffles what `beside` leaves unexplained (Freedman & Lane 1983).
    """
    x = groups.centred(values[:, None] if beside is None else np.column_stack([values, beside]))
    y = groups.centred(marks)
    solved, resampled = _solutions(x, y, groups)
    rest = y - x[:, 1:] @ np.linalg.lstsq(x[:, 1:], y, rcond=None)[0] if beside is not None else y
    weights = np.linalg.pinv(x)[0]
    return Estimate(float(solved[0]), _interval(resampled[:, 0]), _p(float(solved[0]), weights, rest, groups.group))


def rank_correlation(values: Floats, marks: Floats, groups: Groups) -> Estimate:
    """Spearman's correlation with ranks within groups, pooled over them; −1 to 1."""
    x, y = groups.centred(groups.ranked(values)), groups.centred(groups.ranked(marks))
    sums = groups.summed(np.column_stack([x * y, x * x, y * y]))
    found = _correlation(sums.sum(0)[None])[0]
    # Shuffling leaves both spreads as they are, so the product alone is compared.
    p = _p(float(x @ y), x, y, groups.group)
    return Estimate(float(found), _interval(_correlation(_counts(len(sums)) @ sums)), p)


def place_effects(place: Numbers, marks: Floats, groups: Groups) -> list[Estimate]:
    """Marks of each place 0, 1, … above the mean place, when a group's rows differ in place alone."""
    shown = np.eye(int(place.max()) + 1)[place]
    solved, resampled = _solutions(groups.centred(shown), groups.centred(marks), groups)
    return [Estimate(float(size), _interval(resampled[:, at]), None) for at, size in enumerate(solved)]


def interval_of_ratio(above: Floats, below: Floats) -> Interval:
    """95 % bootstrap interval of Σ above ÷ Σ below over clusters, one of each per cluster; a resample of 0 ÷ 0 is 0."""
    counts = _counts(len(above))
    total = counts @ below
    return _interval(np.divide(counts @ above, total, out=np.zeros_like(total), where=total > 0))


def _solutions(x: Floats, y: Floats, groups: Groups) -> tuple[Floats, Floats]:
    """Least-squares coefficients (m), and those of every resample of clusters (RESAMPLES × m)."""
    squares, products = groups.summed(x[:, :, None] * x[:, None, :]), groups.summed(x * y[:, None])
    counts = _counts(len(squares))
    inverse = np.linalg.pinv(np.tensordot(counts, squares, 1), hermitian=True)
    resampled: Floats = np.einsum("rij,rj->ri", inverse, counts @ products)
    solved: Floats = np.linalg.pinv(squares.sum(0), hermitian=True) @ products.sum(0)
    return solved, resampled


def _counts(clusters: int) -> Floats:
    """How often each cluster is in each resample."""
    rng = np.random.default_rng(SEED)
    return rng.multinomial(clusters, np.full(clusters, 1 / clusters), RESAMPLES).astype(float)


def _interval(resampled: Floats) -> Interval:
    low, high = np.quantile(resampled, [0.025, 0.975])
    return Interval(float(low), float(high))


def _correlation(sums: Floats) -> Floats:
    spread = np.sqrt(sums[:, 1] * sums[:, 2])
    result: Floats = np.divide(sums[:, 0], spread, out=np.zeros_like(spread), where=spread > 0)
    return result


def _p(found: float, weights: Floats, marks: Floats, group: Numbers) -> float:
    """Share of shuffles within groups whose weighted sum of marks is as far from 0 as `found`, which counts as one."""
    order = np.argsort(group, kind="stable")
    weights, marks, group = weights[order], marks[order], group[order]
    rng, rows, as_far = np.random.default_rng(SEED), max(1, _CHUNK // len(marks)), 1
    for start in range(0, SHUFFLES, rows):
        keys = rng.random((min(rows, SHUFFLES - start), len(marks))) + group
        as_far += int((np.abs(marks[np.argsort(keys, axis=1)] @ weights) >= abs(found) - 1e-12).sum())
    return as_far / (SHUFFLES + 1)
