"""Phrases by which an entry speaks to its judge: read from cues.toml, found in folded text in linear time."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from models.judging.signs.folding import fold
from models.judging.signs.kinds import InjectionKind

FILE = Path(__file__).with_name("cues.toml")


@dataclass(frozen=True, slots=True)
class Word:
    """A folded word or phrase; `is_stem`: only the beginning of a word."""

    text: str
    is_stem: bool


@dataclass(frozen=True, slots=True)
class Cue:
    """Found where a word of every group stands within `window` characters of the others, in any order."""

    kind: InjectionKind
    language: str
    groups: tuple[tuple[Word, ...], ...]
    window: int
    whole_words: bool

    def find(self, words: str) -> int | None:
        """The first place in `words` (folded, white space squeezed) where the cue is, or None."""
        hits: list[tuple[int, int]] = []
        for number, group in enumerate(self.groups):
            places = [(place, number) for word in group for place in self._places(words, word)]
            if not places:
                return None
            hits += places
        return _together(sorted(hits), len(self.groups), self.window)

    def _places(self, words: str, word: Word) -> Iterator[int]:
        place = words.find(word.text)
        while place >= 0:
            if not self.whole_words or _is_bounded(words, place, word):
                yield place
            place = words.find(word.text, place + 1)


@cache
def all_cues() -> tuple[Cue, ...]:
    """Every cue of cues.toml, in its order."""
    return tuple(_cue(table) for table in tomllib.loads(FILE.read_text(encoding="utf-8"))["cue"])


def _cue(table: dict[str, Any]) -> Cue:
    groups = tuple(tuple(_word(text) for text in group) for group in table["groups"])
    kind = InjectionKind(table["kind"])
    return Cue(kind, table["language"], groups, table.get("window", 60), table.get("whole_words", True))


def _word(text: str) -> Word:
    return Word(fold(text.removesuffix("*")).words, text.endswith("*"))


def _is_bounded(words: str, place: int, word: Word) -> bool:
    end = place + len(word.text)
    if place and words[place].isalnum() and words[place - 1].isalnum():
        return False
    return word.is_stem or end >= len(words) or not (words[end - 1].isalnum() and words[end].isalnum())


def _together(hits: list[tuple[int, int]], groups: int, window: int) -> int | None:
    latest: dict[int, int] = {}
    for place, group in hits:
        latest[group] = place
        if len(latest) == groups and place - (first := min(latest.values())) <= window:
            return first
    return None
