"""One run's hold on the ledger: it beats in the background while the run lives and is closed when it ends."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from training.errors import TrainingError
from training.hours.errors import HoursRefused
from training.hours.ledger import Ledger, why_too_little

BEAT_SECONDS = 20.0


class Lease:
    """Reserved training time of a running run. `spent` gives the seconds that the run has used."""

    def __init__(self, ledger: Ledger, reservation: str, seconds: float, spent: Callable[[], float]) -> None:
        self._ledger, self._reservation, self._spent = ledger, reservation, spent
        self.seconds = seconds
        self.is_lost = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="hours", daemon=True)
        self._thread.start()

    def extend_to(self, seconds: float) -> float:
        """Hold so many seconds in all, as far as the balance allows; what is held then."""
        if seconds > self.seconds:
            self.seconds += self._ledger.extend(self._reservation, seconds - self.seconds)
        return self.seconds

    def close(self, refund: str = "") -> None:
        """Charge what was used and return the rest; with a reason, refund it all."""
        self._over.set()
        self._thread.join()
        self._ledger.close(self._reservation, self._spent(), refund)

    def _beat(self) -> None:
        while not self._over.wait(BEAT_SECONDS):
            try:
                self.is_lost = self.is_lost or not self._ledger.beat(self._reservation, self._spent())
            except (TrainingError, OSError):
                continue  # a full disk or a busy ledger; the next beat may get through


@dataclass(frozen=True, slots=True)
class EntrantHours:
    """An entrant's share of the ledger, as a run uses it."""

    ledger: Ledger
    entrant: str

    def available(self) -> float:
        """Seconds that are left. Raises HoursRefused when there is nothing."""
        balance = self.ledger.balance(self.entrant)
        if balance.available <= 0:
            raise HoursRefused(why_too_little(balance, 0.0))
        return balance.available / 1000

    def open(self, run: str, seconds: float, spent: Callable[[], float], *, kept: float = 0.0) -> Lease:
        """Hold time for a run that resumes from `kept` seconds of work. Raises HoursRefused."""
        if kept:
            self.ledger.take_over(self.entrant, run, kept)
        reservation = self.ledger.reserve(self.entrant, run, seconds)
        return Lease(self.ledger, reservation, seconds, spent)
