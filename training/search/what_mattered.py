"""Which settings mattered: the share of each in the differences between the losses of finished tries, by fANOVA.

After Hutter, Hoos and Leyton-Brown, "An Efficient Approach for Assessing Hyperparameter Importance" (ICML 2014), as
Optuna computes it. With few tries it is a hint and no more.
"""

from typing import Any

LEAST_TRIES = 5
SURE_TRIES = 20  # below it the shares are told as a hint


def importances(study: Any) -> dict[str, float] | None:
    """Share by setting, largest first, summing to 1; None with too few finished tries or no difference between them."""
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances
    from optuna.trial import TrialState

    finished = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(finished) < LEAST_TRIES or len({trial.value for trial in finished}) < 2:
        return None
    try:
        found = get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=0))
    except (ValueError, RuntimeError):
        return None  # the forest found nothing to tell apart
    return {name: float(share) for name, share in found.items()}
