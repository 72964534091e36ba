"""The tries of a search, read from its study and from their run folders: the runs are the truth about results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.runs.log import logged
from training.runs.reading import progress_of
from training.runs.record import RunBroken, RunRecord, Status
from training.runs.results import results
from training.search.plan import Plan
from training.search.pruning import STOPPED

REASON = "reason"
"""The trial's attribute that says why it came to nothing."""


@dataclass(frozen=True, slots=True)
class Try:
    """One try. `changes` is what it tried, `loss` its best validation loss, `saved` the seconds that stopping saved.

    `status` is that of its run; failed where there is none because it was refused.
    """

    number: int
    status: Status
    changes: Mapping[str, Any]
    loss: float | None
    step: int | None
    seconds: float
    saved: float
    reason: str
    folder: Path


def folder_of(search: Path, number: int) -> Path:
    """The run folder of a try."""
    return search / f"{number:03}"


def tries_of(study: Any, plan: Plan, search: Path) -> list[Try]:
    """Every try so far, in order; one that a crash left before it was fully drawn is none yet."""
    drawn = (one for one in study.get_trials(deepcopy=False) if len(one.params) == len(plan.space.dimensions))
    return [_try(one, plan, folder_of(search, one.number)) for one in drawn]


def best_of(tries: Sequence[Try]) -> Try | None:
    """The try with the lowest validation loss; of equals the earlier."""
    having = [one for one in tries if one.loss is not None]
    return min(having, key=lambda one: one.loss if one.loss is not None else 0.0, default=None)


def used_seconds(tries: Sequence[Try]) -> float:
    """Training time of all tries together."""
    return sum(one.seconds for one in tries)


def _try(trial: Any, plan: Plan, folder: Path) -> Try:
    from optuna.trial import TrialState

    record = logged(folder).record if folder.exists() else None
    best = record.best if record else None
    told = trial.user_attrs.get(STOPPED) or trial.user_attrs.get(REASON) or (record.reason if record else "")
    return Try(
        number=trial.number,
        status=_status(record, is_over=trial.state is not TrialState.RUNNING),
        changes=plan.space.changes(trial.params),
        loss=best.validation_loss if best else None,
        step=best.step if best else None,
        seconds=record.seconds if record else 0.0,
        saved=_saved(record, folder) if record and STOPPED in trial.user_attrs else 0.0,
        reason=str(told),
        folder=folder,
    )


def _status(record: RunRecord | None, *, is_over: bool) -> Status:
    if record is None:
        return Status.FAILED if is_over else Status.INTERRUPTED
    return record.status


def _saved(record: RunRecord, folder: Path) -> float:
    try:
        return results(record, progress_of(folder)).seconds_left or 0.0
    except RunBroken:
        return 0.0
