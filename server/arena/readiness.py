"""The readiness board: every check that can go wrong in front of a hall, run before it does."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from server.arena.room import Check

TIMEOUT_SECONDS = 60.0


class Result(NamedTuple):
    """What a check found; the fields are those of `Check`."""

    level: str
    detail: str
    remedy: str = ""
    may_record: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """One check to run: it gives its result, or raises."""

    key: str
    label: str
    run: Callable[[], Awaitable[Result]]


class Readiness:
    """Runs the checks one after the other, so that a probe measures the engine and not the queue of probes."""

    def __init__(self, tasks: Callable[[], Sequence[Task]], show: Callable[[tuple[Check, ...]], None]) -> None:
        """`tasks` gives what is to be checked as the event is now: its people may change until it is locked."""
        self._tasks, self._show = tasks, show
        self._found: dict[str, Check] = {}
        self._lock = asyncio.Lock()
        show(self.rows)

    @property
    def rows(self) -> tuple[Check, ...]:
        """The board as it stands."""
        return tuple(self._found.get(task.key, _unknown(task)) for task in self._tasks())

    async def run(self, kinds: tuple[str, ...] = ("",)) -> tuple[Check, ...]:
        """Check anew what begins with one of `kinds`; a run under way is waited for instead of doubled."""
        if self._lock.locked():
            async with self._lock:
                return self.rows
        async with self._lock:
            for task in self._tasks():
                if task.key.startswith(kinds):
                    self._found[task.key] = await _checked(task)
                    self._show(self.rows)
        return self.rows


def _unknown(task: Task) -> Check:
    return Check(task.key, task.label, "grey", "not checked yet")


async def _checked(task: Task) -> Check:
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            found = await task.run()
    except TimeoutError:
        found = Result("red", f"no answer within {TIMEOUT_SECONDS:g} s", "Restart what this checks.")
    except Exception as error:  # a check that breaks is a red check, not a broken board
        found = Result("red", str(error) or type(error).__name__)
    return Check(task.key, task.label, *found)
