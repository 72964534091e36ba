"""Padding: entries far longer than a judge will see, repeated over and over, or pushed away by empty lines."""

import re
import zlib

from models.judging.cleaning import MAX_ENTRY_CHARACTERS
from models.judging.signs.kinds import InjectionKind, Sign

LONG_CHARACTERS = 2 * MAX_ENTRY_CHARACTERS
_LEAST_BYTES, _MOST_SQUEEZED = 1_200, 0.06
_EMPTY_LINES = re.compile(r"\n(?:[^\S\n]{0,80}\n){29}|[^\S\n]{400}")


def find_padding(text: str) -> Sign | None:
    """A sign of padding in `text`, or None. Text that shrinks so far says one thing many times."""
    if len(text) > LONG_CHARACTERS:
        return Sign(InjectionKind.PADDING, MAX_ENTRY_CHARACTERS)
    written = text.encode(errors="replace")
    if len(written) >= _LEAST_BYTES and len(zlib.compress(written)) < _MOST_SQUEEZED * len(written):
        return Sign(InjectionKind.PADDING, 0)
    pushed = _EMPTY_LINES.search(text)
    return Sign(InjectionKind.PADDING, pushed.start()) if pushed else None
