"""What can go wrong with a run, in the entrant's words. Refusals come before the first step, failures after it."""

from training.errors import TrainingError


class TuningRefused(TrainingError):
    """The run was not started; nothing was trained and nothing is charged."""


class SettingRefused(TuningRefused):
    """A setting is wrong; the message names it, what came and what is allowed."""


class TuningFailed(TrainingError):
    """The run ended badly. `blameless` where it was no fault of the entrant: the hours are refunded."""

    blameless = False


class LossDiverged(TuningFailed):
    """The loss, or its gradient, became NaN or infinite; the weights of that step were not used."""


class NotWritten(TuningFailed):
    """A checkpoint or adapter could not be written, as on a full disk; the last good one is still there."""

    blameless = True
