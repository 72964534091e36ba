"""Agreement is measured on a thread when marks have moved, and only then; a measurement that fails harms nothing."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from server.arena.agreeing import EVENT, Agreeing
from server.domain import commands as c
from server.domain.agreement import Agreement, Ordering, RoundOpinions
from tests.stagehand import Stagehand


class Counting:
    """Counts what it was asked to measure; waits for `go` each time, fails when told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.threads: set[int] = set()
        self.go = threading.Event()
        self.go.set()
        self.fails = False

    def __call__(self, rounds: Sequence[RoundOpinions]) -> Agreement:
        self.go.wait(5)
        self.threads.add(threading.get_ident())
        self.asked.append(tuple(round_.key for round_ in rounds))
        if self.fails:
            raise ValueError("no number fits")
        return Agreement({"judge": Ordering(len(rounds))})


async def settled(agreeing: Agreeing) -> None:
    async with asyncio.timeout(5):
        while agreeing._task is not None and not agreeing._task.done():  # noqa: ASYNC110 (no event to wait on)
            await asyncio.sleep(0.002)


async def test_marks_that_moved_are_measured_once_on_a_thread() -> None:
    counting, told = Counting(), list[int]()
    agreeing = Agreeing(counting, lambda: told.append(1))
    hand = Stagehand().judge()
    agreeing.reconcile(hand.state)
    assert agreeing._task is None
    hand.seal_current()
    agreeing.reconcile(hand.state)
    await settled(agreeing)
    assert agreeing.found == {"1.1": Agreement({"judge": Ordering(1)}), EVENT: Agreement({"judge": Ordering(1)})}
    hand.do(c.Approve())
    agreeing.reconcile(hand.state)
    await settled(agreeing)
    assert counting.asked == [("1.1",), ("1.1",)]
    assert counting.threads.isdisjoint({threading.get_ident()})
    assert told == [1]


async def test_marks_that_move_meanwhile_are_measured_after() -> None:
    counting = Counting()
    agreeing = Agreeing(counting, lambda: None)
    hand = Stagehand().seal()
    counting.go.clear()
    agreeing.reconcile(hand.state)
    hand.do(c.Approve())
    hand.do(c.RevealTotal())
    hand.seal()
    agreeing.reconcile(hand.state)
    counting.go.set()
    await settled(agreeing)
    assert set(agreeing.found) == {"1.1", "2.1", EVENT}
    assert agreeing.found[EVENT] == Agreement({"judge": Ordering(2)})


async def test_a_measurement_that_fails_leaves_the_desk_as_it_was(caplog: pytest.LogCaptureFixture) -> None:
    counting, told = Counting(), list[int]()
    counting.fails = True
    agreeing = Agreeing(counting, lambda: told.append(1))
    agreeing.reconcile(Stagehand().seal().state)
    await settled(agreeing)
    assert agreeing.found == {}
    assert told == [1]


async def test_without_a_measure_nothing_is_measured() -> None:
    agreeing = Agreeing(None, lambda: None)
    agreeing.reconcile(Stagehand().seal().state)
    assert agreeing._task is None
    await agreeing.close()
