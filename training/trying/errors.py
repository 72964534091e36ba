"""What cannot be tried, in the entrant's words."""

from training.errors import TrainingError


class TryingRefused(TrainingError):
    """An adapter, a base or a prompt cannot be used; nothing was generated."""
