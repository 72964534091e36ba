"""Folding a text so that one spelling of a phrase finds them all: case, accents, look-alikes, hidden characters.

Every place in the folded text leads back to the place in the text as written.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from models.judging.cleaning import is_hidden

_LINE_BREAKS = frozenset("\r\x0b\x0c\x85\u2028\u2029")
_ACCENTS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
_SPACE = re.compile(r"\s+")
_LOOKALIKES = dict(
    zip(
        "авеккмнорстухгіјѕһԁԛԝӏьɡɩʟɑοαειкνρτυχγѡԍꞓɪɢɴʀʙʜʏᴀᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢꜰꜱ’‘“”–—",
        "abekkmhopctyxrijshdqwlbgilaoaeiknptuxywgeignrbhyacdejkmoptuvwzfs''\"\"--",
        strict=True,
    )
)
"""Letters of other alphabets that look like a Latin one. The same folding is done to phrases in those alphabets."""


@dataclass(frozen=True, slots=True)
class Folded:
    """`lines` is the text folded, each run of white space one line break or one space; `words` has only spaces.

    A place in the one is the same place in the other.
    """

    original: str
    lines: str
    words: str

    def origin(self, place: int) -> int:
        """The offset in `original` of a place in `lines` or `words` that is not white space."""
        made, is_space_due = 0, False
        for offset, character in enumerate(self.original):
            for piece in folded_character(character):
                if piece.isspace():
                    is_space_due = made > 0
                    continue
                made += 1 + is_space_due
                is_space_due = False
                if made > place:
                    return offset
        return len(self.original)


def fold(text: str, most: int | None = None) -> Folded:
    """`text` folded, as far as the first `most` characters of the result."""
    lines = _lines(text if most is None else text[: 2 * most])[:most]
    if most is not None and len(lines) < most < len(text):
        lines = _lines(text)[:most]
    return Folded(text, lines, lines.replace("\n", " "))


def _lines(text: str) -> str:
    folded = text.translate({ord(c): folded_character(c) for c in set(text)})
    return _SPACE.sub(lambda run: "\n" if "\n" in run[0] else " ", folded).strip()


@lru_cache(maxsize=2**16)
def folded_character(character: str) -> str:
    """What one character becomes: nothing, one character, or several. Tag characters become the ASCII they hide."""
    if "\U000e0020" <= character <= "\U000e007e":
        character = chr(ord(character) - 0xE0000)
    if character in _LINE_BREAKS:
        return "\n"
    if is_hidden(character):
        return ""
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", character)).casefold()
    return unicodedata.normalize("NFKC", "".join(_LOOKALIKES.get(c, c) for c in bare))
