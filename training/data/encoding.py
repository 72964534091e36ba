"""From the bytes of a file to its text. The encoding is known, or clear enough to be said aloud, or asked for.

A byte order mark or sound UTF-8 settles it. Otherwise charset-normalizer compares the encodings that entrants meet,
and its favourite is taken only with a clear lead; what was decided is for the report, never silent.
"""

import codecs
import re
from dataclasses import dataclass

from training.data.errors import DataError

BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
CANDIDATES = ["cp1252", "gb18030", "big5", "cp932", "cp949", "cp874"]
LEAST_CONFIDENCE = 0.6
MOST_MESS = 0.15  # share of suspicious characters that a sound text may have
SURE_COHERENCE = 0.2  # from here on charset-normalizer has recognised a language
MOST_BROKEN_LINES = 0.2  # of the lines that are not plain ASCII, for the file still to count as UTF-8
SAMPLE_BYTES = 2**20
_BROKEN_BYTE = re.compile("[\udc80-\udcff]")
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_CAPITAL_INSIDE = re.compile(r"(?<=[a-zß-ÿ])[À-ÖØ-ÞŠŒŽŸ]")
MOST_CAPITALS_INSIDE = 0.1  # of the characters beyond ASCII


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text; bytes that are not UTF-8 in a file that otherwise is are lone surrogates, see `has_broken_bytes`.

    `confidence` is 1 where the encoding is certain; `note` is empty for plain UTF-8, else a sentence for the report.
    """

    text: str
    encoding: str
    confidence: float
    note: str = ""


def decode(data: bytes, name: str, declared: str | None = None) -> Decoded:
    """The text of a file. Raises DataError where the encoding is wrong, unknown or not clear enough to be taken."""
    if declared is not None:
        return Decoded(_strictly(data, name, _known(declared)), declared, 1.0)
    for bom, encoding in BOMS.items():
        if data.startswith(bom):
            return Decoded(_strictly(data, name, encoding), encoding, 1.0, f"{encoding}, said by a byte order mark")
    if (unmarked := _unmarked_utf16(data)) is not None:
        return Decoded(_strictly(data, name, unmarked), unmarked, 0.99, f"{unmarked} without a byte order mark")
    try:
        return Decoded(data.decode("utf-8"), "utf-8", 1.0)
    except UnicodeDecodeError:
        return _mostly_utf8(data) or _guessed(data, name)


def has_broken_bytes(text: str) -> bool:
    """Whether the text came from bytes that are not UTF-8."""
    return _BROKEN_BYTE.search(text) is not None


def _mostly_utf8(data: bytes) -> Decoded | None:
    """UTF-8 with a few broken lines: these are refused one by one, and the others are sound."""
    lines = [line for line in data.split(b"\n") if not line.isascii()]
    broken = sum(1 for line in lines if not _is_utf8(line))
    if broken > MOST_BROKEN_LINES * len(lines):
        return None
    note = f"UTF-8, but {broken:,} lines hold other bytes; they are refused one by one"
    return Decoded(data.decode("utf-8", "surrogateescape"), "utf-8", 1.0, note)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _unmarked_utf16(data: bytes) -> str | None:
    """UTF-16 shows itself by its zero bytes: markup and keys are ASCII, whatever the language."""
    start = data[:4096]
    if b"\0" not in start:
        return None
    odd, even = start[1::2].count(0), start[::2].count(0)
    return "utf-16-le" if odd > even else "utf-16-be"


def _guessed(data: bytes, name: str) -> Decoded:
    from charset_normalizer import from_bytes

    # In none of the candidates is a line feed a part of another character, so the sample ends at one.
    sample = data if len(data) <= SAMPLE_BYTES else data[: data.rfind(b"\n", 0, SAMPLE_BYTES) + 1 or SAMPLE_BYTES]
    matches = list(from_bytes(sample, cp_isolation=CANDIDATES))
    weights = {match.encoding: (1 - match.chaos) * _recognised(match.coherence) for match in matches}
    messy = not matches or matches[0].chaos > MOST_MESS or _is_odd(str(matches[0]), matches[0].encoding)
    confidence = 0.0 if messy else weights[matches[0].encoding] / sum(weights.values())
    if confidence < LEAST_CONFIDENCE:
        raise DataError(_unclear(name, weights))
    encoding = matches[0].encoding
    note = f"not UTF-8: read as {encoding} with a confidence of {confidence:.0%}; look whether the text is right"
    return Decoded(_strictly(data, name, encoding), encoding, confidence, note)


def _is_odd(text: str, encoding: str) -> bool:
    """Any bytes make text in cp1252; those of another one-byte encoding put capitals inside words."""
    inside = len(_CAPITAL_INSIDE.findall(text))
    return encoding == "cp1252" and inside > MOST_CAPITALS_INSIDE * len(_FOREIGN.findall(text))


def _recognised(coherence: float) -> float:
    return 0.5 + 0.5 * min(1.0, coherence / SURE_COHERENCE)


def _unclear(name: str, weights: dict[str, float]) -> str:
    likely = ", ".join(sorted(weights, key=lambda encoding: -weights[encoding])[:3])
    which = f"it may be {likely}" if likely else "no common encoding fits"
    return (
        f"{name} is not UTF-8, and its encoding is not clear: {which}. Say which with --encoding, or save it as UTF-8."
    )


def _known(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        raise DataError(
            f"There is no encoding {encoding!r}; common ones are utf-8, utf-16, gb18030, big5, cp1252."
        ) from None


def _strictly(data: bytes, name: str, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeError as error:
        start = error.start if isinstance(error, UnicodeDecodeError) else 0
        line = data.count(b"\n", 0, start) + 1
        raise DataError(
            f"{name} is not {encoding}: the byte at position {start:,} (line {line:,}) does not belong to it. "
            "Say which encoding it has with --encoding, or save it as UTF-8."
        ) from error
