"""How long a run may take: a budget given on the command line, the entrant's hours, both or neither."""

from collections.abc import Callable

from training.hours.amounts import in_words
from training.hours.lease import EntrantHours, Lease
from training.tuning.errors import TuningRefused
from training.tuning.settings import TuningSettings
from training.tuning.watching import Estimate

FIRST_HOLD = 1.3  # of the estimate is held at first, and more when the run turns out slower
LEAST_SECONDS = 5.0


class TimeLimit:
    """The limit of one attempt at a run, in seconds of training."""

    def __init__(self, budget: float | None, hours: EntrantHours | None) -> None:
        self._budget, self._hours = budget, hours
        self._lease: Lease | None = None

    def available(self) -> float | None:
        """Seconds that there are; None without limit. Raises HoursRefused when the entrant has none left."""
        given = [self._budget] if self._budget is not None else []
        if self._hours is not None:
            left = self._hours.available()
            if self._budget is not None and self._budget > left:
                raise TuningRefused(
                    f"The budget is {in_words(self._budget)}, but {self._hours.entrant} has {in_words(left)} left; "
                    "set a smaller --budget or ask an organiser for more."
                )
            given.append(left)
        return min(given) if given else None

    def open(self, run: str, estimate: Estimate | None, spent: Callable[[], float], *, kept: float) -> float | None:
        """Hold the time in the ledger; the limit. Raises HoursRefused."""
        available = self.available()
        if available is None or self._hours is None:
            return available
        wanted = max(LEAST_SECONDS, FIRST_HOLD * estimate.seconds) if estimate else available
        held = min(available, wanted)
        self._lease = self._hours.open(run, held, spent, kept=kept)
        return held

    def more(self, wanted: float) -> float | None:
        """Ask for a limit of `wanted` seconds; the limit there is then."""
        if self._lease is None:
            return self._budget
        most = wanted if self._budget is None else min(wanted, self._budget)
        return self._lease.extend_to(most)

    @property
    def is_lost(self) -> bool:
        """Whether the ledger took the run for dead."""
        return self._lease is not None and self._lease.is_lost

    def close(self, refund: str = "") -> None:
        """Charge what was used; with a reason, nothing."""
        if self._lease is not None:
            self._lease.close(refund)


def check_fits(settings: TuningSettings, estimate: Estimate, rows: int, *, partial: bool) -> str:
    """A warning if the run will not end within its time; empty if it will. Raises TuningRefused unless `partial`.

    Also refused when there is no time for a single step.
    """
    if estimate.fits:
        return ""
    assert estimate.seconds_available is not None
    there = estimate.seconds_available
    told = f"The run would take about {in_words(estimate.seconds)}, but {in_words(there)} are left."
    if there < LEAST_SECONDS or there < 3 * estimate.seconds_per_step:
        raise TuningRefused(f"{told} That is too little for any training.")
    share = 0.9 * there / estimate.seconds
    by_epoch = settings.max_steps < 0
    change = f"epoch={settings.epoch * share:.2g}" if by_epoch else f"max_steps={int(settings.max_steps * share)}"
    if not partial:
        raise TuningRefused(
            f"{told} It would fit with {change} or max_train_samples={max(2, int(rows * share))}. Or start it with "
            "--partial: it then stops in time and keeps the best adapter so far."
        )
    return f"{told} It will stop in time and keep the best adapter so far."
