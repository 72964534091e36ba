"""The chat row, the one unit of training text, and its JSONL form. No text is written or learned here."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from training.data.rows import Message, Role, Source, TrainingRow, made


@dataclass(frozen=True, slots=True)
class Row:
    """One exchange: system prompt (may be empty), question, answer; `topic` and `register` are provenance."""

    system: str
    question: str
    answer: str
    topic: str = ""
    register: str = ""

    def messages(self) -> list[dict[str, str]]:
        """The row as chat messages, the answer last."""
        turns = (("system", self.system), ("user", self.question), ("assistant", self.answer))
        return [{"role": role, "content": text} for role, text in turns]


def trainable(rows: Iterable[Row]) -> list[TrainingRow]:
    """The rows in the canonical form that fine-tuning reads; an empty system prompt leaves no message.

    "<|" is broken up here already, as the chat template would do it: fine-tuning refuses what spells a control token.
    """
    return [_trainable(row, number) for number, row in enumerate(rows, 1)]


def _trainable(row: Row, number: int) -> TrainingRow:
    said = [(Role(one["role"]), one["content"].replace("<|", "< |")) for one in row.messages()]
    messages = [Message(role, text) for role, text in said if text]
    source = Source("training/corpus", number, fingerprint([row]), f"{row.topic}/{row.register}")
    return made(messages, source)


def fingerprint(rows: Iterable[Row]) -> str:
    """SHA-256 (hex) over the rows' texts in their order; provenance does not count, for nothing is learned from it."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps([row.system, row.question, row.answer]).encode())
    return digest.hexdigest()
