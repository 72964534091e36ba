"""Preferences from log-probabilities, and win rates."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.judging import preference_from_logprobs, win_rate
from models.judging.statistics import DataRefused, head_to_head

logprobs = st.floats(-1e4, 0)
preferences = st.lists(st.none() | st.just(math.nan) | st.floats(1, 2) | st.just(1.5), min_size=1)


def is_judged(preference: float | None) -> bool:
    return preference is not None and not math.isnan(preference)


@given(logprobs, logprobs)
def test_a_preference_is_from_1_to_2_and_swapping_the_tokens_gives_3_minus_it(m: float, capital: float) -> None:
    found = preference_from_logprobs({"m": m, "M": capital, "The": -3.0})
    swapped = preference_from_logprobs({"m": capital, "M": m})
    assert found is not None
    assert swapped is not None
    assert 1 <= found <= 2
    assert found + swapped == pytest.approx(3, abs=1e-12)


@given(logprobs, logprobs)
def test_it_is_the_formula_wherever_that_can_be_computed(m: float, capital: float) -> None:
    total = math.exp(m) + math.exp(capital)
    if total > 1e-300:
        assert preference_from_logprobs({"m": m, "M": capital}) == pytest.approx(2 - math.exp(m) / total, abs=1e-12)


@given(logprobs, st.floats(0, 100))
def test_a_likelier_second_token_never_lowers_it(m: float, more: float) -> None:
    low, high = (preference_from_logprobs({"m": -5.0, "M": value}) for value in (m - more, m))
    assert low is not None
    assert high is not None
    assert low <= high


def test_a_missing_token_has_probability_0_and_without_either_there_is_no_judgement() -> None:
    assert preference_from_logprobs({"m": -2.0}) == 1
    assert preference_from_logprobs({"M": -2.0, "m ": -0.1}) == 2
    assert preference_from_logprobs({"A": -0.1, "B": -2.0}) is None
    assert preference_from_logprobs({}) is None
    assert preference_from_logprobs({"A": -9.0, "B": -9.0}, first="A", second="B") == 1.5


def test_two_tiny_probabilities_are_still_compared() -> None:
    assert preference_from_logprobs({"m": -5000.0, "M": -5000.0}) == 1.5
    assert preference_from_logprobs({"m": -5001.0, "M": -5000.0}) == pytest.approx(2 - 1 / (1 + math.e))


def test_a_list_of_top_logprobs_reads_like_a_mapping() -> None:
    listed = [{"token": "m", "logprob": -0.5, "bytes": [109]}, {"token": "M", "logprob": -1.0}]
    assert preference_from_logprobs(listed) == preference_from_logprobs({"m": -0.5, "M": -1.0})


@pytest.mark.parametrize(
    "bad",
    [
        {"m": math.nan, "M": -1.0},
        {"m": -math.inf, "M": -1.0},
        {"m": math.inf},
        {"m": 0.1, "M": -1.0},
        {"m": -0.1, "x": math.nan},
        {"m": "much"},
        {"m": None},
        [{"token": "m"}],
        ["m", "M"],
        [{"token": "m", "logprob": -1.0}, {"token": "m", "logprob": -2.0}],
        7,
    ],
)
def test_what_is_no_log_probability_is_refused(bad: Any) -> None:
    with pytest.raises(DataRefused, match="expected"):
        preference_from_logprobs(bad)


def test_the_two_verdict_tokens_must_differ() -> None:
    with pytest.raises(DataRefused):
        preference_from_logprobs({"m": -1.0}, first="m", second="m")


@given(preferences)
def test_win_rates_of_both_sides_add_up_to_100(given_: list[float | None]) -> None:
    if not any(map(is_judged, given_)):
        with pytest.raises(DataRefused, match="none judged"):
            win_rate(given_)
        return
    other = [3 - one if one is not None else None for one in given_]
    assert 0 <= win_rate(given_) <= 100
    assert win_rate(given_) + win_rate(other) == pytest.approx(100, abs=1e-9)
    ours, theirs = head_to_head(given_), head_to_head(other)
    assert ours.discrete_rate + theirs.discrete_rate == pytest.approx(100)
    assert ours.judged + ours.unjudged == len(given_)


@given(preferences.filter(lambda given_: any(map(is_judged, given_))), st.randoms())
def test_the_order_of_judgements_changes_nothing(given_: list[float | None], rng: Any) -> None:
    mixed = rng.sample(given_, len(given_))
    assert head_to_head(mixed).rate == head_to_head(given_).rate
    assert head_to_head(mixed).standard_error == pytest.approx(head_to_head(given_).standard_error)


def test_one_judgement_has_no_standard_error() -> None:
    assert head_to_head([1.25]).standard_error is None


@pytest.mark.parametrize("bad", [0.0, 0.99, 2.01, math.inf, -1.5])
def test_a_preference_off_the_scale_is_refused_with_its_row(bad: float) -> None:
    with pytest.raises(DataRefused, match="row 1"):
        win_rate([1.5, bad])
