"""How fast the models answered: medians, worst cases and the spread between lanes, from attempts by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain import commands as c
from server.domain.actors import SYSTEM
from server.domain.latency import ended, lane_times, percentile, rate_spread
from tests.stagehand import Stagehand


def timed(hand: Stagehand, finalist: str, **times: int) -> None:
    attempt = hand.generate(finalist, None)
    end = {"queue_ms": 10, "stream_ms": 1000, "lost_ms": 0, "retries": 0} | times
    hand.do(
        c.FinishAttempt(attempt, "Text", 41, end.pop("ttft_ms", 100), "stop", engine="vllm", **end),  # type: ignore[arg-type]
        SYSTEM,
    )


def test_a_lanes_line_tells_medians_worst_cases_and_what_faults_took() -> None:
    hand = Stagehand().start()
    timed(hand, "mei-ling", ttft_ms=100, stream_ms=1_000)
    timed(hand, "mei-ling", ttft_ms=300, stream_ms=2_000, lost_ms=4_000, retries=1)
    timed(hand, "mei-ling", ttft_ms=200, stream_ms=4_000)
    hand.do(c.Extend(1, "mei-ling", "engine fault"))
    mei = lane_times(hand.state, hand.state.rounds)[0]
    assert (mei.attempts, mei.served, mei.failed, mei.retries) == (3, 3, 0, 1)
    assert (mei.queue_ms, mei.ttft_ms, mei.ttft_worst_ms) == (10, 200, 300)
    assert (mei.rate, mei.rate_worst) == (20.0, 10.0)
    assert (mei.lost_ms, mei.owed_ms) == (4_000, 3_000)


def test_a_lane_without_attempts_has_no_times_and_does_not_count_in_the_spread() -> None:
    hand = Stagehand().start()
    timed(hand, "mei-ling", stream_ms=1_000)
    lanes = lane_times(hand.state, hand.state.rounds)
    assert (lanes[1].attempts, lanes[1].ttft_ms, lanes[1].rate) == (0, None, None)
    assert rate_spread(lanes) is None
    timed(hand, "arjun", stream_ms=1_250)
    assert rate_spread(lane_times(hand.state, hand.state.rounds)) == pytest.approx(0.8)


def test_attempts_under_way_are_not_told_yet() -> None:
    hand = Stagehand().start()
    hand.generate("mei-ling", None)
    assert ended(hand.state.rounds) == ()


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([], 0.5, None), ([7], 0.99, 7), ([4, 1, 3, 2], 0.5, 2), (list(range(1, 101)), 0.99, 99), ([1, 2], 1.0, 2)],
)
def test_percentiles_are_by_nearest_rank(values: list[int], share: float, expected: int | None) -> None:
    assert percentile(values, share) == expected


@given(st.lists(st.integers(0, 9_999), min_size=1), st.sampled_from([0.01, 0.25, 0.5, 0.9, 0.99, 1.0]))
def test_a_percentile_is_the_least_value_that_enough_others_do_not_exceed(values: list[int], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(v <= found for v in values) >= share * len(values) - 1e-9  # type: ignore[operator]
    smaller = [v for v in values if v < found]  # type: ignore[operator]
    assert not smaller or sum(v <= max(smaller) for v in values) < share * len(values)
