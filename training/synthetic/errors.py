"""What goes wrong before or around a run, in sentences. What is wrong with single replies is told by `checks`."""

from training.errors import TrainingError


class SynthesisRefused(TrainingError):
    """A setting, a file of subjects or a review cannot be used; nothing was asked and nothing was paid."""
