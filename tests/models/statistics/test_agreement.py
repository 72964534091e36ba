"""Krippendorff's alpha, pairwise accuracy, weights of judges."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.judging import krippendorff_alpha, pairwise_accuracy, weights_from_accuracy
from models.judging.statistics import DataRefused, ExpertOrder, Level, PairwiseAccuracy, alpha

unhurried = settings(deadline=None, max_examples=60)
units = st.integers(2, 4).flatmap(
    lambda raters: st.lists(
        st.lists(st.none() | st.sampled_from([0, 1, 2.5, 4, 7]), min_size=raters, max_size=raters), max_size=12
    )
)
marks = st.dictionaries(st.sampled_from("ABCDE"), st.integers(0, 10).map(float))


def test_krippendorffs_own_example() -> None:
    """Four observers, twelve units: nominal 0.743, ordinal 0.815, interval 0.849 (Krippendorff 2011, section C)."""
    gap = None
    observers = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, gap, gap, gap],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, gap, 3],
        [gap, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, gap],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, gap],
    ]
    table = [list(unit) for unit in zip(*observers, strict=True)]
    for level, expected in ((Level.NOMINAL, 0.743), (Level.ORDINAL, 0.815), (Level.INTERVAL, 0.849)):
        found = krippendorff_alpha(table, level)
        assert found.value == pytest.approx(expected, abs=5e-4)
        assert found.units == 11, "the twelfth has one mark alone"


@unhurried
@given(units, st.sampled_from(Level), st.randoms())
def test_alpha_is_a_number_up_to_1_or_a_reason_in_any_order(table: list[list[Any]], level: Level, rng: Any) -> None:
    found = krippendorff_alpha(table, level)
    assert (found.value is None) == (found.reason is not None)
    if found.value is not None:
        assert math.isfinite(found.value)
        assert found.value <= 1 + 1e-12
        mixed = [rng.sample(unit, len(unit)) for unit in rng.sample(table, len(table))]
        assert krippendorff_alpha(mixed, level).value == pytest.approx(found.value, abs=1e-9)


@unhurried
@given(units, st.sampled_from(Level))
def test_sums_give_what_the_library_gives(table: list[list[Any]], level: Level) -> None:
    found = krippendorff_alpha(table, level)
    if found.value is not None:
        rows = np.array(table, dtype=float)
        rows = rows[(~np.isnan(rows)).sum(1) > 1]
        values = np.unique(rows[~np.isnan(rows)])
        assert alpha._by_sums(rows, values, level) == pytest.approx(found.value, abs=1e-9)


@pytest.mark.parametrize("level", Level)
def test_a_thousand_units_with_as_many_values_take_no_table(level: Level) -> None:
    rng = np.random.default_rng(0)
    truth = rng.uniform(0, 10, 1500)
    table = [[float(t + e) for e in rng.normal(0, 0.1, 3)] for t in truth]
    found = krippendorff_alpha(table, level)
    assert found.value is not None
    assert found.value < 0.01 if level is Level.NOMINAL else found.value > 0.99


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ([], "two raters"),
        ([[]], "two raters"),
        ([[1], [2], [3]], "two raters"),
        ([[1, None], [None, 2]], "two raters"),
        ([[None, None]], "two raters"),
        ([[4, 4], [4, 4]], "the same"),
        ([[4, 4], [4, 4], [None, 9]], "the same"),
        ([[4, math.nan], [4, 5]], None),
    ],
)
def test_where_alpha_is_undefined_there_is_a_reason(table: list[list[float | None]], reason: str | None) -> None:
    found = krippendorff_alpha(table)
    assert (found.value is None) == (reason is not None)
    assert reason is None or reason in (found.reason or "")


@pytest.mark.parametrize("table", [[[1, 2], [1]], [[math.inf, 1]]])
def test_a_table_with_holes_or_infinities_is_refused(table: list[list[float | None]]) -> None:
    with pytest.raises(DataRefused, match="expected"):
        krippendorff_alpha(table)


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(DataRefused, match="interval, ordinal, nominal"):
        krippendorff_alpha([[1, 2]], "ratio")


def test_pairs_count_where_the_experts_have_an_order_and_a_judges_tie_is_half() -> None:
    judge = {"A": 9.0, "B": 5.0, "C": 5.0, "D": 1.0}
    experts = [{"A": 9.0, "B": 4.0, "C": 8.0}, {"A": 7.0, "B": 4.0, "C": 8.0}, {"A": 8.0, "B": 4.0, "C": 1.0, "D": 9.0}]
    # A over B and B under C by 3:0 and 2:1, A and C 1:1 with 9 > 8, so 2:1 for A; D by one expert over all others.
    found = pairwise_accuracy(judge, experts)
    assert found == PairwiseAccuracy(pairs=6, same=2, tied=1)
    assert found.accuracy == Fraction(5, 12)


def test_mean_marks_may_order_what_the_majority_does_not() -> None:
    experts = [{"A": 5.0, "B": 4.0}, {"A": 5.0, "B": 4.0}, {"A": 0.0, "B": 10.0}]
    assert pairwise_accuracy({"A": 2.0, "B": 1.0}, experts).accuracy == 1
    assert pairwise_accuracy({"A": 2.0, "B": 1.0}, experts, ExpertOrder.MEAN).accuracy == 0


def test_without_an_order_among_experts_there_is_no_accuracy() -> None:
    assert pairwise_accuracy({"A": 1.0, "B": 2.0}, [{"A": 3.0, "B": 3.0}]).accuracy is None
    assert pairwise_accuracy({}, []).accuracy is None


@given(marks, st.lists(marks, max_size=4), st.sampled_from(ExpertOrder), st.randoms())
def test_pairwise_accuracy_is_blind_to_names_and_order_and_mirrored_by_an_opposite_judge(
    judge: dict[str, float], experts: list[dict[str, float]], order: ExpertOrder, rng: Any
) -> None:
    found = pairwise_accuracy(judge, experts, order)
    names = dict(zip("ABCDE", rng.sample("VWXYZ", 5), strict=True))
    renamed = [{names[entry]: mark for entry, mark in one.items()} for one in rng.sample(experts, len(experts))]
    assert pairwise_accuracy({names[entry]: mark for entry, mark in judge.items()}, renamed, order) == found
    opposite = pairwise_accuracy({entry: -mark for entry, mark in judge.items()}, experts, order)
    assert (found.accuracy is None) == (opposite.accuracy is None)
    if found.accuracy is not None and opposite.accuracy is not None:
        assert found.accuracy + opposite.accuracy == 1


@given(st.lists(marks, max_size=4))
def test_a_lone_expert_agrees_with_its_own_marks(experts: list[dict[str, float]]) -> None:
    total = sum((pairwise_accuracy(one, [one]) for one in experts), PairwiseAccuracy(0, 0, 0))
    assert total.accuracy in (None, 1)


def test_a_mark_that_is_not_finite_is_refused() -> None:
    with pytest.raises(DataRefused, match="finite"):
        pairwise_accuracy({"A": math.nan}, [])


@given(st.integers(1, 500), st.data())
def test_more_right_answers_never_earn_less_weight_and_chance_earns_none(pairs: int, data: st.DataObject) -> None:
    fewer, more = sorted(data.draw(st.tuples(st.integers(0, 2 * pairs), st.integers(0, 2 * pairs))))
    weights = weights_from_accuracy({"fewer": (fewer / 2, pairs), "more": (more / 2, pairs)})
    assert 0 <= weights["fewer"] <= weights["more"]
    assert weights["fewer"] == 0 or fewer > pairs
    assert weights["more"] == 0 or more > pairs


@given(st.integers(2, 500))
def test_the_same_accuracy_over_more_pairs_earns_more(pairs: int) -> None:
    weights = weights_from_accuracy({"few": (0.9 * pairs, pairs), "many": (9.0 * pairs, 10 * pairs), "none": (0, 0)})
    assert weights["few"] < weights["many"] < Fraction(2.2)
    assert weights["none"] == 0


def test_weights_approach_the_log_odds() -> None:
    weights = weights_from_accuracy({"a": (80_000, 100_000), "b": (69_000, 100_000)})
    assert weights == {"a": Fraction(1386, 1000), "b": Fraction(800, 1000)}


@pytest.mark.parametrize("bad", [(5, 4), (-1, 4), (math.nan, 4)])
def test_more_right_answers_than_pairs_are_refused(bad: tuple[float, int]) -> None:
    with pytest.raises(DataRefused, match="judge-1"):
        weights_from_accuracy({"judge-1": bad})
