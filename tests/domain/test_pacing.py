"""The token bucket of attempts, against a bucket that is simulated tick by tick."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.pacing import next_start


@pytest.mark.parametrize(
    ("starts", "at_once", "refill_ms", "expected"),
    [
        ([], 3, 4_000, 0),
        ([10_000], 1, 4_000, 14_000),
        ([10_000, 10_000], 3, 4_000, 10_000),  # one is left
        ([10_000, 10_000, 10_000], 3, 4_000, 14_000),
        ([10_000, 10_000, 10_000, 14_000], 3, 4_000, 18_000),
        ([10_000, 10_000, 10_000, 60_000], 3, 4_000, 56_000),  # refilled long ago: may start at once
        ([10_000, 10_000, 10_000], 3, 0, 10_000),  # no limit
    ],
)
def test_when_the_next_attempt_may_start(starts: list[int], at_once: int, refill_ms: int, expected: int) -> None:
    assert next_start(starts, at_once, refill_ms) == expected


@given(
    st.lists(st.integers(0, 200), max_size=40).map(sorted),
    st.integers(1, 6),
    st.integers(1, 20),
)
def test_it_allows_exactly_what_a_simulated_bucket_allows(wishes: list[int], at_once: int, refill: int) -> None:
    level, last, starts = at_once * refill, 0, list[int]()
    for at in wishes:  # the simulated bucket holds `at_once` starts, each worth `refill` drops, one drop a tick
        level, last = min(at_once * refill, level + at - last), at
        allowed = level >= refill
        assert (next_start(starts, at_once, refill) <= at) == allowed
        if allowed:
            level -= refill
            starts.append(at)


@given(st.lists(st.integers(0, 10_000), max_size=30), st.integers(1, 5), st.integers(0, 500))
def test_the_order_of_starts_does_not_matter(starts: list[int], at_once: int, refill: int) -> None:
    assert next_start(starts, at_once, refill) == next_start(starts[::-1], at_once, refill)
