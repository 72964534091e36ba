"""Where two texts differ, word by word, so that the eye finds it. Drawing it is left to the terminal and the page."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_CJK = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff"  # written without spaces: each character counts as a word
_WORDS = re.compile(rf"[{_CJK}]|[^\s{_CJK}]+|\s+")
_MISLEADING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of what follows."""
LEAST_ALIKE = 0.15


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a text; `is_own` where the other text has nothing like it at this place."""

    text: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class Differing:
    """Two texts in stretches, and the share of their words that both have, 0 to 1 (1 for two empty texts)."""

    left: tuple[Stretch, ...]
    right: tuple[Stretch, ...]
    alike: float

    @property
    def is_telling(self) -> bool:
        """Whether marking the differences tells anything: two texts of hardly a word in common are all difference."""
        return self.alike >= LEAST_ALIKE


def differing(left: str, right: str) -> Differing:
    """Compare two texts by words; white space alone is no difference. Misleading characters are shown as \ufffd."""
    ours, theirs = _words(readable(left)), _words(readable(right))
    spoken = [word for word in ours if not word.isspace()], [word for word in theirs if not word.isspace()]
    same = _same(*spoken)
    total = len(spoken[0]) + len(spoken[1])
    return Differing(
        tuple(_stretches(ours, {one for one, _ in same})),
        tuple(_stretches(theirs, {other for _, other in same})),
        2 * len(same) / total if total else 1.0,
    )


def readable(text: str) -> str:
    """The text with whatever could play tricks on a terminal or a reader replaced by \ufffd."""
    return _MISLEADING.sub("\ufffd", text.replace("\r\n", "\n"))


def _words(text: str) -> list[str]:
    return _WORDS.findall(text)


def _same(left: list[str], right: list[str]) -> list[tuple[int, int]]:
    """Places of words that are the same in order. Equal ends are set apart first: the matcher is slow on long texts."""
    head = _equal_at_start(left, right)
    tail = _equal_at_start(left[head:][::-1], right[head:][::-1])
    inner = SequenceMatcher(None, left[head : len(left) - tail], right[head : len(right) - tail])
    found = [(place, place) for place in range(head)]
    for block in inner.get_matching_blocks():
        found += [(head + block.a + step, head + block.b + step) for step in range(block.size)]
    return found + [(len(left) - step, len(right) - step) for step in range(tail, 0, -1)]


def _equal_at_start(left: list[str], right: list[str]) -> int:
    pairs = enumerate(zip(left, right, strict=False))
    return next((place for place, (one, other) in pairs if one != other), min(len(left), len(right)))


def _stretches(words: Sequence[str], same: set[int]) -> Iterator[Stretch]:
    """Neighbouring words of one kind in one stretch; white space goes with the word before it."""
    text, is_own, place = "", False, 0
    for word in words:
        blank = word.isspace()
        own = is_own if blank else place not in same
        place += not blank
        if own != is_own and text:
            yield Stretch(text, is_own)
            text = ""
        text, is_own = text + word, own
    if text:
        yield Stretch(text, is_own)
