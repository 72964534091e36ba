"""Runs in MLflow's file-store layout, for its page: mlruns/<experiment>/<run>/ with meta.yaml, params, metrics, tags.

The layout is that of MLflow's documentation (the "file store"): one experiment per entrant, and a metric's line is
"milliseconds value step". MLflow 3 reads it, or moves it into a database with `mlflow migrate-filestore`. Nothing of
MLflow is needed to write it. Exporting a run again replaces it.
"""

import hashlib
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from training.runs import wording
from training.runs.curves import is_number
from training.runs.disk import write_whole
from training.runs.log import Logged
from training.runs.reading import progress_of
from training.runs.record import RECORD, SAMPLES, RunRecord, Status

DEFAULT_EXPERIMENT = "0"
NO_ENTRANT = "finale"
_STATUS = {Status.RUNNING: 1, Status.FINISHED: 3, Status.STOPPED: 3, Status.FAILED: 4, Status.INTERRUPTED: 5}
_METRICS = (
    "loss", "validation_loss", "learning_rate", "grad_norm", "tokens", "tokens_per_second", "memory_bytes", "epoch"
)  # fmt: skip
_LONGEST_PARAM, _LONGEST_TAG, _LONGEST_NAME = 6000, 5000, 250  # characters; MLflow refuses more
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.\-]")


def export_mlflow(runs: Sequence[Logged], to: Path) -> int:
    """Write every sound run under `to`, an mlruns folder; how many. Raises RunBroken, OSError."""
    sound = [(run.folder, run.record) for run in runs if run.record is not None]
    _experiment(to, DEFAULT_EXPERIMENT, "Default", 0)
    for folder, record in sound:
        experiment = experiment_id(record.entrant or NO_ENTRANT)
        _experiment(to, experiment, record.entrant or NO_ENTRANT, _milliseconds(record.started_at))
        _run(to / experiment, experiment, folder, record)
    return len(sound)


def experiment_id(name: str) -> str:
    """A number of up to 18 digits, the same for the same name."""
    return str(int(hashlib.sha256(name.encode("utf-8", "replace")).hexdigest(), 16) % 10**18 or 1)


def run_id(record: RunRecord) -> str:
    """32 hex digits, the same for the same run."""
    return hashlib.sha256(f"{record.id}\n{record.started_at}".encode("utf-8", "replace")).hexdigest()[:32]


def _experiment(to: Path, number: str, name: str, created: int) -> None:
    place = to / number / "meta.yaml"
    if not place.exists():
        facts = {
            "artifact_location": (to / number).resolve().as_uri(),
            "creation_time": created,
            "experiment_id": number,
            "last_update_time": created,
            "lifecycle_stage": "active",
            "name": name,
        }
        write_whole(place, _yaml(facts))


def _run(experiment_folder: Path, experiment: str, folder: Path, record: RunRecord) -> None:
    identity = run_id(record)
    place, part = experiment_folder / identity, experiment_folder / f".{identity}.part"
    shutil.rmtree(part, ignore_errors=True)
    for name in ("params", "metrics", "tags", "artifacts"):
        (part / name).mkdir(parents=True)
    for name, value in record.settings.items():
        _text(part / "params" / _file_name(name), wording.setting(value)[:_LONGEST_PARAM])
    for name, value in _tags(record):
        _text(part / "tags" / name, value[:_LONGEST_TAG])
    for name, lines in _metrics(record, progress_of(folder)).items():
        _text(part / "metrics" / name, "".join(lines))
    for name in (RECORD, SAMPLES):
        if (folder / name).exists():
            shutil.copyfile(folder / name, part / "artifacts" / name)
    _text(part / "meta.yaml", _yaml(_meta(place, experiment, identity, record)))
    shutil.rmtree(place, ignore_errors=True)
    part.rename(place)


def _meta(place: Path, experiment: str, identity: str, record: RunRecord) -> dict[str, Any]:
    return {
        "artifact_uri": (place / "artifacts").resolve().as_uri(),
        "deleted_time": None,
        "end_time": _milliseconds(record.ended_at) if record.ended_at else None,
        "entry_point_name": "",
        "experiment_id": experiment,
        "lifecycle_stage": "active",
        "run_id": identity,
        "run_name": record.name or record.id,
        "run_uuid": identity,
        "source_name": "",
        "source_type": 4,  # local
        "source_version": "",
        "start_time": _milliseconds(record.started_at),
        "status": _STATUS[record.status],
        "tags": [],
        "user_id": record.entrant,
    }


def _tags(record: RunRecord) -> Iterator[tuple[str, str]]:
    yield "mlflow.runName", record.name or record.id
    yield "mlflow.user", record.entrant or NO_ENTRANT
    yield "mlflow.source.name", "finale train"
    yield "mlflow.source.type", "LOCAL"
    if record.git_commit:
        yield "mlflow.source.git.commit", record.git_commit
    if record.reason:
        yield "mlflow.note.content", record.reason
    yield "finale.run", record.id
    yield "finale.status", record.status.value
    yield "finale.base.sha256", record.base.sha256
    for name, facts in (("train", record.train), ("validation", record.validation)):
        if facts:
            yield f"finale.data.{name}.sha256", facts.sha256
            yield f"finale.data.{name}.rows", str(facts.rows)
    if record.adapter_sha256:
        yield "finale.adapter.sha256", record.adapter_sha256


def _metrics(record: RunRecord, progress: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, dict[int, str]] = {}
    for line in progress:
        step, seconds = line.get("step"), line.get("seconds")
        if not is_number(step):
            continue
        at = _milliseconds(record.started_at) + (round(seconds * 1000) if is_number(seconds) else 0)
        for name in _METRICS:
            if is_number(line.get(name)):  # one value for a step: a database takes no two that are the same
                found.setdefault(name, {})[int(step)] = f"{at} {float(line[name])!r} {int(step)}\n"
    if record.best is not None and record.best.validation_loss is not None:
        at, step = _milliseconds(record.ended_at or record.started_at), record.best.step
        found["best_validation_loss"] = {step: f"{at} {float(record.best.validation_loss)!r} {step}\n"}
    return {name: [lines[step] for step in sorted(lines)] for name, lines in found.items()}


def _file_name(name: str) -> str:
    """A setting's name as MLflow allows one; what a damaged record names cannot lead out of the folder."""
    return _NOT_IN_NAMES.sub("_", name)[:_LONGEST_NAME].strip(".") or "_"


def _milliseconds(iso: str) -> int:
    try:
        return round(datetime.fromisoformat(iso).timestamp() * 1000)
    except ValueError:
        return 0


def _text(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8", "replace"))


def _yaml(facts: Mapping[str, Any]) -> str:
    return "".join(f"{name}: {_scalar(value)}\n" for name, value in facts.items())


def _scalar(value: Any) -> str:
    """A value in YAML 1.1; texts are double-quoted, everything but plain ASCII as an escape."""
    if value is None:
        return "null"
    if isinstance(value, list):
        return "[]"
    if isinstance(value, int):
        return str(value)
    return '"' + "".join(_escaped(character) for character in str(value)) + '"'


def _escaped(character: str) -> str:
    if " " <= character <= "~" and character not in '"\\':
        return character
    return f"\\U{ord(character):08x}"
