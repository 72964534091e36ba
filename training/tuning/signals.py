"""Ctrl+C and the platform's polite end: a run hears of them between two steps, saves and ends in order."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupts:
    """What was asked of the run from outside. A second Ctrl+C does not wait for the step to end."""

    def __init__(self) -> None:
        self.asked: signal.Signals | None = None

    def hear(self, number: int, frame: FrameType | None) -> None:
        """A signal came."""
        if self.asked is signal.SIGINT and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.asked = signal.Signals(number)


@contextmanager
def heard(interrupts: Interrupts) -> Iterator[None]:
    """Have `interrupts` hear SIGINT and SIGTERM; in a thread other than the main one, which gets none, nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, interrupts.hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
