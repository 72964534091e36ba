"""One try: one call of `tune`, in a folder of its own, watched by the search and by its report page."""

import gc
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.adapters import AdapterLimits
from training.data.rows import TrainingRow
from training.hours.lease import EntrantHours
from training.runs.log import logged
from training.runs.record import RECORD, RunRecord, Status
from training.runs.report_watcher import ReportWatcher
from training.search.plan import Plan
from training.search.pruning import STOPPED, Reporting
from training.search.tries import folder_of
from training.tuning.sampling import HowToSample, Prompt
from training.tuning.tune import tune
from training.tuning.watching import Several, Watcher


@dataclass(frozen=True, slots=True)
class Means:
    """What every try is made with. `watch` gives a further watcher for the try of a number."""

    train: Sequence[TrainingRow]
    validation: Sequence[TrainingRow]
    base: Path
    hours: EntrantHours | None = None
    prompts: Sequence[Prompt] = ()
    how_to_sample: HowToSample | None = None
    limits: AdapterLimits = field(default_factory=AdapterLimits)
    watch: Callable[[int], Watcher] | None = None


def attempt(trial: Any, plan: Plan, means: Means, search: Path, budget: float | None) -> RunRecord:
    """Run a try, or what is left of it after an interruption; its record. Raises what `tune` raises."""
    out = folder_of(search, trial.number)
    before = _before(out)
    if before is not None and (before.status is Status.FINISHED or STOPPED in trial.user_attrs):
        return before  # it was over, and only the study had not heard
    watchers: list[Watcher] = [Reporting(trial, plan.pruning), ReportWatcher(out)]
    if means.watch is not None:
        watchers.append(means.watch(trial.number))
    try:
        return _tuned(trial, plan, means, out, watchers, budget=budget, resume=before is not None)
    finally:
        _let_go()


def _tuned(
    trial: Any, plan: Plan, means: Means, out: Path, watchers: list[Watcher], *, budget: float | None, resume: bool
) -> RunRecord:
    run = tune(
        plan.settings.changed(plan.space.changes(trial.params)),
        means.train,
        means.validation,
        base=means.base,
        out=out,
        watch=Several(watchers),
        hours=means.hours,
        budget=budget,
        prompts=means.prompts,
        how_to_sample=means.how_to_sample,
        resume=resume,
        limits=means.limits,
        name=f"{plan.name} {trial.number:03}",
        entrant=plan.entrant,
        train_path=plan.train.path,
        validation_path=plan.validation.path if plan.validation else "",
    )
    return run.record


def _let_go() -> None:
    """Free the try's model now: a trainer holds itself in cycles, and the next try needs the memory."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _before(out: Path) -> RunRecord | None:
    """The record of an earlier attempt; what was left before there was one is cleared away."""
    if out.exists() and not (out / RECORD).exists():
        shutil.rmtree(out)
    return logged(out).record if out.exists() else None
