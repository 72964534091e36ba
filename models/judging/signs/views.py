"""Second readings of a text whose words are in disguise: encoded, spelt with digits, spaced out, backwards."""

import base64
import binascii
import codecs
import html
import re
from collections.abc import Iterator
from itertools import islice

_BASE64 = re.compile(r"[A-Za-z0-9+/]{24,8000}={0,2}")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{8,8000}")
_ENTITY = re.compile(r"&#x?[0-9a-fA-F]{2,6};|\\u[0-9a-fA-F]{4}|%[0-9a-fA-F]{2}%[0-9a-fA-F]{2}")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|%([0-9a-fA-F]{2})")
_LEET_WORD = re.compile(r"\b(?:[a-z]{1,20}[013457@$]|[013457@$]{1,3}[a-z])[a-z013457@$]{1,20}")
_LEET = str.maketrans("013457@$", "oieastas")
_SPACED = re.compile(r"\b\w(?:[ .\-*]\w\b){5}")
_SPACED_WORD = re.compile(r"\b\w([ .\-*])\w\b(?:\1\w\b)+")
_LEAST_LEET = 3
_MOST_PARTS = 20
_BACKWARDS = ("snoitcurtsni", "erongi", "tpmorp", "skram")


def readings(original: str, lines: str) -> Iterator[tuple[int, str]]:
    """Where, and what `original` (and `lines`, the same folded) says in other readings; nothing for most texts."""
    for part in islice(_BASE64.finditer(original), _MOST_PARTS):
        yield part.start(), _decoded_base64(part[0])
    for part in islice(_SELECTORS.finditer(original), _MOST_PARTS):
        yield part.start(), bytes(map(_selected_byte, part[0])).decode(errors="ignore")
    if found := _ENTITY.search(original):
        yield found.start(), _ESCAPE.sub(lambda code: chr(int(code[1] or code[2], 16)), html.unescape(original))
    if len(_LEET_WORD.findall(lines)) >= _LEAST_LEET:
        yield 0, lines.translate(_LEET)
    if found := _SPACED.search(original):
        yield found.start(), _SPACED_WORD.sub(lambda word: word[0].replace(word[1], ""), original)
    if "rot13" in lines or "rot-13" in lines or "rot 13" in lines:
        yield 0, codecs.encode(lines, "rot13")
    if any(word in lines for word in _BACKWARDS):
        yield 0, lines[::-1]


def _decoded_base64(text: str) -> str:
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, ValueError):
        return ""
    return decoded if decoded.isprintable() else ""


def _selected_byte(selector: str) -> int:
    code = ord(selector)
    return code - 0xFE00 if code < 0xE0100 else code - 0xE0100 + 16
