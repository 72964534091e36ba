"""What cannot be handed in, in the entrant's words."""

from training.errors import TrainingError


class HandingInRefused(TrainingError):
    """An adapter, an archive or a place cannot be used; nothing was written."""
