"""Length-controlled win rate: what the win rate had been, had both answers been equally long.

The formula, the features and the result; choosing the penalty and fitting under it is in `l1_logistic`.
Source: AlpacaEval 2 (arXiv 2404.04475). What is like the original and what is not: docs/decisions/0013.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from models.judging.statistics.errors import DataRefused
from models.judging.statistics.intervals import Interval, normal_quantile
from models.judging.statistics.l1_logistic import Floats, best_penalty, fitted, rows_of, sigmoid, standard_error
from models.judging.statistics.preferences import checked


class LengthCoefficients(NamedTuple):
    """Weights of tanh(Δlength ÷ deviation), of the question's difficulty, and the constant: how good the model is."""

    length: float
    difficulty: float
    constant: float


@dataclass(frozen=True, slots=True)
class LengthControlled:
    """`win_rate` and `interval` in percent, `standard_error` in percentage points, over all questions given.

    `penalty` is the chosen inverse strength C of the L1 penalty; `has_difficulty`: whether difficulties were given.
    The interval counts both the draw of questions and the fit. Where nearly all judgements fall to one side it is too
    narrow; Wilson's interval of the wins beside it is not.
    """

    win_rate: float
    interval: Interval
    standard_error: float
    coefficients: LengthCoefficients
    penalty: float
    judged: int
    unjudged: int
    has_difficulty: bool


def length_controlled_win_rate(coefficients: Sequence[float], difficulty: Sequence[float]) -> float:
    """100 · mean over questions of σ(w3 + w2 · difficulty), in percent; `coefficients` are (w1, w2, w3).

    Raises DataRefused for other than three coefficients, no question, and numbers that are not finite.
    """
    weights, harder = _finite("coefficients", coefficients), _finite("difficulties", difficulty)
    if weights.shape != (3,) or not harder.size:
        raise DataRefused(f"expected three coefficients and a question or more, got {weights.size} and {harder.size}")
    return _rate(weights, harder)


def fit_length_controlled(
    preferences: Sequence[float | None],
    model_lengths: Sequence[float],
    baseline_lengths: Sequence[float],
    difficulty: Sequence[float] | None = None,
    *,
    questions: Sequence[str] | Sequence[int] | None = None,
    confidence: float = 0.95,
) -> LengthControlled:
    """Fit the preference on length, difficulty and a constant, and predict the win rate without a difference in length.

    One row per judgement, all arguments of one length: preferences from 1 (baseline) to 2 (model) or None, lengths in
    characters, the fixed difficulty of each row's question. `questions` names each row's question, so that rows of one
    question share a fold; by default every row is a question of its own.
    Without difficulties the term is left out. That is a cruder model: where one answer is longer mainly on hard
    questions, it takes hardness for length, so do not compare its rates with those fitted with difficulties.
    Rows that are not judged count in the spread of lengths and in the prediction, as in the original, not in the fit.
    Raises DataRefused for unequal lengths, other values, fewer judged questions than folds, or when the answers differ
    in length by the same amount in every row, from which no effect of length can be read.
    """
    targets = np.array([np.nan if one is None else one - 1 for one in checked(preferences)])
    length = _length_feature(_finite("lengths", model_lengths), _finite("lengths", baseline_lengths))
    harder = _finite("difficulties", difficulty) if difficulty is not None else 0 * length
    names = list(questions) if questions is not None else list(range(len(targets)))
    if not len(targets) == len(length) == len(harder) == len(names):
        raise DataRefused("expected preferences, lengths, difficulties and questions of the same number of rows")
    rows = rows_of(length, harder, targets, names)
    penalty = best_penalty(rows)
    weights = fitted(rows, penalty)
    rate, error = _rate(weights, harder), standard_error(rows, weights)
    return LengthControlled(
        win_rate=rate,
        interval=_interval(rate, error, confidence),
        standard_error=error,
        coefficients=LengthCoefficients(*map(float, weights)),
        penalty=penalty,
        judged=int(rows.judged.sum()),
        unjudged=int((~rows.judged).sum()),
        has_difficulty=difficulty is not None,
    )


def _rate(weights: Floats, difficulty: Floats) -> float:
    return 100 * float(sigmoid(weights[2] + weights[1] * difficulty).mean())


def _length_feature(model: Floats, baseline: Floats) -> Floats:
    """tanh(Δ ÷ sd(Δ)), Δ = baseline − model in characters; the deviation has ddof 1 and Δ is not centred."""
    if model.shape != baseline.shape or (np.concatenate([model, baseline]) < 0).any():
        raise DataRefused("expected a length of 0 or more for both answers of every row")
    gaps = baseline - model
    if not gaps.any():
        return gaps
    deviation = gaps.std(ddof=1) if len(gaps) > 1 else 0.0
    if deviation == 0:
        raise DataRefused(f"the answers differ by {gaps[0]:g} characters in every row: expected differences that vary")
    return np.asarray(np.tanh(gaps / deviation))


def _interval(rate: float, error: float, confidence: float) -> Interval:
    """Symmetric in log-odds, so that it stays within 0 and 100 %."""
    reach, share = normal_quantile(confidence), rate / 100
    if not 0 < share < 1:
        return Interval(rate, rate)
    middle, half = math.log(share / (1 - share)), reach * error / 100 / (share * (1 - share))
    low, high = (100 * float(sigmoid(np.array(middle + side * half))) for side in (-1, 1))
    return Interval(low, high)


def _finite(what: str, values: Sequence[float]) -> Floats:
    numbers = np.asarray(values, dtype=float)
    if numbers.ndim != 1 or not np.isfinite(numbers).all():
        raise DataRefused(f"expected a list of finite numbers as {what}")
    return numbers
