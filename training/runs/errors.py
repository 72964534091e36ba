"""What the log of runs refuses, in the reader's words."""

from training.errors import TrainingError


class RunsRefused(TrainingError):
    """A question to the log makes no sense or has no answer; the message says what to ask instead."""
