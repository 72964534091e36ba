"""The log of runs: a folder of run folders, read anew whenever it is asked. There is no index that could disagree.

Runs may lie in sub-folders, such as one per search. A folder that looks like a run but cannot be read is told as
broken, with the reason.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from training.runs.errors import RunsRefused
from training.runs.record import LOCK, PROGRESS, RECORD, SAMPLES, RunBroken, RunRecord, is_held, read_record
from training.runs.soundness import unsound

DEEPEST = 4  # folders below the log's own
LEAST_PREFIX = 4  # characters of an id that may stand for the whole
_TRACES = frozenset((PROGRESS, SAMPLES, LOCK, f".{RECORD}.part", "adapter", "checkpoints"))


@dataclass(frozen=True, slots=True)
class Logged:
    """One run folder: its record, or, without one, what is `broken`."""

    folder: Path
    record: RunRecord | None
    broken: str = ""

    @property
    def name(self) -> str:
        """The run's name, or its folder's."""
        return self.record.name if self.record and self.record.name else self.folder.name


def scan(root: Path) -> list[Logged]:
    """Every run under `root`, newest first, broken ones at the end. Raises RunsRefused if there is no such folder."""
    if not root.is_dir():
        raise RunsRefused(f"There is no log of runs in {root}; give its folder with --runs.")
    found = [logged(folder) for folder in _run_folders(root, DEEPEST)]
    return sorted(found, key=lambda run: run.record.started_at if run.record else "", reverse=True)


def logged(folder: Path) -> Logged:
    """What a run folder says of itself. Nothing in it makes this fail."""
    try:
        record = read_record(folder)
    except RunBroken as error:
        return Logged(folder, None, _why(folder) or str(error))
    except (OSError, RecursionError) as error:
        return Logged(folder, None, f"{folder / RECORD} cannot be read: {error}.")
    wrong = unsound(record)
    if wrong:
        return Logged(folder, None, f"{folder / RECORD} is damaged: {wrong}; restore it from a copy.")
    return Logged(folder, record)


def find(root: Path, reference: str) -> Logged:
    """The run that a path, an id, the beginning of an id, or a name stands for.

    Raises RunsRefused when there is none, or more than one.
    """
    if _looks_like_a_run(Path(reference)):
        return logged(Path(reference))
    runs = scan(root)
    for matches in (_by_folder, _by_id, _by_name, _by_prefix):
        hits = [run for run in runs if matches(run, root, reference)]
        if len(hits) == 1:
            return hits[0]
        if hits:
            ids = ", ".join(run.record.id if run.record else str(run.folder) for run in hits[:5])
            raise RunsRefused(f"{reference!r} stands for {len(hits)} runs ({ids}); give an id or a folder.")
    raise RunsRefused(f"There is no run {reference!r} in {root}; `finale train runs list` shows what there is.")


def _by_folder(run: Logged, root: Path, reference: str) -> bool:
    return run.folder == root / reference


def _by_id(run: Logged, root: Path, reference: str) -> bool:
    return run.record is not None and run.record.id == reference


def _by_name(run: Logged, root: Path, reference: str) -> bool:
    return run.name == reference


def _by_prefix(run: Logged, root: Path, reference: str) -> bool:
    return run.record is not None and len(reference) >= LEAST_PREFIX and run.record.id.startswith(reference)


def _run_folders(folder: Path, depth: int) -> Iterator[Path]:
    for entry in _entries(folder):
        if entry.name.startswith(".") or not entry.is_dir():
            continue
        path = folder / entry.name
        if _looks_like_a_run(path):
            yield path
        elif depth > 1 and not entry.is_symlink():
            yield from _run_folders(path, depth - 1)


def _looks_like_a_run(path: Path) -> bool:
    if os.path.exists(path / RECORD):
        return True
    try:
        return any(entry.name in _TRACES for entry in _entries(path))
    except PermissionError:
        return True  # to be told as one that cannot be read


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []  # gone meanwhile


def _why(folder: Path) -> str:
    """Why a folder with traces of a run has no record; empty if it has one."""
    if os.path.exists(folder / RECORD):
        return ""
    try:
        starting = is_held(folder)
    except OSError:
        starting = False
    if starting:
        return f"A run is being set up in {folder}; it has written no {RECORD} yet."
    return f"{folder} was left before its {RECORD} was written; start that run again, or delete the folder."
