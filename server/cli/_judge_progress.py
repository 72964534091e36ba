"""How far judging is, live: looks done, how fast, what it has cost, how long it will take; and stopping it cleanly."""

import asyncio
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

_console = Console(stderr=True)


class Told:
    """One bar. `tell` takes looks done and wanted, how many failed or went unanswered, and what all of it cost."""

    def __init__(self, progress: Progress, task: TaskID, currency: str) -> None:
        self._progress, self._task, self._currency = progress, task, currency
        self._began: tuple[float, int] | None = None

    def count(self, done: int, total: int) -> None:
        """Draw it, where nothing fails and nothing is paid."""
        self.tell(done, total, 0, 0, None)

    def tell(self, done: int, total: int, failed: int, unanswered: int, cost: Decimal | None) -> None:
        """Draw it."""
        now = time.monotonic()
        self._began = self._began or (now, done)
        seconds, made = now - self._began[0], done - self._began[1]
        notes = [f"{made / seconds:.1f}/s" if seconds > 1 and made else ""]
        notes += [f"{cost:.2f} {self._currency}" if cost is not None else ""]
        notes += [
            f"[yellow]{failed} failed[/]" if failed else "",
            f"[red]{unanswered} no reply[/]" if unanswered else "",
        ]
        self._progress.update(self._task, completed=done, total=total, notes="  ".join(filter(None, notes)))


@contextmanager
def bar(what: str, currency: str = "") -> Iterator[Told]:
    """A bar on stderr, so that what a command prints can be piped."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[notes]}"))
    unwatched = not _console.is_terminal
    with Progress(*columns, TimeRemainingColumn(), console=_console, transient=True, disable=unwatched) as progress:
        yield Told(progress, progress.add_task(what, total=None, notes=""), currency)


@contextmanager
def stoppable() -> Iterator[asyncio.Event]:
    """An event that Ctrl+C sets; the second Ctrl+C interrupts as usual. Inside a running loop."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def interrupted() -> None:
        stop.set()
        loop.remove_signal_handler(signal.SIGINT)
        _console.print("[yellow]Stopping; what is on its way still comes in. Ctrl+C again drops it.[/]")

    with suppress(NotImplementedError, RuntimeError, ValueError):  # not the main thread, or no signals here
        loop.add_signal_handler(signal.SIGINT, interrupted)
    try:
        yield stop
    finally:
        with suppress(NotImplementedError, RuntimeError, ValueError):
            loop.remove_signal_handler(signal.SIGINT)
