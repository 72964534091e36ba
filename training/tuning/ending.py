"""Why a run ends, and which ending an error is."""

from dataclasses import dataclass

from training.runs.record import Status
from training.tuning.disk import in_words, is_about_writing
from training.tuning.errors import TuningFailed

FROM_KEYBOARD = "Interrupted from the keyboard; resume the run to go on."
TOO_LARGE = (
    "There is not enough memory for a batch of the longest rows. Set per_device_train_batch_size lower (and "
    "gradient_accumulation_steps higher), gradient_checkpointing to true, or max_input_length lower."
)


@dataclass(frozen=True, slots=True)
class Ending:
    """The status to record, the reason for people, and whether the hours are refunded because nobody is to blame."""

    status: Status
    reason: str
    blameless: bool = False


def ending_of(error: BaseException) -> Ending:
    """What an error means for the run. What nobody foresaw is no fault of the entrant's."""
    if isinstance(error, KeyboardInterrupt):
        return Ending(Status.INTERRUPTED, FROM_KEYBOARD)
    if isinstance(error, TuningFailed):
        return Ending(Status.FAILED, str(error), error.blameless)
    if is_out_of_memory(error):
        return Ending(Status.FAILED, TOO_LARGE)
    if isinstance(error, OSError) and is_about_writing(error):
        reason = f"The run could not go on: {in_words(error)}. Free some space, then resume the run."
        return Ending(Status.FAILED, reason, blameless=True)
    return Ending(Status.FAILED, f"The run failed: {type(error).__name__}: {error}", blameless=True)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the GPU or the computer had no memory left."""
    import torch

    return isinstance(error, torch.OutOfMemoryError | MemoryError)
