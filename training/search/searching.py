"""The search itself: try after try until all are made, the time is used up, or somebody interrupts it.

How a search is set up and taken up again is `starting`'s matter, one try `trying`'s.
"""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from training.errors import TrainingError
from training.hours.amounts import in_words
from training.hours.errors import HoursRefused
from training.runs.disk import write_whole
from training.runs.record import RunRecord, Status
from training.search.outcome import Outcome
from training.search.page import PAGE, search_page
from training.search.plan import Plan
from training.search.pruning import STOPPED
from training.search.study import ask, opened, unfinished
from training.search.tries import REASON, Try, best_of, tries_of, used_seconds
from training.search.trying import Means, attempt
from training.search.what_mattered import importances
from training.tuning.errors import NotWritten, TuningFailed, TuningRefused
from training.tuning.settings_file import as_toml

FRUITLESS = 3  # tries in a row that come to nothing end the search
BEST = "best.toml"

Tell = Callable[[Try, Outcome], None]
"""Hears of each try that is over, and where the search stands then."""


class _Stop(Exception):
    """The search ends; `is_over` is false where it can go on later as it is."""

    def __init__(self, reason: str, *, is_over: bool = True) -> None:
        super().__init__(reason)
        self.is_over = is_over


def carry_out(plan: Plan, means: Means, folder: Path, tell: Tell | None) -> Outcome:
    """Make the tries that are left. Raises TuningRefused where the very first cannot be made, OSError."""
    with opened(folder, plan) as study:
        try:
            while True:
                _one_more(study, plan, means, folder, tell)
        except _Stop as stop:
            return _written(study, plan, folder, str(stop), is_over=stop.is_over)


def _one_more(study: Any, plan: Plan, means: Means, folder: Path, tell: Tell | None) -> None:
    tries = tries_of(study, plan, folder)
    begun = unfinished(study, plan)
    left = _seconds_left(plan, means, tries)
    if begun is None:
        _check_worthwhile(plan, tries, left)
        begun = ask(study, plan)
    if begun is None:
        raise _Stop(f"Every combination was tried: {len(tries)}.")
    try:
        record = attempt(begun, plan, means, folder, left)
    except TrainingError as error:
        _told_failure(study, begun, folder, error)
    else:
        if record.status is Status.INTERRUPTED:
            raise _Stop(record.reason, is_over=False)
        _told(study, begun, record)
    done = _written(study, plan, folder, "", is_over=False)
    if tell is not None:
        tell(done.tries[begun.number], done)


def _told(study: Any, trial: Any, record: RunRecord) -> None:
    """Tell the study how a try ended."""
    from optuna.trial import TrialState

    loss = record.best.validation_loss if record.best else None
    if record.status is Status.FINISHED and loss is not None:
        study.tell(trial, loss)
        return
    if STOPPED not in trial.user_attrs:
        trial.set_user_attr(REASON, record.reason)
    study.tell(trial, state=TrialState.PRUNED if record.status is Status.STOPPED else TrialState.FAIL)


def _told_failure(study: Any, trial: Any, folder: Path, error: TrainingError) -> None:
    """A try that failed or was refused is one of many; what would stop every other one stops the search."""
    from optuna.trial import TrialState

    if isinstance(error, HoursRefused | NotWritten) or not isinstance(error, TuningRefused | TuningFailed):
        raise _Stop(str(error), is_over=False) from error
    trial.set_user_attr(REASON, str(error))
    study.tell(trial, state=TrialState.FAIL)
    if trial.number == 0 and isinstance(error, TuningRefused):
        shutil.rmtree(folder)  # nothing was learned, and the same command can be given again
        raise error


def _check_worthwhile(plan: Plan, tries: Sequence[Try], left: float | None) -> None:
    """Raise _Stop where no further try should be begun."""
    if len(tries) >= plan.trials:
        raise _Stop(f"All {plan.trials} tries are made.")
    if len(tries) >= FRUITLESS and all(one.loss is None for one in tries[-FRUITLESS:]):
        raise _Stop(f"{FRUITLESS} tries in a row came to nothing. The last: {tries[-1].reason}")
    shortest = min((one.seconds for one in tries if one.status is Status.FINISHED), default=0.0)
    if left is not None and left < shortest:
        limit = "" if plan.budget is None else f" of the budget of {in_words(plan.budget)}"
        raise _Stop(f"{in_words(left)} are left{limit}, less than the shortest try took ({in_words(shortest)}).")


def _seconds_left(plan: Plan, means: Means, tries: Sequence[Try]) -> float | None:
    """Training time for the next try: the least of budget and hours. Raises _Stop when there is none."""
    left = [] if plan.budget is None else [plan.budget - used_seconds(tries)]
    if means.hours is not None:
        try:
            left.append(means.hours.available())
        except HoursRefused as error:
            if not tries:
                raise
            raise _Stop(str(error), is_over=False) from error
    if left and min(left) <= 0:
        raise _Stop(f"The budget of {in_words(plan.budget or 0.0)} is used up.")
    return min(left, default=None)


def _written(study: Any, plan: Plan, folder: Path, reason: str, *, is_over: bool) -> Outcome:
    """The outcome as it is now, with its page and the best settings beside the runs."""
    tries = tuple(tries_of(study, plan, folder))
    best = best_of(tries)
    outcome = Outcome(plan, folder, tries, best, importances(study), reason, is_over)
    write_whole(folder / PAGE, search_page(outcome))
    if best is not None:
        write_whole(folder / BEST, as_toml(plan.settings.changed(best.changes)))
    return outcome
