"""The numbers that an answer says: in digits, or in English words where it has no digit at all."""

import re
from fractions import Fraction

MOST_DIGITS = 30
_DIGITS = re.compile(r"(?<![\w.])([-−]?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(\.[0-9]+)?(?![0-9])")
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_ONES = f"zero|one|two|three|four|five|six|seven|eight|nine|{_TEENS}".split("|")
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_WORDS = {word: number for number, word in enumerate(_ONES)} | {word: 20 + 10 * n for n, word in enumerate(_TENS)}
_SPOKEN = re.compile(
    rf"\b(?:(?P<ten>{'|'.join(_TENS)})(?:[- ](?P<one>{'|'.join(_ONES[1:10])}))?|(?P<small>{'|'.join(_ONES)}))\b",
    re.IGNORECASE,
)


def numbers_in(text: str) -> tuple[Fraction, ...]:
    """Every number, in order. "1,024" is one number, "-3" and "2.5" too; words from zero to ninety-nine.

    Words count only where the text has no number in digits: in "There are 3. That one is easy." nobody says 1.
    """
    written = [_written(found) for found in _DIGITS.finditer(text) if len(found[2]) <= MOST_DIGITS]
    return tuple(written or [_spoken(found) for found in _SPOKEN.finditer(text)])


def _written(found: "re.Match[str]") -> Fraction:
    number = Fraction(found[2].replace(",", "") + (found[3] or "")[:MOST_DIGITS])
    return -number if found[1] else number


def _spoken(found: "re.Match[str]") -> Fraction:
    words = (found["ten"], found["one"], found["small"])
    return Fraction(sum(_WORDS[word.lower()] for word in words if word))
