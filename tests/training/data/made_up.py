"""Rows for the tests of `training.data`, made from a few words."""

from training.data.rows import Message, Role, Source, TrainingRow, made

SOURCE = Source("made-up.jsonl", 1, "0" * 64, "messages")


def row(question: str, response: str, *, system: str = "", line: int = 1) -> TrainingRow:
    """A row of one question and one response."""
    told = [Message(Role.SYSTEM, system)] if system else []
    told += [Message(Role.USER, question), Message(Role.ASSISTANT, response)]
    return made(told, Source(SOURCE.file, line, SOURCE.sha256, SOURCE.shape))


def numbered(count: int, words: int = 30) -> list[TrainingRow]:
    """Rows that have next to nothing in common."""
    return [row(f"Question {n}?", " ".join(f"w{n}x{m}" for m in range(words)), line=n + 1) for n in range(count)]
