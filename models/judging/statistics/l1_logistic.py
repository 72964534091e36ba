"""Logistic regression of soft preferences under an L1 penalty that is chosen by grouped folds, and its standard error.

A soft target p is a row that counts once as 1 with weight p and once as 0 with weight 1 − p. What the columns mean is
`length_control`'s business. Three coefficients need no library, whose loading takes longer than the fit.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.judging.statistics.errors import DataRefused

FOLDS = 5
PENALTIES = tuple(float(c) for c in np.logspace(-4, 4, 10))
"""Inverse strengths C from 0.0001 to 10,000: the grid of the original."""
_TOLERANCE, _MOST_STEPS = 1e-10, 200
_RIDGE = 1e-9

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rows:
    """`features` n × 3 (the last is 1), `targets` n from 0 to 1 (NaN unjudged), `question` n numbers from 0."""

    features: Floats
    targets: Floats
    question: NDArray[np.int64]

    @property
    def judged(self) -> NDArray[np.bool_]:
        """Which rows have a target."""
        return ~np.isnan(self.targets)

    @property
    def fold(self) -> NDArray[np.int64]:
        """Every question's rows in one fold; by the questions' sorted names, so the order of rows changes nothing."""
        return self.question % FOLDS

    def where(self, kept: NDArray[np.bool_]) -> "Rows":
        """The rows that are kept."""
        return Rows(self.features[kept], self.targets[kept], self.question[kept])


def rows_of(length: Floats, difficulty: Floats, targets: Floats, questions: Sequence[Hashable]) -> Rows:
    """Columns side by side. Raises DataRefused when fewer questions are judged than there are folds."""
    numbers = {name: number for number, name in enumerate(sorted(set(questions)))}  # type: ignore[type-var]
    rows = Rows(
        np.column_stack([length, difficulty, np.ones_like(length)]),
        targets,
        np.array([numbers[name] for name in questions], dtype=np.int64),
    )
    if (found := len(np.unique(rows.question[rows.judged]))) < FOLDS:
        raise DataRefused(f"expected at least {FOLDS} judged questions to control for length, got {found}")
    return rows


def best_penalty(rows: Rows) -> float:
    """The C with the least mean log loss on held-out folds; of equals the strongest penalty."""
    known = rows.where(rows.judged)
    folds = [(known.where(known.fold != fold), known.where(known.fold == fold)) for fold in range(FOLDS)]
    losses = [_held_out_losses(train, test) for train, test in folds if len(train.targets) and len(test.targets)]
    return PENALTIES[int(np.argmin(np.mean(losses, axis=0)))]


def fitted(rows: Rows, penalty: float, start: Floats | None = None) -> Floats:
    """Coefficients (3) that minimise the log loss of the judged rows, summed, + |w|₁ ÷ C.

    Newton steps with the penalty kept whole, each halved until it helps (newGLMNET: Yuan, Ho & Lin, 2012).
    """
    known, strength = rows.where(rows.judged), 1 / penalty
    weights = np.zeros(known.features.shape[1]) if start is None else start
    for _ in range(_MOST_STEPS):
        expected = sigmoid(known.features @ weights)
        gradient = known.features.T @ (expected - known.targets)
        step = _penalised_step(weights, gradient, _curvature(known, expected), strength)
        promised = gradient @ step + strength * (np.abs(weights + step).sum() - np.abs(weights).sum())
        there = _walked(known, weights, step, promised, strength)
        if promised > -_TOLERANCE or there is weights:
            break
        weights = there
    return weights


def standard_error(rows: Rows, weights: Floats) -> float:
    """Of the predicted rate without a difference in length, in percentage points; sandwich estimate by question.

    A question moves the rate by being one of those predicted and by its pull on the coefficients. Those that the
    penalty holds at 0 count as free here, since a zero that was chosen is no certainty. Source: influence functions
    of M-estimators (Huber 1967), clustered by question.
    """
    even = rows.features * [0, 1, 1]
    predicted = sigmoid(even @ weights)
    slope = (even * (predicted * (1 - predicted))[:, None]).mean(0)
    known = rows.where(rows.judged)
    expected = sigmoid(known.features @ weights)
    # A column of zeros, such as difficulties that were not given, has no pull: hence the pseudo-inverse.
    pull = np.linalg.pinv(_curvature(known, expected), hermitian=True) @ slope
    moved = np.bincount(rows.question, (predicted - predicted.mean()) / len(predicted))
    fit = known.features @ pull * (known.targets - expected)
    moved = moved + np.bincount(known.question, fit, minlength=len(moved))
    return 100 * float(np.std(moved, ddof=1) * np.sqrt(len(moved)))


def sigmoid(logits: Floats) -> Floats:
    """1 ÷ (1 + e^−x) without overflow."""
    result: Floats = np.exp(-np.logaddexp(0, -logits))
    return result


def _held_out_losses(train: Rows, test: Rows) -> list[float]:
    """Mean log loss on `test` for each of PENALTIES; each fit starts where the stronger penalty's ended."""
    weights, losses = np.zeros(train.features.shape[1]), []
    for penalty in PENALTIES:
        weights = fitted(train, penalty, weights)
        losses.append(_loss(test, weights) / len(test.targets))
    return losses


def _loss(rows: Rows, weights: Floats) -> float:
    logits = rows.features @ weights
    return float((rows.targets * np.logaddexp(0, -logits) + (1 - rows.targets) * np.logaddexp(0, logits)).sum())


def _curvature(rows: Rows, expected: Floats) -> Floats:
    curvature: Floats = (rows.features * (expected * (1 - expected))[:, None]).T @ rows.features
    return curvature


def _penalised_step(weights: Floats, gradient: Floats, curvature: Floats, strength: float) -> Floats:
    """The step that minimises gradient · s + s · curvature · s ÷ 2 + strength · |w + s|₁, coordinate by coordinate."""
    step = np.zeros_like(weights)
    for _ in range(_MOST_STEPS):
        before = step.copy()
        for one in range(len(step)):
            bend = curvature[one, one] + _RIDGE
            free = weights[one] + step[one] - (gradient[one] + curvature[one] @ step + _RIDGE * step[one]) / bend
            step[one] = np.sign(free) * max(abs(free) - strength / bend, 0) - weights[one]
        if np.abs(step - before).max() < _TOLERANCE:
            break
    return step


def _walked(rows: Rows, weights: Floats, step: Floats, promised: float, strength: float) -> Floats:
    """As far along `step` as the loss falls by a ten-thousandth of what was promised; `weights` itself if nowhere."""
    here = _loss(rows, weights) + strength * np.abs(weights).sum()
    share = 1.0
    while share > _TOLERANCE:
        there = weights + share * step
        if _loss(rows, there) + strength * np.abs(there).sum() <= here + 1e-4 * share * promised:
            return there
        share /= 2
    return weights
