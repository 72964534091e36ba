"""Groups of texts that say nearly the same. What is done about a group is decided in `curate`.

Two texts are near-duplicates when the Jaccard index of their shingles reaches the threshold. Candidates are found by
MinHash and locality-sensitive hashing in bands (Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", chapter 3),
narrowed by the estimated similarity, then compared exactly. At the threshold about one pair in a thousand is missed;
in a crowd (over a thousand texts that all nearly reach it, because they share much boilerplate) up to every second.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from training.data.errors import DataError
from training.data.shingles import PERMUTATIONS, minima, shingles

Indices = NDArray[np.int64]
Floats = NDArray[np.float64]

LEAST_RECALL = 0.9995  # chance that two texts exactly as similar as the threshold become candidates
LEAST_THRESHOLD = 0.3  # below it, unrelated texts of the same kind meet
MARGIN_ERRORS = 3.3  # standard errors by which an estimate may fall short of the threshold
CROWD = 1000  # so many that fall short by that little are not compared exactly: 26,000 rows would take an hour


@dataclass(frozen=True, slots=True)
class Compared:
    """Texts made ready for comparing: minima uint32 [texts, PERMUTATIONS]; shingles as numbers, all in one row."""

    minima: NDArray[np.uint32]
    shingles: NDArray[np.int32]
    starts: Indices  # of each text's shingles, and one more at the end

    def __len__(self) -> int:
        return len(self.minima)


def compare(texts: Iterable[str]) -> Compared:
    """Shingles and minima of every text."""
    sets = [shingles(text) for text in texts]
    starts = np.concatenate([[0], np.cumsum([len(one) for one in sets], dtype=np.int64)])
    numbers = np.unique(np.concatenate(sets or [np.empty(0, np.uint32)]), return_inverse=True)[1]
    return Compared(minima(sets), numbers.astype(np.int32), starts)


def leaders(texts: Compared, order: Sequence[int], threshold: float) -> Indices:
    """For each text the one that stands for it: the first in `order` that nothing stands for and that is as similar.

    No two leaders are near-duplicates, and everyone is a near-duplicate of the own leader. Raises DataError.
    """
    return _grouped(texts, order, threshold, chained=False)


def clusters(texts: Compared, threshold: float) -> Indices:
    """For each text the first of its cluster: near-duplicates of near-duplicates belong together. Raises DataError."""
    return _grouped(texts, range(len(texts)), threshold, chained=True)


def similarity(texts: Compared, one: int, other: int) -> float:
    """The exact similarity of two of the texts, 0 to 1."""
    first, second = (texts.shingles[texts.starts[n] : texts.starts[n + 1]] for n in (one, other))
    shared = len(np.intersect1d(first, second))
    return shared / (len(first) + len(second) - shared)


def bands(threshold: float) -> tuple[int, int]:
    """How many bands of how many minima find pairs at the threshold with `LEAST_RECALL`. Raises DataError."""
    if not LEAST_THRESHOLD <= threshold <= 1:
        raise DataError(f"A similarity threshold lies between {LEAST_THRESHOLD} and 1, not at {threshold}.")
    for rows in range(PERMUTATIONS // 2, 1, -1):
        count = PERMUTATIONS // rows
        if 1 - (1 - threshold**rows) ** count >= LEAST_RECALL:
            return count, rows
    return PERMUTATIONS, 1


def _grouped(texts: Compared, order: Iterable[int], threshold: float, *, chained: bool) -> Indices:
    """Each free text in turn takes the free ones near it; when chained, those it took go on taking.

    A text that is taken leaves every bucket, so a heap of equal texts costs one comparison each, not one a pair.
    """
    owner = np.full(len(texts), -1, dtype=np.int64)
    buckets, similar = _Buckets(texts.minima, bands(threshold)), _Similar(texts, threshold)
    for leader in order:
        if owner[leader] >= 0:
            continue
        owner[leader] = leader
        waiting = [leader]
        while waiting:
            one = waiting.pop()
            near = similar.among(one, buckets.beside(one, owner))
            owner[near] = leader
            if chained:
                waiting += near.tolist()
    return owner


class _Similar:
    """Picks the texts that reach the threshold: by one byte of each minimum, then by the shingles themselves.

    One byte is enough to estimate by (Li and König, "b-Bit Minwise Hashing", 2010) and a quarter of the memory.
    """

    def __init__(self, texts: Compared, threshold: float) -> None:
        self._texts, self._threshold = texts, threshold
        self._digests = ((texts.minima * np.uint32(0x9E3779B1)) >> np.uint32(24)).astype(np.uint8)
        self._least = threshold - MARGIN_ERRORS * (threshold * (1 - threshold) / PERMUTATIONS) ** 0.5
        self._own = np.zeros(int(texts.shingles.max(initial=0)) + 1, dtype=bool)

    def among(self, one: int, others: Indices) -> Indices:
        """Those of `others` that are near-duplicates of `one`."""
        estimated = self._estimated(one, others)
        likely: Indices = others[estimated >= self._least]
        if len(likely) > CROWD:
            likely = others[estimated >= self._threshold]
        return likely[self._exact(one, likely) >= self._threshold] if len(likely) else likely

    def _estimated(self, one: int, others: Indices) -> Floats:
        equal = (self._digests[others] == self._digests[one]).view(np.uint64)  # eight counters of 0 or 1 a word
        counters = np.add.reduce(equal, axis=1).view(np.uint8).reshape(len(others), 8)
        agreeing = counters.sum(axis=1, dtype=np.int64) / PERMUTATIONS
        return cast(Floats, (agreeing - 1 / 256) / (1 - 1 / 256))  # bytes also agree by chance

    def _exact(self, one: int, others: Indices) -> Floats:
        starts, numbers = self._texts.starts, self._texts.shingles
        own = numbers[starts[one] : starts[one + 1]]
        sizes = starts[others + 1] - starts[others]
        begins = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        places = np.repeat(starts[others] - begins, sizes) + np.arange(sizes.sum())
        self._own[own] = True
        shared = np.add.reduceat(self._own[numbers[places]], begins, dtype=np.int64)
        self._own[own] = False
        return cast(Floats, shared / (sizes + len(own) - shared))


class _Buckets:
    """For each band, the texts that agree in all of its minima."""

    def __init__(self, minima: NDArray[np.uint32], shape: tuple[int, int]) -> None:
        count, rows = shape
        self._keys = [_band_keys(minima[:, band * rows : (band + 1) * rows]) for band in range(count)]
        self._members = [_members(keys) for keys in self._keys]

    def beside(self, one: int, owner: Indices) -> Indices:
        """The free texts that share a bucket with `one`; those that are taken leave the buckets for good."""
        beside = np.zeros(len(owner), dtype=bool)
        for keys, members in zip(self._keys, self._members, strict=True):
            key = int(keys[one])
            if key in members:
                members[key] = members[key][owner[members[key]] < 0]
                beside[members[key]] = True
        return np.flatnonzero(beside)


def _band_keys(part: NDArray[np.uint32]) -> Indices:
    """A number for each distinct row of the band, from 0."""
    packed = np.ascontiguousarray(part).view(np.dtype((np.void, part.shape[1] * part.itemsize))).ravel()
    return np.unique(packed, return_inverse=True)[1].astype(np.int64)


def _members(keys: Indices) -> dict[int, Indices]:
    """The texts with each key, in their order, where there are two at least."""
    order, counts = np.argsort(keys, kind="stable"), np.bincount(keys)
    ends = np.cumsum(counts)
    return {int(key): order[ends[key] - counts[key] : ends[key]] for key in np.flatnonzero(counts > 1)}
