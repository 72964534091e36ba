"""How a gullible model reads: past every disguise, and with every control token taken for a turn.

Written apart from the code under test, so that a hole there is not a hole here.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator

LOOKALIKES = str.maketrans("аеосрхуіАЕОСРТНМ", "aeocpxyiAEOCPTHM")
CONTROL_TOKEN = re.compile(
    r"<\|[^|>\s]+\|>|\[/?INST\]|<</?SYS>>|</?s>|\[/?SYSTEM_PROMPT\]|</?(?:start|end)_of_turn>|<extra_id_\d+>"
)
"""As tokenizers know them: spelt exactly so."""


def read(text: str) -> str:
    """`text` as such a model takes it in: hidden letters read, hidden nothings skipped, look-alikes taken for Latin."""
    visible = "".join(_seen(c) for c in text)
    plain = unicodedata.normalize("NFKD", visible).translate(LOOKALIKES)
    return unicodedata.normalize("NFKC", "".join(c for c in plain if not "\u0300" <= c <= "\u036f"))


def readings(text: str) -> Iterator[str]:
    """What `text` says read plainly, decoded, with digits for letters, without its gaps, and backwards."""
    yield text
    for coded in re.findall(r"[A-Za-z0-9+/]{20,}={0,2}", text):
        try:
            yield base64.b64decode(coded).decode()
        except (binascii.Error, ValueError):
            continue
    yield text.translate(str.maketrans("4310576", "aeiostg"))
    yield re.sub(r"(?<=\b\w) (?=\w\b)", "", text)
    yield text[::-1]


def _seen(character: str) -> str:
    code = ord(character)
    if 0xE0020 <= code <= 0xE007E:
        return chr(code - 0xE0000)
    if 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF:
        return chr(code - 0xFE00 if code <= 0xFE0F else code - 0xE0100 + 16)
    if character == "\r":
        return "\n"
    return "" if character not in "\n\t" and unicodedata.category(character) in ("Cf", "Cc") else character
