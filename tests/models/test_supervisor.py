"""Keeping something alive: begun once however often it is asked for, begun anew when it dies."""

import asyncio

import pytest

from models import supervisor
from models.protocol import EngineUnavailable
from models.supervisor import Supervisor, Words

WORDS = Words("The thing", "wait a moment")


class Thing:
    """Lives until it is told to die."""

    def __init__(self) -> None:
        self._dead = asyncio.Event()
        self.buried = asyncio.Event()
        self.buried.set()
        self.stopped = False

    def die(self) -> None:
        self._dead.set()

    async def ended(self) -> str:
        await self._dead.wait()
        return "(of old age)"

    async def stop(self) -> int:
        await self.buried.wait()
        self.stopped = True
        return 0


class Beginnings:
    def __init__(self) -> None:
        self.made: list[Thing] = []

    async def __call__(self) -> Thing:
        await asyncio.sleep(0)  # let a second start come in between
        self.made.append(Thing())
        return self.made[-1]


async def test_two_starts_at_once_begin_one_life() -> None:
    begin = Beginnings()
    keeper = Supervisor(WORDS, begin)
    await asyncio.gather(keeper.start(), keeper.start(), keeper.start())
    assert len(begin.made) == 1
    await keeper.close()
    assert begin.made[0].stopped


async def test_a_death_is_told_and_another_life_begins() -> None:
    begin, told = Beginnings(), list[str]()
    keeper = Supervisor(WORDS, begin, told.append)
    await keeper.start()
    begin.made[0].die()
    async with asyncio.timeout(5):
        while len(begin.made) < 2 or not keeper.state.is_up:  # noqa: ASYNC110 (any condition)
            await asyncio.sleep(0.01)
    assert told == ["The thing died (of old age) and is restarting (death 1); wait a moment."]
    assert "exit code 0" in keeper.log[-1]
    await keeper.close()


async def test_a_start_that_fails_says_why_and_may_be_tried_again() -> None:
    fails = [True]

    async def begin() -> Thing:
        if fails.pop():
            raise EngineUnavailable("The disk is full; free some space.")
        return Thing()

    keeper = Supervisor(WORDS, begin)
    with pytest.raises(EngineUnavailable, match="free some space"):
        await keeper.start()
    assert keeper.state.message == "The disk is full; free some space."
    fails.append(False)
    await keeper.start()
    assert keeper.state.is_up
    await keeper.close()


async def test_a_start_while_the_last_life_is_still_being_buried_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "MAX_DEATHS", 1)
    begin, dying = Beginnings(), asyncio.Event()
    keeper = Supervisor(WORDS, begin, lambda reason: dying.set())
    await keeper.start()
    begin.made[0].buried.clear()
    begin.made[0].die()
    await asyncio.wait_for(dying.wait(), 5)
    starting = asyncio.create_task(keeper.start())
    await asyncio.sleep(0)
    begin.made[0].buried.set()
    await starting
    assert keeper.state.is_up
    assert (begin.made[0].stopped, len(begin.made)) == (True, 2)
    await keeper.close()
