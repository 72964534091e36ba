"""The alarm: calls once when the state's next clock is due."""

from collections.abc import Callable

from server.arena.clock import Clock, Handle

AGAIN_MS = 1_000


class Timer:
    """Keeps one alarm armed."""

    def __init__(self, clock: Clock, ring: Callable[[], None]) -> None:
        self._clock, self._ring = clock, ring
        self._at: int | None = None
        self._handle: Handle | None = None

    def arm(self, at: int | None) -> None:
        """Set the alarm to `at` (epoch ms), or switch it off with None."""
        if at == self._at:
            return
        self.disarm()
        if at is not None:
            self._at, self._handle = at, self._clock.call_at(at, self._due)

    def disarm(self) -> None:
        """Switch the alarm off."""
        if self._handle is not None:
            self._handle.cancel()
        self._at = self._handle = None

    def _due(self) -> None:
        due = self._at or 0
        self._at = self._handle = None
        if self._clock.now() < due:  # event loops may wake a millisecond early
            self.arm(due)
            return
        self.arm(self._clock.now() + AGAIN_MS)  # rings again unless the state moves on: a full disk must not stop it
        self._ring()
