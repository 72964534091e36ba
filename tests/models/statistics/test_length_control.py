"""The length-controlled win rate on planted data: what was put in comes out (about 10 s)."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.judging import fit_length_controlled, length_controlled_win_rate, win_rate
from models.judging.statistics import DataRefused
from models.judging.statistics.l1_logistic import PENALTIES, Rows, fitted

unhurried = settings(deadline=None, max_examples=15)


def planted(
    weights: tuple[float, float, float], questions: int = 1500, seed: int = 0, hard: bool = True
) -> dict[str, Any]:
    """Rows whose preferences follow `weights` with coin flips, and the rate that they have without a difference."""
    rng = np.random.default_rng(seed)
    model, baseline = rng.integers(200, 3000, questions), rng.integers(200, 3000, questions)
    difficulty = rng.normal(0, 1.4, questions) if hard else np.zeros(questions)
    gaps = baseline - model
    logits = weights[0] * np.tanh(gaps / gaps.std(ddof=1)) + weights[1] * difficulty + weights[2]
    wins = rng.random(questions) < 1 / (1 + np.exp(-logits))
    return {
        "preferences": (1.0 + wins).tolist(),
        "model_lengths": model.tolist(),
        "baseline_lengths": baseline.tolist(),
        "difficulty": difficulty.tolist() if hard else None,
    }


@pytest.mark.parametrize("weights", [(-2.0, 1.0, -1.5), (-0.5, 0.3, 1.0), (0.0, 0.0, 0.4)])
def test_planted_coefficients_and_the_rate_without_a_difference_come_out(weights: tuple[float, float, float]) -> None:
    rows = planted(weights, questions=4000)
    found = fit_length_controlled(**rows)
    assert found.coefficients == pytest.approx(weights, abs=0.25)
    truth = length_controlled_win_rate(weights, rows["difficulty"])
    assert abs(found.win_rate - truth) < 3.5 * found.standard_error
    assert found.interval.low < found.win_rate < found.interval.high


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("targets", ["soft", "hard", "lost", "won"])
def test_the_fit_is_that_of_scikit_learns_liblinear(penalty: float, targets: str) -> None:
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(2)
    features = np.column_stack([np.tanh(rng.normal(size=120)), rng.normal(size=120), np.ones(120)])
    soft = 1 / (1 + np.exp(-features @ [-1.5, 0.8, -1.0] - rng.normal(size=120)))
    wanted = {"soft": soft, "hard": np.round(soft), "lost": 0 * soft, "won": 0 * soft + 1}[targets]
    library = LogisticRegression(
        C=penalty, l1_ratio=1, solver="liblinear", fit_intercept=False, tol=1e-9, max_iter=10_000, random_state=0
    )
    # A trace of both answers, since liblinear guesses which one it was when all rows have the same.
    weights = np.concatenate([wanted, 1 - wanted]) + 1e-12
    library.fit(np.tile(features, (2, 1)), np.repeat([1, 0], 120), weights)
    assert fitted(Rows(features, wanted, np.arange(120)), penalty) == pytest.approx(library.coef_[0], abs=1e-3)


def test_lengths_are_scaled_by_their_sample_deviation_and_not_centred() -> None:
    gaps = np.array([10, 20, 60, 40, 70, 160])
    preferences = [1.1, 1.3, 1.5, 1.2, 1.6, 1.9]
    found = fit_length_controlled(preferences, (1000 - gaps).tolist(), [1000] * 6)
    features = np.column_stack([np.tanh(gaps / np.std(gaps, ddof=1)), np.zeros(6), np.ones(6)])
    expected = fitted(Rows(features, np.array(preferences) - 1, np.arange(6)), found.penalty)
    assert found.coefficients == pytest.approx(expected, abs=1e-9)
    assert found.coefficients.length > 0.1


def test_without_difficulties_the_term_is_left_out_and_the_result_says_so() -> None:
    rows = planted((-1.5, 0.0, -0.5), questions=4000, hard=False)
    found = fit_length_controlled(**rows)
    assert found.coefficients.difficulty == 0
    assert not found.has_difficulty
    assert found.win_rate == pytest.approx(100 / (1 + math.exp(0.5)), abs=4)


def test_an_answer_that_won_by_length_alone_is_brought_back_to_half() -> None:
    rng = np.random.default_rng(3)
    baseline = rng.integers(300, 1500, 2000)
    model = baseline + rng.integers(0, 1500, 2000)
    gaps = baseline - model
    chance = 1 / (1 + np.exp(2.0 * np.tanh(gaps / gaps.std(ddof=1))))
    preferences = [1.0 + float(p) for p in chance]
    assert win_rate(preferences) > 75
    found = fit_length_controlled(preferences, model.tolist(), baseline.tolist())
    assert found.win_rate == pytest.approx(50, abs=1)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    weights, covered = (-1.0, 0.8, -0.7), 0
    for seed in range(40):
        rows = planted(weights, questions=300, seed=seed)
        # The truth over all questions there could be, so that the draw of questions counts.
        truth = length_controlled_win_rate(weights, np.random.default_rng(99).normal(0, 1.4, 100_000).tolist())
        low, high = fit_length_controlled(**rows).interval
        covered += low <= truth <= high
    assert covered >= 33


def test_where_the_penalty_leaves_no_effect_the_interval_still_has_a_width() -> None:
    rows = planted((0.0, 0.0, 0.0), questions=200, seed=1)
    found = fit_length_controlled(**rows)
    assert found.coefficients == (0, 0, 0)
    assert found.win_rate == 50
    assert found.interval.low == pytest.approx(43, abs=1)
    assert found.interval.high == pytest.approx(57, abs=1)


@unhurried
@given(st.integers(0, 10_000), st.integers(20, 60))
def test_swapping_the_sides_gives_100_minus_the_rate(seed: int, questions: int) -> None:
    rows = planted((-1.0, 0.7, -0.5), questions=questions, seed=seed)
    found = fit_length_controlled(**rows)
    other = fit_length_controlled(
        [3 - one for one in rows["preferences"]],
        rows["baseline_lengths"],
        rows["model_lengths"],
        [-one for one in rows["difficulty"]],
    )
    # (w1, w2, w3) becomes (w1, w2, −w3) with the difficulty mirrored.
    assert found.win_rate + other.win_rate == pytest.approx(100, abs=1e-3)
    assert 0 <= found.interval.low <= found.interval.high <= 100


@unhurried
@given(st.integers(0, 10_000), st.randoms())
def test_the_order_of_rows_and_the_unit_of_length_change_nothing(seed: int, rng: Any) -> None:
    rows = planted((-1.0, 0.7, -0.5), questions=40, seed=seed)
    mixed = rng.sample(range(40), 40)
    found = fit_length_controlled(**rows, questions=range(40))
    other = fit_length_controlled(
        [rows["preferences"][row] for row in mixed],
        [7 * rows["model_lengths"][row] for row in mixed],
        [7 * rows["baseline_lengths"][row] for row in mixed],
        [rows["difficulty"][row] for row in mixed],
        questions=mixed,
    )
    assert other.penalty == found.penalty
    assert other.win_rate == pytest.approx(found.win_rate, abs=1e-3)


def test_rows_of_one_question_share_a_fold_and_narrow_no_interval() -> None:
    rows = planted((-1.0, 0.7, -0.5), questions=200)
    once = fit_length_controlled(**rows, questions=range(200))
    four = {name: [value for value in column for _ in range(4)] for name, column in rows.items()}
    often = fit_length_controlled(**four, questions=[number // 4 for number in range(800)])
    assert often.standard_error == pytest.approx(once.standard_error, rel=0.1)
    assert often.judged == 800


def test_rows_that_are_not_judged_are_predicted_and_not_fitted() -> None:
    rows = planted((-1.0, 0.7, -0.5), questions=300)
    gaps = [None if row % 10 == 0 else one for row, one in enumerate(rows["preferences"])]
    found = fit_length_controlled(**rows | {"preferences": gaps})
    assert (found.judged, found.unjudged) == (270, 30)
    assert found.win_rate == pytest.approx(fit_length_controlled(**rows).win_rate, abs=5)


@pytest.mark.parametrize(("preference", "low", "high"), [(1.0, 0, 5), (2.0, 95, 100), (1.5, 49, 51)])
def test_a_model_that_lost_won_or_drew_every_question_stays_where_it_is(
    preference: float, low: float, high: float
) -> None:
    rows = planted((-1.0, 0.7, -0.5), questions=60)
    found = fit_length_controlled(**rows | {"preferences": [preference] * 60})
    assert low <= found.win_rate <= high
    assert low <= found.interval.low <= found.interval.high <= high


def test_answers_of_equal_length_need_no_control() -> None:
    rows = planted((0.0, 0.0, 0.5), questions=400)
    even = rows | {"model_lengths": [800] * 400, "baseline_lengths": [800] * 400}
    found = fit_length_controlled(**even)
    assert found.coefficients.length == 0
    assert found.win_rate == pytest.approx(win_rate(rows["preferences"]), abs=1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"preferences": [1.5] * 9}, "same number of rows"),
        ({"model_lengths": [1.0] * 9}, "both answers"),
        ({"model_lengths": [-1.0] * 10}, "0 or more"),
        ({"model_lengths": [math.nan] * 10}, "finite"),
        ({"difficulty": [math.inf] * 10}, "finite"),
        ({"preferences": [2.5] * 10}, "from 1"),
        ({"preferences": [None] * 10}, "5 judged questions"),
        ({"preferences": [1.5] * 4 + [None] * 6}, "5 judged questions"),
        ({"questions": [1, 2] * 5}, "5 judged questions"),
        ({"questions": [1, 2]}, "same number of rows"),
        ({"model_lengths": [100] * 10, "baseline_lengths": [107] * 10}, "7 characters"),
    ],
)
def test_rows_that_cannot_be_fitted_are_refused_with_the_reason(change: dict[str, Any], message: str) -> None:
    rows = planted((-1.0, 0.7, -0.5), questions=10)
    with pytest.raises(DataRefused, match=message):
        fit_length_controlled(**rows | change)


@pytest.mark.parametrize(("weights", "difficulty"), [((1.0, 2.0), [0.0]), ((1, 2, 3), []), ((1, 2, math.nan), [0.0])])
def test_the_formula_refuses_what_is_no_model(weights: Any, difficulty: list[float]) -> None:
    with pytest.raises(DataRefused, match="expected"):
        length_controlled_win_rate(weights, difficulty)


def test_the_formula_holds_for_large_weights() -> None:
    assert length_controlled_win_rate((0, 0, 1000), [0.0]) == 100
    assert length_controlled_win_rate((0, 0, -1000), [0.0]) == 0
    assert length_controlled_win_rate((9, 1, 0), [-1e4, 1e4]) == 50
