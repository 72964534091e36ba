"""What a person may choose among when curating. The acts themselves live in `curate`, which is heavier to import."""

from collections.abc import Iterable
from enum import StrEnum

from training.data.rows import Message, Role, TrainingRow


class Keep(StrEnum):
    """Which row of a group stays: the one with the longest response (in characters), or the first of the file."""

    LONGEST = "longest"
    FIRST = "first"


class Measured(StrEnum):
    """What a length filter counts: the response alone, or the whole row with its chat template."""

    RESPONSE = "response"
    ROW = "row"


class Part(StrEnum):
    """What of a row is compared. System prompts never count: many rows share one."""

    ROW = "row"
    QUESTION = "question"
    RESPONSE = "response"

    def of(self, row: TrainingRow) -> str:
        """The text of this part."""
        if self is Part.RESPONSE:
            return row.response
        said: Iterable[Message] = (message for message in row.messages if message.role is not Role.SYSTEM)
        if self is Part.QUESTION:
            said = (message for message in row.messages if message.role is Role.USER)
        return "\n".join(message.content for message in said)
