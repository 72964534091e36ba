"""Intervals and the sign test, against scipy and by their properties."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from models.judging import bootstrap_mean_interval, paired_sign_test, wilson_interval
from models.judging.statistics import DataRefused

unhurried = settings(deadline=None, max_examples=50)
proportions = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
scores = st.dictionaries(st.integers(0, 30), st.none() | st.sampled_from([0.0, 0.5, 1.0, 1.7]))


@unhurried
@given(proportions, st.sampled_from([0.5, 0.9, 0.95, 0.999]))
def test_wilson_is_scipys(counts: tuple[int, int], confidence: float) -> None:
    ours = wilson_interval(*counts, confidence)
    theirs = stats.binomtest(*counts).proportion_ci(confidence, method="wilson")
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    assert 0 <= ours.low <= counts[0] / counts[1] <= ours.high <= 1


@given(proportions)
def test_wilson_of_the_failures_is_its_mirror(counts: tuple[int, int]) -> None:
    successes, trials = counts
    ours, mirror = wilson_interval(successes, trials), wilson_interval(trials - successes, trials)
    assert (ours.low, ours.high) == pytest.approx((1 - mirror.high, 1 - mirror.low), abs=1e-12)


@pytest.mark.parametrize(("successes", "trials"), [(0, 0), (-1, 5), (6, 5), (2.5, 5), (1, -1)])
def test_wilson_wants_whole_successes_of_a_trial_or_more(successes: Any, trials: Any) -> None:
    with pytest.raises(DataRefused, match="expected"):
        wilson_interval(successes, trials)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95, math.nan])
def test_a_confidence_is_between_0_and_1(confidence: float) -> None:
    with pytest.raises(DataRefused, match=r"such as 0\.95"):
        wilson_interval(1, 2, confidence)
    with pytest.raises(DataRefused, match=r"such as 0\.95"):
        bootstrap_mean_interval([1.0, 2.0], confidence=confidence)


def test_the_bootstrap_agrees_with_the_normal_interval_where_that_is_right() -> None:
    values = np.random.default_rng(5).normal(3, 2, 400)
    low, high = bootstrap_mean_interval([float(value) for value in values])
    error = values.std(ddof=1) / 20
    assert (low, high) == pytest.approx((values.mean() - 1.96 * error, values.mean() + 1.96 * error), abs=0.02)


@unhurried
@given(st.lists(st.floats(-10, 10), min_size=1, max_size=30), st.randoms(), st.floats(0.1, 5), st.floats(-5, 5))
def test_the_bootstrap_is_repeatable_in_any_order_and_follows_a_change_of_unit(
    values: list[float], rng: Any, scale: float, shift: float
) -> None:
    found = bootstrap_mean_interval(values, resamples=200)
    assert found == bootstrap_mean_interval(rng.sample(values, len(values)), resamples=200)
    assert min(values) - 1e-9 <= found.low <= found.high <= max(values) + 1e-9
    moved = bootstrap_mean_interval([scale * value + shift for value in values], resamples=200)
    assert moved == pytest.approx((scale * found.low + shift, scale * found.high + shift), abs=1e-6)


def test_the_bootstrap_draws_the_same_in_large_and_small_portions() -> None:
    values = [float(value) for value in range(3000)]
    wide, narrow = bootstrap_mean_interval(values, confidence=0.99), bootstrap_mean_interval(values, confidence=0.5)
    assert wide.low < narrow.low < 1499.5 < narrow.high < wide.high
    assert bootstrap_mean_interval(values, seed=1) != bootstrap_mean_interval(values)


@pytest.mark.parametrize("values", [[], [1.0, math.nan], [math.inf]])
def test_the_bootstrap_wants_finite_values(values: list[float]) -> None:
    with pytest.raises(DataRefused):
        bootstrap_mean_interval(values)


@unhurried
@given(scores, scores)
def test_the_sign_test_is_scipys_and_symmetric(a: dict[int, float | None], b: dict[int, float | None]) -> None:
    found, mirror = paired_sign_test(a, b), paired_sign_test(b, a)
    untied = found.a_better + found.b_better
    expected = stats.binomtest(found.a_better, untied).pvalue if untied else 1.0
    assert found.p == pytest.approx(expected, abs=1e-12)
    assert (mirror.a_better, mirror.b_better, mirror.ties) == (found.b_better, found.a_better, found.ties)
    assert mirror.p == found.p
    common = [q for q in a.keys() & b.keys() if a[q] is not None and b[q] is not None]
    assert untied + found.ties == len(common)


def test_the_sign_test_is_exact_for_thousands_of_questions() -> None:
    a, b = [1.0] * 5200 + [0.0] * 4800, [0.0] * 5200 + [1.0] * 4800
    assert paired_sign_test(a, b).p == pytest.approx(stats.binomtest(5200, 10_000).pvalue, rel=1e-9)


def test_lists_are_compared_row_by_row_and_gaps_left_out() -> None:
    found = paired_sign_test([2.0, 1.0, None, 1.5], [1.0, 2.0, 1.0, 1.5])
    assert (found.a_better, found.b_better, found.ties, found.p) == (1, 1, 1, 1.0)


@pytest.mark.parametrize(("a", "b"), [([1.0], [1.0, 2.0]), ({1: 1.0}, [1.0]), ([math.nan], [1.0])])
def test_the_sign_test_refuses_what_cannot_be_paired(a: Any, b: Any) -> None:
    with pytest.raises(DataRefused, match="expected"):
        paired_sign_test(a, b)
