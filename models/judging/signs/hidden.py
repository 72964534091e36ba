"""Characters that nobody sees but a model reads: tags, zero width, direction overrides, look-alikes, stacked accents.

What people really write with such characters is let pass: emoji, Persian and Indic joiners, right-to-left text.
"""

import re
import unicodedata
from itertools import islice

from models.judging.cleaning import is_hidden
from models.judging.signs.folding import fold
from models.judging.signs.kinds import InjectionKind, Sign

_EMOJI_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e007a]{1,6}\U000e007f")
_TAGS = re.compile("[\U000e0001-\U000e007f]+")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2,}|(?<=[A-Za-z ])[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_OVERRIDES = re.compile("[\u202d\u202e]")
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe]")
_IN_A_WORD = re.compile(
    "(?<=[A-Za-z])[\u034f\u115f\u1160\u180e\u200b-\u200f\u2060-\u2064\u3164\ufeff\uffa0](?=[A-Za-z])"
)
_INVISIBLE = re.compile("[\u200b\u2060-\u2064\ufeff\u180e\u3164\uffa0]")
_MANY_INVISIBLE = 8
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]{4,}")
_ACCENT = "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_STACKED = re.compile(f"{_ACCENT}{{4}}|(?:[A-Za-z]{_ACCENT}){{8}}|(?:[A-Za-z]{_ACCENT}{{2}}){{4}}")
_MIXED = re.compile(r"\b(?=\w{0,40}[A-Za-z])(?=\w{0,40}[\u0370-\u03ff\u0400-\u052f])[^\W\d_]{4,40}\b")
_STYLED = re.compile("[\U0001d400-\U0001d7ff\U0001f130-\U0001f189\u24b6-\u24e9]{4}")
_LEAST_MIXED = 2


def find_hidden(text: str) -> Sign | None:
    """The first sign of hidden characters in `text`, or None."""
    places = [found.start()] if (found := _CONTROL.search(text)) else []
    if not text.isascii():
        plain = _EMOJI_FLAG.sub(lambda flag: " " * len(flag[0]), text)
        places += [found.start() for found in _searched(plain) if found] + _dressed(plain)
    if not places:
        return None
    start = min(places)
    return Sign(InjectionKind.HIDDEN_CHARACTERS, start, _shown(text, start))


def _searched(text: str) -> list[re.Match[str] | None]:
    found = [
        pattern.search(text) for pattern in (_TAGS, _SELECTORS, _OVERRIDES, _IN_A_WORD, _PRIVATE, _STACKED, _STYLED)
    ]
    if not _RIGHT_TO_LEFT.search(text):
        found.append(_DIRECTIONS.search(text))
    if len(invisible := list(_INVISIBLE.finditer(text, 1))) >= _MANY_INVISIBLE:
        found.append(invisible[0])
    return found


def _dressed(text: str) -> list[int]:
    """Where words begin that mix alphabets to be read as Latin ones; one such word alone may be a slip."""
    words = (found.start() for found in _MIXED.finditer(text) if fold(found[0]).words.isascii())
    first = list(islice(words, _LEAST_MIXED))
    return first[:1] if len(first) == _LEAST_MIXED else []


def _shown(text: str, start: int) -> str:
    """What the place says to a model, and the names of the first hidden characters there."""
    around = text[start : start + 400]
    names = dict.fromkeys(unicodedata.name(c, f"U+{ord(c):04X}") for c in around if is_hidden(c) and c != "\r")
    return " ".join([fold(around).words[:60], *(f"[{name}]" for name in list(names)[:2])])
