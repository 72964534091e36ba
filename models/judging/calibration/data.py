"""Pairs with people's labels, from JSONL in the shapes that such data comes in. Every line is checked here, once.

Shapes: question, answer_a, answer_b, label; LLMBar's input, output_1, output_2, label; AlpacaEval's instruction,
output_1, output_2, preference.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from models.judging.lines import Row, read_rows, sha256_of, text_of
from models.judging.pairs import Pair

_QUESTION, _FACTS = ("question", "instruction"), ("facts", "reference")
_SHAPES = (("answer_a", "answer_b"), ("output_1", "output_2"), ("baseline_output", "model_output"))
_LABEL = ("label", "preference")
_INPUT = "input"
_KNOWN = frozenset({"id", _INPUT, *_QUESTION, *_FACTS, *_LABEL, *(name for shape in _SHAPES for name in shape)})
_LETTERS: Mapping[Any, str] = {
    "a": "a",
    "b": "b",
    "tie": "tie",
    "1": "a",
    "-1": "b",
    "0": "tie",
    1: "a",
    -1: "b",
    0: "tie",
}


class Label(StrEnum):
    """Which answer people prefer."""

    A = "a"
    B = "b"
    TIE = "tie"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A pair and what most of its labels say; `votes` counts them. `id` is the number of its first line."""

    id: str
    pair: Pair
    label: Label
    votes: int = 1


@dataclass(frozen=True, slots=True)
class LabelledPairs:
    """A file of labelled pairs; `rows` counts its lines, `ignored` are fields that nothing reads."""

    file: str
    sha256: str
    rows: int
    pairs: tuple[Labelled, ...]
    ignored: tuple[str, ...]

    @property
    def preferred(self) -> tuple[Labelled, ...]:
        """Pairs of which people prefer one answer."""
        return tuple(one for one in self.pairs if one.label is not Label.TIE)

    @property
    def counts(self) -> dict[Label, int]:
        """How many pairs have each label."""
        found = Counter(one.label for one in self.pairs)
        return {label: found[label] for label in Label}


def read_labelled(file: Path) -> LabelledPairs:
    """Read a file of labelled pairs. The same pair on several lines is one pair with several votes: the majority's.

    Raises LinesRefused, also when people prefer an answer in no pair at all.
    """
    rows = read_rows(file)
    votes: dict[Pair, list[Label]] = {}
    first: dict[Pair, int] = {}
    for row in rows:
        pair, label = _pair(row)
        votes.setdefault(pair, []).append(label)
        first.setdefault(pair, row.number)
    pairs = tuple(Labelled(str(first[pair]), pair, _majority(labels), len(labels)) for pair, labels in votes.items())
    if all(one.label is Label.TIE for one in pairs):
        raise rows[0].refused("expected pairs of which people prefer one answer, but every pair is a tie")
    ignored = tuple(sorted({name for row in rows for name in row.fields} - _KNOWN))
    return LabelledPairs(file.name, sha256_of(file), len(rows), pairs, ignored)


def _pair(row: Row) -> tuple[Pair, Label]:
    shapes = [shape for shape in _SHAPES if set(shape) & row.fields.keys()]
    if len(shapes) != 1:
        expected = ", or ".join(" and ".join(shape) for shape in _SHAPES)
        raise row.refused(f"expected the two answers as {expected}")
    a, b = (text_of(row, (name,), may_be_empty=True) for name in shapes[0])
    facts = text_of(row, _FACTS, may_be_empty=True) if any(row.fields.get(name) for name in _FACTS) else None
    return Pair(_question(row), a, b, facts), _label(row, is_lettered=shapes[0] == _SHAPES[0])


def _question(row: Row) -> str:
    """The question with its input under it, as AlpacaEval means it, or the input alone, as LLMBar does."""
    if not any(name in row.fields for name in _QUESTION):
        return text_of(row, (*_QUESTION, _INPUT))
    question = text_of(row, _QUESTION)
    given = text_of(row, (_INPUT,), may_be_empty=True) if row.fields.get(_INPUT) else ""
    return f"{question}\n\n{given}" if given.strip() else question


def _label(row: Row, *, is_lettered: bool) -> Label:
    names = [name for name in _LABEL if name in row.fields]
    if len(names) != 1:
        raise row.refused(f"expected one field named label or preference, got {', '.join(names) or 'none'}")
    value = row.fields[names[0]]
    label = _lettered(value) if is_lettered else _numbered(value)
    if label is None:
        expected = "a, b or tie (or 1, -1, 0)" if is_lettered else "1, 2 or a number between, 1.5 or 0 for a tie"
        raise row.refused(f"expected {names[0]} to be {expected}, got {str(value)[:40]!r}")
    return label


def _lettered(value: Any) -> Label | None:
    """a, b or tie; 1 says that a is better, -1 that b is, 0 a tie."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    known = _LETTERS.get(value.strip().lower() if isinstance(value, str) else value)
    return Label(known) if known else None


def _numbered(value: Any) -> Label | None:
    """1 for the first output, 2 for the second, between them how strongly; 1.5 and 0 are ties."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    if number in (0, 1.5):
        return Label.TIE
    if not math.isfinite(number) or not 1 <= number <= 2:
        return None
    return Label.A if number < 1.5 else Label.B


def _majority(labels: Sequence[Label]) -> Label:
    for_a, for_b = labels.count(Label.A), labels.count(Label.B)
    return Label.TIE if for_a == for_b else Label.A if for_a > for_b else Label.B
