"""Opening a run's folder: a new one, or one whose run goes on from its newest checkpoint. Nothing is trained here."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from training.runs.record import LOCK, RECORD, BaseFacts, Best, RunRecord, Status, held, read_record
from training.tuning import provenance
from training.tuning.adapter_file import sha256_of, step_of
from training.tuning.checkpoints import Checkpoint, Checkpoints
from training.tuning.errors import TuningRefused
from training.tuning.job import Job
from training.tuning.settings import TuningSettings
from training.tuning.settings_file import as_json, from_json

CHECKPOINTS = "checkpoints"
MAIN_WITHIN_S = 300


@dataclass(frozen=True, slots=True)
class Opened:
    """A folder that is ready: the record to start with, and where to go on from (None: from the first step)."""

    record: RunRecord
    checkpoints: Checkpoints
    checkpoint: Checkpoint | None
    notes: tuple[str, ...] = ()


@contextmanager
def opened(job: Job) -> Iterator[Opened]:
    """Hold the folder for this run. A new folder goes again if the run is refused before it starts.

    Raises TuningRefused, RunBroken.
    """
    if job.resume:
        read_record(job.out)  # a clear word where there is no run
    elif job.is_main:
        _check_free(job.out)
    else:
        _wait_for_main(job.out)
    is_new = not job.out.exists()
    job.out.mkdir(parents=True, exist_ok=True)
    try:
        with held(job.out) if job.is_main else nullcontext():
            yield _continued(job) if job.resume else _fresh(job)
    finally:
        if is_new and job.is_main and not (job.out / RECORD).exists():
            shutil.rmtree(job.out, ignore_errors=True)


def settings_of(run: Path) -> TuningSettings:
    """The settings that a run was started with, for resuming it. Raises RunBroken."""
    return from_json(dict(read_record(run).settings))


def _wait_for_main(out: Path) -> None:
    """Wait until the main process holds the folder: what a helper put there before would make it look used."""
    deadline = time.monotonic() + MAIN_WITHIN_S
    while not (out / LOCK).exists():
        if time.monotonic() > deadline:
            raise TuningRefused(f"The main process did not open {out} within {MAIN_WITHIN_S} s; see what it says.")
        time.sleep(0.05)


def _check_free(out: Path) -> None:
    if (out / RECORD).exists():
        raise TuningRefused(f"{out} holds a run already; resume it with --resume {out}, or choose another --out.")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise TuningRefused(f"{out} is not empty; choose a new folder with --out.")


def _fresh(job: Job) -> Opened:
    record = RunRecord(
        id=provenance.new_id(),
        name=job.name or job.out.name,
        entrant=job.entrant,
        status=Status.RUNNING,
        started_at=provenance.now(),
        settings=as_json(job.settings),
        train=job.parts.train_facts,
        validation=job.parts.validation_facts,
        base=BaseFacts(str(job.base), job.base_facts.sha256),
        git_commit=provenance.git_commit(),
        versions=provenance.versions(),
    )
    return Opened(record, Checkpoints(job.out / CHECKPOINTS, job.settings.save_total_limit), None)


def _continued(job: Job) -> Opened:
    record = read_record(job.out)
    if record.status is Status.FINISHED:
        raise TuningRefused(f"The run in {job.out} is finished; there is nothing to resume. Start a new one.")
    _check_same(job, record)
    checkpoints = Checkpoints(job.out / CHECKPOINTS, job.settings.save_total_limit)
    checkpoint = checkpoints.newest()
    notes = _notes(record, checkpoint)
    record = replace(record, status=Status.RUNNING, reason="", ended_at="", versions=provenance.versions())
    return Opened(_with_adapter_as_it_is(record, job.out), checkpoints, checkpoint, notes)


def _check_same(job: Job, record: RunRecord) -> None:
    """Only the same run can go on: with anything else changed it would be another one."""
    before, now = record.settings, as_json(job.settings)
    changed = [name for name in now if name in before and before[name] != now[name]]
    if changed:
        told = ", ".join(f"{name} was {before[name]!r} and is {now[name]!r}" for name in changed)
        raise TuningRefused(f"A resumed run keeps its settings, but {told}. Leave them, or start a new run.")
    if record.base.sha256 != job.base_facts.sha256:
        raise TuningRefused(f"The run began on another base ({record.base.path}); give that one with --base.")
    mine, theirs = job.parts.train_facts, record.train
    if (mine.sha256, mine.rows) != (theirs.sha256, theirs.rows):
        raise TuningRefused(f"The training rows are not those the run began with ({theirs.path}); give the same file.")
    held_out = job.parts.validation_facts
    if (held_out and held_out.sha256) != (record.validation and record.validation.sha256):
        raise TuningRefused("The validation rows are not those the run began with; give the same file.")


def _notes(record: RunRecord, checkpoint: Checkpoint | None) -> tuple[str, ...]:
    here = provenance.versions()
    other = [name for name, version in record.versions.items() if here.get(name) != version]
    changed = f"{', '.join(other)} changed since the run began: the result may differ in the last digits."
    notes = [changed] if other else []
    if checkpoint is None:
        notes.append("There is no whole checkpoint, so the run begins again at its first step.")
    return tuple(notes)


def _with_adapter_as_it_is(record: RunRecord, out: Path) -> RunRecord:
    """A crash may have come between the adapter and the record; the adapter's file knows its step."""
    step = step_of(out)
    if step is None:
        return replace(record, best=None, adapter_sha256="")
    best = record.best if record.best and record.best.step == step else Best(step, None)
    return replace(record, best=best, adapter_sha256=sha256_of(out))
