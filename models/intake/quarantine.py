"""Quarantine: a folder of its own for each upload, gone when the upload is done with, in whatever way.

The folder is locked while it is used. What a crash left behind is not locked, and the next start sweeps it away.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def quarantine(incoming: Path) -> Iterator[Path]:
    """A new folder under `incoming` that only its owner may read; removed at the end with all that is in it."""
    incoming.mkdir(parents=True, exist_ok=True)
    with _held(incoming):  # nobody sweeps between the folder's making and its locking
        place = Path(tempfile.mkdtemp(dir=incoming))
        handle = os.open(place, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(handle)


def sweep(incoming: Path) -> int:
    """Remove what no process holds; gives how many that were."""
    if not incoming.is_dir():
        return 0
    with _held(incoming):
        return sum(_removed(place) for place in sorted(incoming.iterdir()))


def _removed(place: Path) -> bool:
    with suppress(OSError), _held(place, fcntl.LOCK_NB):
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink()
        return True
    return False


@contextmanager
def _held(place: Path, how: int = 0) -> Iterator[None]:
    handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | how)
        yield
    finally:
        os.close(handle)
