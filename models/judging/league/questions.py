"""What a league is played on: questions, and each model's answers to them, from JSONL files.

Every line is checked once, here; a wrong one is named by its number and nothing is dropped in silence.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.judging.lines import Row, read_rows, text_of

_FACTS = ("facts", "reference")
_QUESTION = ("question", "instruction")
_ANSWER = ("answer", "output", "response")


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `facts` are shown to the judge alone, `difficulty` is for the length-controlled fit."""

    id: str
    text: str
    facts: str | None = None
    difficulty: float | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """Questions in the order of their file; `ignored` are fields that nothing reads."""

    questions: tuple[Question, ...]
    ignored: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answers:
    """One model's answers by question id. `unknown` are ids that the questions do not have, `cut` how many answers
    ended at the limit of tokens."""

    model: str
    by_question: Mapping[str, str]
    unknown: tuple[str, ...] = ()
    cut: int = 0


def read_questions(file: Path) -> Sheet:
    """Lines of {"id", "question", "facts"?, "difficulty"?}; difficulties for all or for none. Raises LinesRefused."""
    rows = read_rows(file)
    known = {"id", "difficulty", *_QUESTION, *_FACTS}
    questions = tuple(_question(row) for row in rows)
    for row, question in zip(rows, questions, strict=True):
        if (question.difficulty is None) != (questions[0].difficulty is None):
            raise row.refused("expected a difficulty for every question, or for none")
    _unique(rows, [question.id for question in questions])
    return Sheet(questions, tuple(sorted({name for row in rows for name in row.fields} - known)))


def read_answers(file: Path, model: str, questions: tuple[Question, ...]) -> Answers:
    """Lines of {"id", "answer"}, or {"question", "answer"} with the question's own words. Raises LinesRefused."""
    rows = read_rows(file)
    by_text = {question.text: question.id for question in questions}
    ids = [_id_of_answer(row, by_text) for row in rows]
    _unique(rows, ids)
    asked = {question.id for question in questions}
    answers = {id_: text_of(row, _ANSWER, may_be_empty=True) for id_, row in zip(ids, rows, strict=True)}
    return Answers(
        model,
        {id_: text for id_, text in answers.items() if id_ in asked},
        tuple(id_ for id_ in ids if id_ not in asked),
    )


def _question(row: Row) -> Question:
    facts = text_of(row, _FACTS, may_be_empty=True) if any(row.fields.get(name) for name in _FACTS) else None
    return Question(_id(row, "id"), text_of(row, _QUESTION), facts, _difficulty(row))


def _difficulty(row: Row) -> float | None:
    value = row.fields.get("difficulty")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise row.refused(f"expected a finite number as difficulty, got {str(value)[:40]!r}")
    return float(value)


def _id_of_answer(row: Row, by_text: Mapping[str, str]) -> str:
    if "id" in row.fields:
        return _id(row, "id")
    text = text_of(row, _QUESTION)
    if text not in by_text:
        raise row.refused(f"its question is not among the questions ({text[:60]!r}); give its id")
    return by_text[text]


def _id(row: Row, name: str) -> str:
    value: Any = row.fields.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value.strip():
        raise row.refused(f"expected an {name} (text or a whole number), got {value!r}")
    return value.strip()


def _unique(rows: tuple[Row, ...], ids: list[str]) -> None:
    first: dict[str, int] = {}
    for row, id_ in zip(rows, ids, strict=True):
        if id_ in first:
            raise row.refused(f"the question {id_!r} is there already, on line {first[id_]}")
        first[id_] = row.number
