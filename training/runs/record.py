"""What a run says about itself: run.json and progress.jsonl in its folder, written and read. Nothing is trained here.

run.json is replaced as a whole, so that a reader never sees half of it; progress.jsonl only grows, and a last line
torn by a crash is left out. Whoever runs holds the lock of the folder: a run whose process died is known by that.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from training.errors import TrainingError

FORMAT = "finale-run/1"
RECORD, PROGRESS, SAMPLES, LOCK = "run.json", "progress.jsonl", "samples.jsonl", "run.lock"
DIED = "The process ended without a word (killed, or the machine stopped); resume the run to go on."


class RunBroken(TrainingError):
    """A run folder cannot be read or used; the message says why and what to do."""


class Status(StrEnum):
    """How a run stands. `finished` includes an early stop; `stopped` by time or a watcher, `interrupted` and, once its
    cause is gone, `failed` can be resumed."""

    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class DataFacts:
    """One set of rows. `sha256` is of the rows' messages in their order; `path` is empty for rows from memory."""

    path: str
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class BaseFacts:
    """The base a run trains on; `sha256` is that of `models.adapters.describe_base`."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Best:
    """The step whose weights are kept, and its loss in nats per learned token (None without validation rows)."""

    step: int
    validation_loss: float | None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run. Times are ISO 8601 in UTC, `seconds` is training time over all attempts."""

    id: str
    name: str
    entrant: str
    status: Status
    started_at: str
    settings: Mapping[str, Any]
    train: DataFacts
    validation: DataFacts | None
    base: BaseFacts
    reason: str = ""
    ended_at: str = ""
    seconds: float = 0.0
    git_commit: str = ""
    best: Best | None = None
    overfitting_since: int | None = None  # step
    adapter_sha256: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)


def write_record(folder: Path, record: RunRecord) -> None:
    """Replace run.json in `folder` at one stroke. Raises OSError."""
    flat = asdict(record)
    data = {"train": flat.pop("train"), "validation": flat.pop("validation")}
    text = json.dumps({"format": FORMAT, **flat, "data": data}, indent=2, ensure_ascii=False) + "\n"
    part = folder / f".{RECORD}.part"
    with part.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / RECORD)


def read_record(folder: Path) -> RunRecord:
    """The record in `folder`; a run that says it is running, but that nobody runs, is `interrupted`.

    Raises RunBroken when there is no record, or none of this format.
    """
    record = _from_json(folder, _parsed(folder / RECORD))
    if record.status is Status.RUNNING and not is_held(folder):
        return replace(record, status=Status.INTERRUPTED, reason=DIED)
    return record


def append_progress(folder: Path, line: Mapping[str, Any]) -> None:
    """Add one line to progress.jsonl: a logged step, a `validation_loss`, or an `event`. Raises OSError."""
    _append(folder / PROGRESS, line)


def read_progress(folder: Path) -> list[dict[str, Any]]:
    """Every line that still holds, in order.

    After a resumption from step n, lines of later steps written before it are left out: they were trained again.
    """
    kept: list[dict[str, Any]] = []
    for line in _lines(folder / PROGRESS):
        if line.get("event") == "resumed":
            kept = [earlier for earlier in kept if earlier.get("step", 0) <= line["step"]]
        kept.append(line)
    return kept


def append_sample(folder: Path, step: int, prompt: str, text: str) -> None:
    """Add one sampled answer to samples.jsonl. Raises OSError."""
    _append(folder / SAMPLES, {"step": step, "prompt": prompt, "text": text})


def read_samples(folder: Path) -> list[dict[str, Any]]:
    """Every sample; of a step sampled twice (after a resumption) the later text."""
    found = {(line["step"], line["prompt"]): line for line in _lines(folder / SAMPLES)}
    return sorted(found.values(), key=lambda line: int(line["step"]))


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the folder as the one process that runs in it. Raises RunBroken if another does."""
    with (folder / LOCK).open("w") as file:
        if not any(_locked(file, pause) for pause in (0.0, 0.1, 0.4)):  # whoever looks holds it for an instant
            raise RunBroken(f"Another process is training in {folder}; wait for it, or choose another --out.")
        yield


def is_held(folder: Path) -> bool:
    """Whether some process trains in the folder now."""
    try:
        with (folder / LOCK).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _locked(file: IO[str], pause: float) -> bool:
    time.sleep(pause)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _append(path: Path, line: Mapping[str, Any]) -> None:
    text = json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n"
    with path.open("ab") as file:
        if file.tell() and not _ends_whole(path):
            text = "\n" + text  # the line before was torn; it stays alone
        file.write(text.encode())


def _ends_whole(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_bytes().splitlines() if path.exists() else ():
        try:
            entry = json.loads(line)
        except ValueError:
            continue  # torn by a crash
        if isinstance(entry, dict):
            yield entry


def _parsed(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunBroken(f"There is no run in {path.parent}: {path.name} is missing. Check the path.") from None
    except ValueError as error:
        raise RunBroken(f"{path} is not valid JSON ({error}); restore it from a copy.") from error
    found = data.get("format") if isinstance(data, dict) else None
    if found != FORMAT:
        raise RunBroken(f"{path} has the format {found!r}; this version reads {FORMAT!r}.")
    return dict(data)


def _from_json(folder: Path, data: dict[str, Any]) -> RunRecord:
    known = {one.name for one in fields(RunRecord)}
    try:
        sets = {name: data["data"][name] for name in ("train", "validation")}
        given = {name: value for name, value in data.items() if name in known} | {
            "status": Status(data["status"]),
            "train": DataFacts(**sets["train"]),
            "validation": DataFacts(**sets["validation"]) if sets["validation"] else None,
            "base": BaseFacts(**data["base"]),
            "best": Best(**data["best"]) if data["best"] else None,
        }
        return RunRecord(**given)
    except (KeyError, TypeError, ValueError) as error:
        raise RunBroken(f"{folder / RECORD} is incomplete ({error}); restore it from a copy.") from error
