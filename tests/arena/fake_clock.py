"""A clock that stands still until it is told to move."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.stagehand import START


@dataclass
class _Call:
    at: int
    call: Callable[[], None]
    is_off: bool = False

    def cancel(self) -> None:
        self.is_off = True


class FakeClock:
    """Implements server.arena.clock.Clock."""

    def __init__(self, now: int = START) -> None:
        self._now = now
        self._calls: list[_Call] = []

    def now(self) -> int:
        return self._now

    def call_at(self, at_ms: int, call: Callable[[], None]) -> _Call:
        self._calls.append(_Call(at_ms, call))
        return self._calls[-1]

    def move_to(self, at_ms: int) -> None:
        """Let the time pass; whatever was due on the way is called in order, at its own time."""
        while True:
            due = sorted((c for c in self._calls if not c.is_off and c.at <= at_ms), key=lambda c: c.at)
            if not due:
                break
            self._calls.remove(due[0])
            self._now = max(self._now, due[0].at)
            due[0].call()
        self._now = max(self._now, at_ms)

    def pass_(self, seconds: float) -> None:
        self.move_to(self._now + int(seconds * 1000))
