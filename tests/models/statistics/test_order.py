"""Consistency of verdicts over both orders."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.judging import order_consistency
from models.judging.statistics import DataRefused

verdicts = st.none() | st.sampled_from([1.0, 1.2, 1.5, 1.8, 2.0])
pairs = st.lists(st.tuples(verdicts, verdicts, st.sampled_from([1, 2, None])), max_size=30)


def test_a_small_table_by_hand() -> None:
    """a twice; first twice; second twice; b twice; a tie twice; a tie and a; a failure."""
    a_first = [1.0, 1.2, 2.0, 1.9, 1.5, 1.5, None]
    b_first = [2.0, 1.1, 2.0, 1.0, 1.5, 1.8, 1.0]
    found = order_consistency(a_first, b_first, [1, 1, 1, 1, 1, 1, 1])
    assert (found.pairs, found.failed, found.labelled) == (6, 1, 6)
    assert found.consistent == 3 / 6
    assert found.p_first == (1 + 2 + 0 + 1 + 1 + 0.5) / 12
    assert found.accuracy_a_first == (1 + 1 + 0 + 0 + 0.5 + 0.5) / 6
    assert found.accuracy_b_first == (1 + 0 + 1 + 0 + 0.5 + 1) / 6
    assert found.accuracy == (3 + 3.5) / 12
    assert found.accuracy_both == 1 / 6
    assert found.accuracy_mean == pytest.approx((1 + 0 + 0.5 + 0 + 0.5 + 1) / 6)


def test_a_judge_that_always_names_the_first_is_never_consistent_and_half_right() -> None:
    found = order_consistency([1.0] * 8, [1.0] * 8, [1, 2] * 4)
    assert (found.consistent, found.p_first, found.accuracy, found.accuracy_both) == (0, 1, 0.5, 0)


def test_a_perfect_judge_is_consistent_right_and_without_a_favourite_place() -> None:
    found = order_consistency([1.0, 2.0], [2.0, 1.0], [1, 2])
    assert (found.consistent, found.p_first, found.accuracy, found.accuracy_both) == (1, 0.5, 1, 1)


@given(pairs)
def test_naming_the_answers_the_other_way_round_changes_nothing_but_the_two_orders(rows: list[Any]) -> None:
    a_first, b_first, better = ([row[column] for row in rows] for column in range(3))
    found = order_consistency(a_first, b_first, better)
    other = order_consistency(b_first, a_first, [label and 3 - label for label in better])
    same = ("pairs", "failed", "consistent", "p_first", "labelled", "accuracy", "accuracy_both", "accuracy_mean")
    assert [getattr(found, name) for name in same] == pytest.approx([getattr(other, name) for name in same])
    assert (found.accuracy_a_first, found.accuracy_b_first) == (other.accuracy_b_first, other.accuracy_a_first)
    shares = [found.consistent, found.p_first, found.accuracy, found.accuracy_both, found.accuracy_mean]
    assert all(share is None or 0 <= share <= 1 for share in shares)
    assert found.accuracy is None or found.accuracy_both is None or found.accuracy_both <= found.accuracy


def test_nothing_judged_gives_counts_and_no_shares() -> None:
    found = order_consistency([None], [1.0])
    assert (found.pairs, found.failed, found.labelled) == (0, 1, 0)
    assert (found.consistent, found.p_first, found.accuracy) == (None, None, None)


@pytest.mark.parametrize(
    ("a_first", "b_first", "better"),
    [([1.0], [1.0, 2.0], None), ([1.0], [2.0], [1, 2]), ([1.0], [2.0], [0]), ([0.0], [2.0], None)],
)
def test_lists_that_do_not_fit_are_refused(a_first: Any, b_first: Any, better: Any) -> None:
    with pytest.raises(DataRefused, match="expected"):
        order_consistency(a_first, b_first, better)
