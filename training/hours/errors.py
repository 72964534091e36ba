"""What the ledger of hours refuses, in the entrant's words."""

from training.errors import TrainingError


class HoursRefused(TrainingError):
    """There is not enough training time, or an entry would be wrong; the ledger is as it was."""
