"""Decontamination: which rows hold a question (or reference answer) that the finale will ask. Removing is asked for.

Four signs, the strongest is told: the question stands in the row word for word; it does but for case, spaces and
punctuation; a share of its runs of five words does; or the row's own question is similar to it (Jaccard of shingles).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from datasketch import MinHashLSH
from numpy.typing import NDArray

from training.data import near
from training.data.choices import Part
from training.data.curate.outcome import Outcome, kept
from training.data.errors import DataError
from training.data.questions import Question
from training.data.rows import Scalar, TrainingRow
from training.data.shingles import PERMUTATIONS, jaccard, runs, shingles, sketch, words

RUN_WORDS = 5


class Sign(StrEnum):
    """How a question was found in a row, from the strongest sign to the weakest."""

    EXACT = "word for word"
    NORMALISED = "but for case, spaces and punctuation"
    RUNS = "in part"
    SIMILAR = "in similar words"


@dataclass(frozen=True, slots=True)
class Limits:
    """From which share of a question's five-word runs, and from which similarity on, a row is reported."""

    runs: float = 0.5
    similar: float = 0.5


@dataclass(frozen=True, slots=True)
class Overlap:
    """One row that holds one question; `score` is the share or the similarity, 0 to 1."""

    place: int
    row: TrainingRow
    question: Question
    sign: Sign
    score: float

    def as_json(self) -> dict[str, Any]:
        """Both texts and what was found, as JSON data."""
        source = self.row.source
        where = {"id": self.row.id, "file": source.file, "line": source.line}
        asked = {"label": self.question.label, "question": self.question.text}
        texts = {"row_question": self.row.question, "row_response": self.row.response}
        return {"sign": self.sign.value, "score": round(self.score, 3), **where, **asked, **texts}


def overlaps(
    rows: Sequence[TrainingRow],
    questions: Sequence[Question],
    limits: Limits = Limits(),
) -> list[Overlap]:
    """Every pair of a row and a question that overlap, in the order of the rows. Raises DataError."""
    for limit in (limits.runs, limits.similar):
        if not 0 < limit <= 1:
            raise DataError(f"A limit for overlaps lies above 0 and at most at 1, not at {limit}.")
    asked = [_Asked.of(question) for question in questions]
    signs = _Signs(asked, limits)
    found = (signs.strongest(place, row) for place, row in enumerate(rows))
    return [overlap for group in found for overlap in group]


def without(rows: Sequence[TrainingRow], found: Iterable[Overlap], limits: Limits, questions_sha256: str) -> Outcome:
    """The rows that hold no question. Raises DataError if none is left."""
    reasons = {one.place: f"holds {one.question.label} {one.sign.value} ({one.score:.0%})" for one in found}
    settings: dict[str, Scalar] = {"questions_sha256": questions_sha256, "runs": limits.runs, "similar": limits.similar}
    return kept(rows, reasons, "decontaminate", settings)


@dataclass(frozen=True, slots=True)
class _Asked:
    question: Question
    normalised: str
    run_words: int  # fewer than RUN_WORDS where the question is shorter
    runs: NDArray[np.uint32]
    shingles: NDArray[np.uint32]

    @classmethod
    def of(cls, question: Question) -> "_Asked":
        found = words(question.text)
        length = min(RUN_WORDS, max(1, len(found)))
        normalised = f" {' '.join(found)} "
        return cls(question, normalised, length, runs(found, length), shingles(question.text))


def _runs_of(asked: Sequence[_Asked], length: int) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.int64]]:
    """The runs of every question that has runs of this length, whose each is, and how many each question has."""
    own = [one.runs if one.run_words == length else one.runs[:0] for one in asked]
    sizes = np.array([len(runs) for runs in own], dtype=np.int64)
    return np.concatenate(own), np.repeat(np.arange(len(asked)), sizes), np.maximum(sizes, 1)


class _Signs:
    def __init__(self, asked: Sequence[_Asked], limits: Limits) -> None:
        self._asked, self._limits = asked, limits
        self._runs = {length: _runs_of(asked, length) for length in sorted({one.run_words for one in asked})}
        self._index = MinHashLSH(num_perm=PERMUTATIONS, params=near.bands(max(limits.similar, near.LEAST_THRESHOLD)))
        for number, one in enumerate(asked):
            self._index.insert(number, sketch(one.shingles))

    def strongest(self, place: int, row: TrainingRow) -> list[Overlap]:
        """The overlaps of one row."""
        text = Part.ROW.of(row)
        found = words(text)
        own = shingles(row.question)
        shared = self._shared(found)
        alike = set(self._index.query(sketch(own)))
        overlaps = []
        for number in sorted({*np.flatnonzero(shared).tolist(), *alike}):
            one = self._asked[number]
            similar = jaccard(one.shingles, own) if number in alike else 0.0
            if sign := self._sign(one, text, found, float(shared[number]), similar):
                overlaps.append(Overlap(place, row, one.question, *sign))
        return overlaps

    def _shared(self, found: list[str]) -> NDArray[np.float64]:
        """For each question the share of its runs that the words hold."""
        shares = np.zeros(len(self._asked))
        for length, (every, owners, sizes) in self._runs.items():
            held = owners[np.isin(every, runs(found, length))]
            shares += np.bincount(held, minlength=len(shares)) / sizes
        return shares

    def _sign(
        self, one: _Asked, text: str, found: list[str], shared: float, similar: float
    ) -> tuple[Sign, float] | None:
        if one.question.text in text:
            return Sign.EXACT, 1.0
        if shared == 1.0 and one.normalised in f" {' '.join(found)} ":
            return Sign.NORMALISED, 1.0
        if shared >= self._limits.runs and len(one.runs) > 1:
            return Sign.RUNS, shared
        return (Sign.SIMILAR, similar) if similar >= self._limits.similar else None
