"""Keeping what is random out of each other's way: whatever happens inside `untouched` leaves no trace in the run."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


@contextmanager
def untouched() -> Iterator[None]:
    """Put Python's, NumPy's and PyTorch's generators back afterwards, on the CPU and on every CUDA device."""
    import torch

    python, numbers = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng():
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numbers)
