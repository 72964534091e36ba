"""`tune`: one fine-tuning run, from rows to a checked adapter; `estimate`: what it would take. How: see `attempt`."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models.adapters import AdapterLimits
from training.data.rows import TrainingRow
from training.hours.lease import EntrantHours
from training.tuning.job import Job, TunedRun
from training.tuning.limit import TimeLimit
from training.tuning.opening import opened
from training.tuning.rows import parts_of
from training.tuning.sampling import HowToSample, Prompt
from training.tuning.servable import check_hardware, check_servable, read_base
from training.tuning.settings import TuningSettings
from training.tuning.watching import Estimate, Plan, Silent, Watcher


def tune(
    settings: TuningSettings,
    train: Sequence[TrainingRow],
    validation: Sequence[TrainingRow] = (),
    *,
    base: Path,
    out: Path,
    watch: Watcher | None = None,
    hours: EntrantHours | None = None,
    budget: float | None = None,
    prompts: Sequence[Prompt] = (),
    how_to_sample: HowToSample | None = None,
    resume: bool = False,
    partial: bool = False,
    limits: AdapterLimits | None = None,
    name: str = "",
    entrant: str = "",
    train_path: str = "",
    validation_path: str = "",
) -> TunedRun:
    """Fine-tune a LoRA adapter of `base` on `train` and keep the best one in `out`/adapter.

    Without `validation` a part of `train` is held out, as the settings say. `budget` is in seconds; with `hours` the
    time is held in the ledger and charged. With `resume` the run in `out` goes on from its newest checkpoint, to the
    same adapter, bit for bit on a CPU, as if it had never stopped. `partial` starts a run that will not end in time.

    SIGINT and SIGTERM end it in order; the record then says `interrupted`. Raises TuningRefused, HoursRefused and
    RunBroken before the first step, TuningFailed after it, the last good adapter kept.
    """
    job = _job(
        settings,
        train,
        validation,
        limit=TimeLimit(budget, hours),
        limits=limits or AdapterLimits(),
        paths=(train_path, validation_path),
        base=base,
        out=out,
        watcher=watch or Silent(),
        prompts=prompts,
        how_to_sample=how_to_sample or HowToSample(),
        entrant=entrant or (hours.entrant if hours else ""),
        name=name,
        resume=resume,
        partial=partial,
    )
    with opened(job) as folder:
        from training.tuning.attempt import Attempt  # TRL and Transformers take seconds to import

        return Attempt(job, folder).run()


def estimate(
    settings: TuningSettings,
    train: Sequence[TrainingRow],
    validation: Sequence[TrainingRow] = (),
    *,
    base: Path,
    hours: EntrantHours | None = None,
    budget: float | None = None,
    limits: AdapterLimits | None = None,
) -> tuple[Plan, Estimate]:
    """What a run would take, from a few measured steps; nothing is kept and nothing charged. Errors as `tune`."""
    with tempfile.TemporaryDirectory() as place:
        job = _job(
            settings,
            train,
            validation,
            limit=TimeLimit(budget, hours),
            limits=limits or AdapterLimits(),
            paths=("", ""),
            base=base,
            out=Path(place) / "run",
            watcher=Silent(),
            prompts=(),
            how_to_sample=HowToSample(),
            entrant="",
            name="",
            resume=False,
            partial=True,
        )
        with opened(job) as folder:
            from training.tuning.attempt import Attempt

            return Attempt(job, folder).measured()


def _job(
    settings: TuningSettings,
    train: Sequence[TrainingRow],
    validation: Sequence[TrainingRow],
    *,
    limit: TimeLimit,
    limits: AdapterLimits,
    paths: tuple[str, str],
    base: Path,
    **rest: Any,
) -> Job:
    """The job, once everything is checked that can be without loading the base."""
    facts = read_base(base)
    check_servable(settings, facts, limits)
    check_hardware(settings)
    is_main = int(os.environ.get("RANK", "0")) == 0
    if is_main:
        limit.available()  # with nothing left there is nothing to load
    return Job(
        settings=settings,
        parts=parts_of(settings, train, validation, train_path=paths[0], validation_path=paths[1]),
        base=base,
        base_facts=facts,
        limits=limits,
        limit=limit,
        is_main=is_main,
        **rest,
    )
