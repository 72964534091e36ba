"""The canonical training row: chat messages with their provenance. Its JSONL form lives in `jsonl`."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

Scalar = str | int | float | bool | None
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
ID_CHARACTERS = 16  # of a SHA-256 in hex: two of 10 million rows share one with a chance of 1 in 300,000


class NoResponse(ValueError):
    """There is nothing to learn: the response is missing or blank."""


class EmptyText(ValueError):
    """A message other than the response is blank."""


class Role(StrEnum):
    """Who says a message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done to a row after it was read: a name such as `longest` and the settings it ran with."""

    name: str
    settings: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a row comes from: file name, line from 1 on, SHA-256 (hex) of the file's bytes, shape, steps so far."""

    file: str
    line: int
    sha256: str
    shape: str
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """One exchange to learn from. The last message is the assistant's; `id` is a hash of the messages alone."""

    id: str
    messages: tuple[Message, ...]
    source: Source

    @property
    def system(self) -> str:
        """The system prompt; empty where there is none."""
        return self.messages[0].content if self.messages[0].role is Role.SYSTEM else ""

    @property
    def question(self) -> str:
        """The last thing the user says."""
        return self.messages[-2].content

    @property
    def response(self) -> str:
        """What is to be learned: the last message."""
        return self.messages[-1].content

    def chat(self) -> list[dict[str, str]]:
        """The messages as chat templates take them."""
        return [{"role": message.role.value, "content": message.content} for message in self.messages]

    def with_step(self, step: Step) -> "TrainingRow":
        """The same row with one more step in its provenance."""
        return replace(self, source=replace(self.source, steps=(*self.source.steps, step)))


def made(messages: Iterable[Message], source: Source) -> TrainingRow:
    """The row of these messages. Raises ValueError that says which message is wrong."""
    told = tuple(messages)
    check_messages(told)
    return TrainingRow(row_id(told), told, source)


def row_id(messages: Iterable[Message]) -> str:
    """The first 16 hex digits of the SHA-256 over roles and texts. Provenance does not count."""
    return _digest([[message.role.value, message.content] for message in messages])[:ID_CHARACTERS]


def fingerprint(rows: Iterable[TrainingRow]) -> str:
    """SHA-256 (hex) over the rows' ids in their order: the hash of a data set, whatever its provenance says."""
    return _digest([row.id for row in rows])


def check_messages(messages: tuple[Message, ...]) -> None:
    """Raise ValueError unless the turns are right and no text is blank.

    At most one system message, in front; then user and assistant in turn, the assistant last.
    """
    turns = messages[1:] if messages and messages[0].role is Role.SYSTEM else messages
    if not turns:
        raise ValueError("the row has no user message; a row needs a question and a response")
    for number, message in enumerate(turns):
        expected = Role.ASSISTANT if number % 2 else Role.USER
        if message.role is not expected:
            raise ValueError(f"turn {number + 1} should be the {expected}'s, not the {message.role}'s")
    if turns[-1].role is not Role.ASSISTANT:
        raise NoResponse("the row has no response: the last message must be the assistant's")
    for message in messages:
        _check_text(message)


def _check_text(message: Message) -> None:
    who = "response" if message.role is Role.ASSISTANT else f"{message.role} message"
    if not message.content.strip():
        raise (NoResponse if message.role is Role.ASSISTANT else EmptyText)(f"the {who} is empty")
    if _HALF_CHARACTER.search(message.content):
        raise ValueError(f"the {who} holds half a character (a lone surrogate), which no file can keep")
    if "\0" in message.content:
        raise ValueError(f"the {who} holds a NUL character; the file was probably read in the wrong encoding")


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
