"""The server's clock: the only one that counts."""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol


class Handle(Protocol):
    """A call that is due later and may be called off."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """Time as whole milliseconds since the epoch, and calls at a time."""

    def now(self) -> int: ...

    def call_at(self, at_ms: int, call: Callable[[], None]) -> Handle: ...


class WallClock:
    """The wall clock read once, then the monotonic one: a time correction of the machine moves no bell."""

    def __init__(self) -> None:
        self._offset_ns = time.time_ns() - time.monotonic_ns()

    def now(self) -> int:
        return (time.monotonic_ns() + self._offset_ns) // 1_000_000

    def call_at(self, at_ms: int, call: Callable[[], None]) -> Handle:
        delay = max(0, at_ms - self.now()) / 1000
        return asyncio.get_running_loop().call_later(delay, call)
