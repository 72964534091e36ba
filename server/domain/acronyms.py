"""Whether an answer spells an acronym and explains every letter of it, in any of the ways that people write it."""

import re
from collections.abc import Iterator

_MARKS = r"[*_`\"'“”()\[\]]{0,6}"  # every repeat has a bound: a finalist's text must not stall the show
_OWN = re.compile(r"(?<![^\W_])(?:[A-Z]{3,15}|(?:[A-Z]\.){3,15})(?![^\W_])")
_BULLET = re.compile(r"[ \t]{0,8}(?:(?:[-*•>#]{1,6}|\d{1,2}[.)])[ \t]{1,4}){0,3}[*_`\"'“(\[]{0,6}")
_JOINT = rf"{_MARKS}[ \t]{{0,3}}(?:[-–—:=.]|(?:is|stands|was|as)?[ \t]{{0,3}}for\b)[ \t]{{0,3}}"
LEAST_WORDS = 2  # of a line that explains a letter by beginning with it
MOST_OWN_WORDS = 5  # words in capitals of the answer's own that are tried


def spelt(word: str, answer: str) -> tuple[bool, str]:
    """Whether `word` (empty: a word in capitals of the answer's own) is spelt and explained, and what was found."""
    words = [word.upper()] if word else list(_own_words(answer))
    if not words:
        return False, "the answer has no acronym in capitals"
    found = [(own, _first_unexplained(own, answer)) for own in words]
    good = next((own for own, missing in found if not missing), "")
    if good:
        return True, f"the letters spell {good}, and each of the {len(good)} is explained"
    own, missing = found[0]
    return False, f"the letters should spell {own}, but {missing} is not explained in its place"


def _own_words(answer: str) -> Iterator[str]:
    """The first words in capitals, also as H.A.W.K.E.R., each once."""
    seen: set[str] = set()
    for found in _OWN.finditer(answer):
        word = found[0].replace(".", "")
        if word not in seen and len(seen) < MOST_OWN_WORDS:
            seen.add(word)
            yield word


def _first_unexplained(word: str, answer: str) -> str:
    """The first letter that nothing explains after the letters before it; empty when all are explained."""
    at, heads = 0, list(_line_heads(answer))
    for letter in word:
        ends = [end for start, head, end in heads if start >= at and head == letter][:1]
        sign = _after_sign(letter, answer, at)
        ends += [] if sign is None else [sign]
        if not ends:
            return letter
        at = min(ends)
    return ""


def _after_sign(letter: str, answer: str, at: int) -> int | None:
    """Where an explanation such as "K – Kopi", "K is for kopi" or "**K**: the kopi" ends, from `at` on."""
    sign = re.compile(rf"(?<![^\W_]){letter}{_JOINT}{_MARKS}[^\n]{{0,200}}?(?<![^\W_]){letter}[^\W\d_]", re.IGNORECASE)
    found = sign.search(answer, at)
    return found.end() if found else None


def _line_heads(answer: str) -> Iterator[tuple[int, str, int]]:
    """(where it begins, first letter, end of that letter) of lines such as "- **K**opi: the taste of the morning"."""
    start = 0
    for line in answer.splitlines(keepends=True):
        bullet = _BULLET.match(line)
        head = bullet.end() if bullet else 0
        if len(line[head : head + 400].split()) >= LEAST_WORDS and line[head].isalpha():
            yield start, line[head].upper(), start + head + 1
        start += len(line)
