"""The readiness board: every check that can go wrong in front of a hall, run before it does."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from server.arena.room import Check

TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Task:
    """One check to run: it gives (level, detail, remedy), or raises."""

    key: str
    label: str
    run: Callable[[], Awaitable[tuple[str, str, str]]]


class Readiness:
    """Runs the checks one after the other, so that a probe measures the engine and not the queue of probes."""

    def __init__(self, tasks: Sequence[Task], show: Callable[[tuple[Check, ...]], None]) -> None:
        self._tasks, self._show = tasks, show
        self._rows = {task.key: Check(task.key, task.label, "grey", "not checked yet") for task in tasks}
        self._lock = asyncio.Lock()
        show(self.rows)

    @property
    def rows(self) -> tuple[Check, ...]:
        """The board as it stands."""
        return tuple(self._rows.values())

    async def run(self) -> tuple[Check, ...]:
        """Check everything anew; a run under way is waited for instead of doubled."""
        if self._lock.locked():
            async with self._lock:
                return self.rows
        async with self._lock:
            for task in self._tasks:
                self._rows[task.key] = await _checked(task)
                self._show(self.rows)
        return self.rows


async def _checked(task: Task) -> Check:
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            level, detail, remedy = await task.run()
    except TimeoutError:
        level, detail, remedy = "red", f"no answer within {TIMEOUT_SECONDS:g} s", "Restart what this checks."
    except Exception as error:  # a check that breaks is a red check, not a broken board
        level, detail, remedy = "red", str(error) or type(error).__name__, ""
    return Check(task.key, task.label, level, detail, remedy)
