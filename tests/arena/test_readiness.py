"""The readiness board: every row checked, a broken check is a red row, and rows follow the event."""

import asyncio

from server.arena.readiness import Readiness, Result, Task
from server.arena.room import Check


def task(key: str, level: str = "green", error: Exception | None = None) -> Task:
    async def run() -> Result:
        if error is not None:
            raise error
        return Result(level, f"{key} looked at")

    return Task(key, key.title(), run)


async def test_rows_are_grey_until_they_are_checked_and_shown_as_they_come() -> None:
    shown: list[tuple[Check, ...]] = []
    board = Readiness(lambda: [task("engine"), task("disk", "amber")], shown.append)
    assert [row.level for row in board.rows] == ["grey", "grey"]
    await board.run()
    assert [[row.level for row in rows] for rows in shown] == [["grey", "grey"], ["green", "grey"], ["green", "amber"]]


async def test_a_check_that_breaks_is_a_red_row_in_words() -> None:
    board = Readiness(lambda: [task("judge", error=RuntimeError("no answer from the judge"))], lambda rows: None)
    assert (await board.run())[0] == Check("judge", "Judge", "red", "no answer from the judge")


async def test_a_briefing_checks_the_engine_and_leaves_the_rest_as_it_was() -> None:
    board = Readiness(lambda: [task("engine"), task("adapter-farah"), task("judge")], lambda rows: None)
    rows = await board.run(("engine", "adapter-"))
    assert [row.level for row in rows] == ["green", "green", "grey"]


async def test_two_runs_at_once_check_everything_once() -> None:
    asked: list[str] = []

    async def run() -> Result:
        asked.append("engine")
        await asyncio.sleep(0)
        return Result("green", "")

    board = Readiness(lambda: [Task("engine", "Engine", run)], lambda rows: None)
    await asyncio.gather(board.run(), board.run())
    assert asked == ["engine"]


async def test_rows_follow_the_event_as_it_is_now() -> None:
    people = ["farah"]
    board = Readiness(lambda: [task(f"adapter-{who}") for who in people], lambda rows: None)
    people.append("arjun")
    assert [row.key for row in board.rows] == ["adapter-farah", "adapter-arjun"]
