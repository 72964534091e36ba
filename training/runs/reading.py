"""Reading the files of one run, which may be damaged: what holds is given, anything else is a RunBroken."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from training.runs.log import logged
from training.runs.record import PROGRESS, SAMPLES, RunBroken, RunRecord, read_progress, read_samples

_Lines = list[dict[str, Any]]


def sound_record(folder: Path) -> RunRecord:
    """The record of the run in `folder`. Raises RunBroken."""
    run = logged(folder)
    if run.record is None:
        raise RunBroken(run.broken)
    return run.record


def progress_of(folder: Path) -> _Lines:
    """The lines of progress. Raises RunBroken."""
    return _read(folder / PROGRESS, read_progress, folder)


def samples_of(folder: Path) -> _Lines:
    """The sampled answers. Raises RunBroken."""
    return _read(folder / SAMPLES, read_samples, folder)


def _read(file: Path, read: Callable[[Path], _Lines], folder: Path) -> _Lines:
    try:
        return read(folder)
    except (OSError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise RunBroken(f"{file} is damaged ({type(error).__name__}: {error}); restore it from a copy.") from error
