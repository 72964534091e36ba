"""The order of rows in an epoch when rows of like length share a batch. Which rows there are is `rows`' matter."""

import random
from collections.abc import Iterator, Sequence

from torch.utils.data import Sampler

JITTER = 0.15  # of a row's length, so that batches differ from epoch to epoch


class ByLength(Sampler[int]):
    """Batches of rows of like length in a random order, drawn anew for every epoch from the seed and the epoch.

    Unlike Transformers' own it does not draw from the global generator, so that a resumed run sees the same order.
    """

    def __init__(self, lengths: Sequence[int], batch: int, seed: int) -> None:
        self._lengths, self._batch, self._seed, self._epoch = lengths, batch, seed, 0

    def __len__(self) -> int:
        return len(self._lengths)

    def set_epoch(self, epoch: int) -> None:
        """Called by accelerate before each epoch."""
        self._epoch = epoch

    def __iter__(self) -> Iterator[int]:
        rng = random.Random(f"{self._seed}/{self._epoch}")
        order = sorted(range(len(self)), key=lambda row: self._lengths[row] * rng.uniform(1 - JITTER, 1 + JITTER))
        batches = [order[start : start + self._batch] for start in range(0, len(order), self._batch)]
        last = batches.pop() if len(batches[-1]) < self._batch else []  # a short batch must stay the last one
        rng.shuffle(batches)
        yield from (row for batch in [*batches, last] for row in batch)
