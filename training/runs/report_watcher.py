"""Keeps a run's page up to date while it trains. A page that cannot be written never stops a run."""

import time
from collections.abc import Callable
from pathlib import Path

from training.runs.record import RunBroken, RunRecord
from training.runs.run_page import PAGE, write_run_page
from training.tuning.watching import Plan, Sampled, Silent, Stepped, Told, Validated

EVERY_SECONDS = 5.0
RESTS = 50.0  # times as long as the last page took is waited before the next, so that a run loses 2 % at most


class ReportWatcher(Silent):
    """Writes RUN/report.html when the run starts and ends, and at most every few seconds between."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder, self._clock = folder, clock
        self._next = 0.0
        self.problem = ""
        """Why the newest page could not be written; empty if it was."""

    def started(self, run: RunRecord, plan: Plan) -> None:
        """A first page, so that it can be opened at once."""
        self._write()

    def stepped(self, fact: Stepped) -> None:
        """Perhaps a new page."""
        self._write_if_due()

    def validated(self, fact: Validated) -> None:
        """Perhaps a new page."""
        self._write_if_due()

    def sampled(self, fact: Sampled) -> None:
        """Perhaps a new page."""
        self._write_if_due()

    def told(self, fact: Told) -> None:
        """Perhaps a new page."""
        self._write_if_due()

    def ended(self, run: RunRecord) -> None:
        """The last page."""
        self._write()

    @property
    def page(self) -> Path:
        """Where the page is."""
        return self._folder / PAGE

    def _write_if_due(self) -> None:
        if self._clock() >= self._next:
            self._write()

    def _write(self) -> None:
        began = self._clock()
        try:
            write_run_page(self._folder)
            self.problem = ""
        except (OSError, RunBroken) as error:
            self.problem = str(error)
        now = self._clock()
        self._next = now + max(EVERY_SECONDS, RESTS * (now - began))
