"""Stopping hopeless tries early: a run reports its validation losses, and a pruner judges them.

Points in a run are told in thousandths of its planned steps, so that tries with other batches or epochs are compared at
the same phase of their learning-rate schedules.
"""

import statistics
from typing import Any

from optuna.pruners import BasePruner, NopPruner, SuccessiveHalvingPruner
from optuna.trial import TrialState

from training.runs import wording
from training.runs.record import RunRecord
from training.search.plan import Pruning
from training.tuning.watching import Plan, Silent, StopTuning, Validated

WHOLE = 1000  # the end of a run, in thousandths
FINISHED_FIRST = 4  # tries that must have finished before any is stopped
NOT_BEFORE = 250  # thousandths; earlier losses say little
FIRST_RUNG, KEPT_SHARE = 125, 2  # halving: judged at 1/8, 1/4 and 1/2 of a run, where one of two goes on
STOPPED = "stopped"
"""The trial's attribute that holds why it was stopped."""


class MedianAtShare(BasePruner):  # type: ignore[misc]
    """Stops a try whose best loss is above the median of what finished tries had at the same point or before."""

    def prune(self, study: Any, trial: Any) -> bool:
        """Whether the try is hopeless."""
        point = trial.last_step
        if point is None or point < NOT_BEFORE:
            return False
        finished = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        others = [best for best in (_best_until(one, point) for one in finished) if best is not None]
        mine = _best_until(trial, point)
        return len(others) >= FINISHED_FIRST and mine is not None and mine > statistics.median(others)


def pruner_of(pruning: Pruning) -> BasePruner:
    """The pruner that a plan asks for."""
    if pruning is Pruning.MEDIAN:
        return MedianAtShare()
    if pruning is Pruning.HALVING:
        return SuccessiveHalvingPruner(min_resource=FIRST_RUNG, reduction_factor=KEPT_SHARE)
    return NopPruner()


class Reporting(Silent):
    """Watches one try: reports each validation to the study, and asks the run to stop when the pruner says so."""

    def __init__(self, trial: Any, pruning: Pruning) -> None:
        """`trial` is Optuna's, of the study whose pruner is `pruning`."""
        self._trial, self._pruning = trial, pruning
        self._steps = 0

    def started(self, run: RunRecord, plan: Plan) -> None:
        """How long the run is."""
        self._steps = plan.steps

    def validated(self, fact: Validated) -> None:
        """Report, and perhaps stop. What was reported before an interruption stays as it was."""
        point = round(WHOLE * fact.step / self._steps)
        if point in self._trial.study.trials[self._trial.number].intermediate_values:
            return
        self._trial.report(fact.validation_loss, point)
        if point < WHOLE and self._trial.should_prune():
            reason = _why(self._pruning, point, fact.validation_loss)
            self._trial.set_user_attr(STOPPED, reason)
            raise StopTuning(reason)


def _why(pruning: Pruning, point: int, loss: float) -> str:
    against = (
        "above the median of the finished tries at that point"
        if pruning is Pruning.MEDIAN
        else "not in the better half of the tries that came so far"
    )
    at = f"after {point / 10:.0f} % of the run"
    return f"Stopped by the search {at}: its validation loss {wording.loss(loss)} was {against}."


def _best_until(trial: Any, point: int) -> float | None:
    return min((loss for at, loss in trial.intermediate_values.items() if at <= point), default=None)
