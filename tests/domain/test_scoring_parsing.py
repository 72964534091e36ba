"""What people and judges send: exact numbers on their scale, or a refusal that says why."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import strategies as st

from server.domain.mark_parsing import MarkRefused, expert_mark, llm_mark, shown, stars
from tests.domain.drawn_rounds import holds_for

NONSENSE = [
    float("nan"),
    float("inf"),
    float("-inf"),
    "nan",
    "inf",
    "1e1",
    "1e999999999",
    "٧",
    "7/2",
    "0x5",
    "",
    "seven",
    "7 8",
    "7,5",
    "9" * 5000,
    10**5000,
    True,
    None,
    [7],
    {"mark": 7},
    Decimal(7),
]


@pytest.mark.parametrize(
    ("sent", "mark"),
    [("8.5", "17/2"), (" 8.50 ", "17/2"), ("0", "0"), ("10", "10"), ("10.0", "10"), (8.5, "17/2"), (7, "7")],
)
def test_an_expert_marks_in_half_points(sent, mark):
    assert expert_mark(sent) == Fraction(mark)


@pytest.mark.parametrize("sent", [*NONSENSE, "-0.5", "10.5", "11", "7.25", "7.3", 7.3, -1, 11], ids=shown)
def test_an_experts_mark_off_the_scale_is_refused(sent):
    with pytest.raises(MarkRefused, match="from 0 to 10 in half points; got"):
        expert_mark(sent)


@pytest.mark.parametrize(
    ("sent", "mark"),
    [
        ("7.250", "29/4"),
        (7.25, "29/4"),
        (7, "7"),
        ("7.2504", "29/4"),
        ("7.2505", "29/4"),
        ("7.2515", "7.252"),
        (Fraction(22, 3), "7.333"),
        (1e-300, "0"),
        ("10.000", "10"),
    ],
)
def test_a_judges_mark_is_rounded_to_thousandths(sent, mark):
    assert llm_mark(sent) == Fraction(mark)


@pytest.mark.parametrize("sent", [*NONSENSE, "10.0001", 10.000001, -0.0001, "-1", 11, 1e308], ids=shown)
def test_a_judges_mark_off_the_scale_is_refused_and_never_clamped(sent):
    with pytest.raises(MarkRefused, match="A judge's mark is a number from 0 to 10; got"):
        llm_mark(sent)


@pytest.mark.parametrize(("sent", "number"), [(1, 1), (5, 5), ("4", 4)])
def test_stars_are_whole(sent, number):
    assert stars(sent) == number


@pytest.mark.parametrize("sent", [*NONSENSE, 0, 6, "0", 3.5, 4.0, "4.5", -1], ids=shown)
def test_other_numbers_of_stars_are_refused(sent):
    with pytest.raises(MarkRefused, match="whole number of stars from 1 to 5; got"):
        stars(sent)


@holds_for(st.floats())
def test_any_float_is_on_the_scale_or_refused(value):
    try:
        mark = llm_mark(value)
    except MarkRefused:
        assert not 0 <= value <= 10
    else:
        assert 0 <= mark <= 10
        assert abs(mark - Fraction(value)) <= Fraction(1, 2000)
        assert llm_mark(mark) == mark


def answer(parse, value):
    """The mark, or the words of the refusal."""
    try:
        return parse(value)
    except MarkRefused as refused:
        return str(refused)


@pytest.mark.parametrize("parse", [expert_mark, llm_mark, stars])
@holds_for(value=st.one_of(st.text(), st.integers(), st.lists(st.integers()), st.none(), st.binary()))
def test_whatever_is_sent_the_answer_is_a_mark_or_a_short_refusal(parse, value):
    found = answer(parse, value)
    assert len(found) < 150 if isinstance(found, str) else 0 <= found <= 10


def test_a_huge_value_is_shown_short():
    assert shown(10**5000) == "a number of more than 40 digits"
    assert len(shown("x" * 10**6)) < 50
