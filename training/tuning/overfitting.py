"""When to stop and when a run has begun to overfit, read off the losses so far. Pure: no clock, no files.

Everything is worked out anew from the whole history, so that a resumed run decides as one that was never interrupted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

RISES = 2  # validations in a row above the best one
MARGIN = 0.002  # share of the best loss by which they are above it, so that noise does not count


@dataclass(frozen=True, slots=True)
class Validation:
    """One validation: its loss, and the mean training loss since the one before (nats per learned token)."""

    step: int
    loss: float
    training_loss: float


def best_of(validations: Sequence[Validation], threshold: float = 0.0) -> Validation | None:
    """The best so far: a later one counts only if it is better by more than `threshold`."""
    best: Validation | None = None
    for one in validations:
        if best is None or one.loss < best.loss - threshold:
            best = one
    return best


def since_best(validations: Sequence[Validation], threshold: float = 0.0) -> int:
    """How many validations there were after the best one."""
    best = best_of(validations, threshold)
    return sum(one.step > best.step for one in validations) if best else 0


def overfitting_since(validations: Sequence[Validation]) -> int | None:
    """The step of the best validation after which the loss rose while the training loss fell; None while it has not.

    That is said once the last RISES validations lie above the best by MARGIN, with training losses below its own.
    """
    best = best_of(validations)
    if best is None:
        return None
    after = [one for one in validations if one.step > best.step][-RISES:]
    risen = len(after) == RISES and all(one.loss > best.loss * (1 + MARGIN) for one in after)
    return best.step if risen and all(one.training_loss < best.training_loss for one in after) else None


def validations_in(history: Sequence[dict[str, float]]) -> list[Validation]:
    """The validations in a trainer's log history, which has `loss` and `eval_loss` entries by `step`."""
    found: list[Validation] = []
    losses: list[float] = []
    for entry in history:
        if "loss" in entry:
            losses.append(entry["loss"])
        if "eval_loss" in entry:
            mean = sum(losses) / len(losses) if losses else float("nan")
            found.append(Validation(int(entry["step"]), entry["eval_loss"], mean))
            losses = []
    return found
