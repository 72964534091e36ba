"""What other processes do to a ledger at the same time."""

from pathlib import Path

from training.hours import HoursRefused, Ledger


def hold(given: tuple[str, float]) -> int:
    """Hold time and use all of it; 1, or 0 if it was refused."""
    path, seconds = given
    ledger = Ledger(Path(path))
    try:
        reservation = ledger.reserve("mei", "run", seconds)
    except HoursRefused:
        return 0
    ledger.close(reservation, seconds)
    return 1
