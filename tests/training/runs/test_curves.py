"""Curves, axes and charts: nothing lost by thinning, nothing drawn outside, nothing invented."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.runs import wording
from training.runs.charts import Line, Mark, chart
from training.runs.curves import curves, smoothed, thinned
from training.runs.scales import scale_of, steps_of

POINTS = st.lists(
    st.tuples(st.integers(0, 10**6).map(float), st.floats(-1e6, 1e6)),
    min_size=1,
    max_size=300,
    unique_by=lambda p: p[0],
).map(sorted)
VALUES = st.lists(st.floats(-1e9, 1e9, allow_subnormal=False), min_size=1, max_size=50)


def test_curves_are_read_by_step_and_damaged_values_left_out() -> None:
    found = curves(
        [
            {"step": 2, "loss": 1.5, "learning_rate": 0.1},
            {"step": 1, "loss": 2.0, "memory_bytes": True},
            {"step": 3, "loss": "low"},
            {"step": None, "loss": 1.0},
            {"loss": 1.0},
            {"event": "note", "message": "hello"},
            {"step": 2, "validation_loss": 1.7},
        ]
    )
    assert found.loss == ((1, 2.0), (2, 1.5))
    assert found.validation == ((2, 1.7),)
    assert found.learning_rate == ((2, 0.1),)
    assert found.memory == ()


@given(POINTS, st.integers(10, 60))
def test_thinning_keeps_both_ends_and_the_highest_and_lowest(points: list[tuple[float, float]], most: int) -> None:
    kept = thinned(points, most)
    assert len(kept) <= max(most, 2)
    assert set(kept) <= set(points)
    assert (kept[0], kept[-1]) == (points[0], points[-1])
    assert {min(v for _, v in kept), max(v for _, v in kept)} == {min(v for _, v in points), max(v for _, v in points)}


@given(POINTS)
def test_a_smoothed_curve_stays_within_the_values_it_smooths(points: list[tuple[float, float]]) -> None:
    values = [value for _, value in points]
    room = 1e-6 * max(1.0, *map(abs, values)) * len(values)
    found = smoothed(points)
    assert [step for step, _ in found] == [step for step, _ in points]
    assert all(min(values) - room <= value <= max(values) + room for _, value in found)


def test_smoothing_a_straight_line_changes_nothing() -> None:
    line = [(float(step), 3.0 * step) for step in range(100)]
    assert [value for _, value in smoothed(line)] == pytest.approx([value for _, value in line])


@given(VALUES, st.booleans())
def test_every_value_has_a_place_on_its_axis(values: list[float], zero: bool) -> None:
    scale = scale_of(values, zero=zero)
    assert all(-0.01 <= scale.at(value) <= 100.01 for value in values)
    assert all(-0.01 <= scale.at(tick) <= 100.01 for tick in scale.ticks)
    assert 2 <= len(scale.ticks) <= 13


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=30))
def test_steps_have_whole_ticks(steps: list[int]) -> None:
    scale = steps_of([float(step) for step in steps])
    assert all(tick == int(tick) for tick in scale.ticks)
    assert len(scale.ticks) <= 9


def test_values_far_apart_get_a_logarithmic_axis() -> None:
    scale = scale_of([0.002, 1.0, 900.0])
    assert scale.is_log
    assert scale.ticks[0] == pytest.approx(0.001)
    assert scale.ticks[-1] == pytest.approx(1000)
    assert scale.at(1.0) == pytest.approx(50)
    assert math.isfinite(scale.at(0.0))


@given(POINTS)
def test_a_chart_draws_within_its_plot(points: list[tuple[float, float]]) -> None:
    found = chart(
        "x", [Line("a", "c0", tuple(points), dotted=True)], wording.number, marks=[Mark("m", "best", 5.0, 2.0)]
    )
    trace = found.traces[0]
    assert all(-0.01 <= x <= 100.01 and -0.01 <= y <= 100.01 for x, y in trace.dots)
    assert len(trace.readings) == len(trace.dots)
    assert 0 <= found.marks[0].x <= 100


def test_a_chart_of_nothing_is_empty() -> None:
    assert chart("x", [Line("a", "c0", ())], wording.number).is_empty


def test_a_chart_says_in_words_where_its_lines_begin_and_end() -> None:
    found = chart("Loss", [Line("training loss", "c0", ((1.0, 3.0), (9.0, 1.25)))], wording.loss)
    assert found.in_words == "Loss: training loss 3.0000 at step 1, 1.2500 at step 9."


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1.23456, "1.235"), (0.0002, "0.0002"), (12346.0, "12,350"), (0.0, "0"), (None, "–"), (-2.5, "-2.5"),
        (1e-9, "1e-09"), (1500, "1,500"), (100.0, "100"), (float("inf"), "inf"),
    ],
)  # fmt: skip
def test_numbers_are_short_and_exact_enough(value: float | None, words: str) -> None:
    assert wording.number(value) == words
