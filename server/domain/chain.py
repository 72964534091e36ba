"""The journal's hash chain: each entry's hash covers the one before, so nothing can be changed, added or
taken out in the middle unseen. The last hash, once it is known to others, seals the whole.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

GENESIS = "0" * 64

HOW_TO_CHECK = (
    "hash = hex sha256 of the UTF-8 of the JSON array [previous hash, number, at_ms, kind, payload], written "
    'without spaces and escaping only ", \\ and control characters; payload is the string in this file; '
    "the first previous hash is 64 zeros"
)


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One entry as it was hashed. `at_ms`: milliseconds since the epoch; `payload`: canonical JSON text."""

    number: int
    at_ms: int
    kind: str
    payload: str
    hash: str


@dataclass(frozen=True, slots=True)
class BrokenAt:
    """The first entry whose hash is wrong: `expected` by recomputing, `found` in the journal."""

    number: int
    expected: str
    found: str


def canonical(value: object) -> str:
    """JSON with one spelling: keys sorted, no spaces, characters as they are.

    Raises ValueError for NaN and infinities, TypeError for what JSON has no form for.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def entry_hash(previous_hex: str, number: int, at_ms: int, kind: str, payload_json: str) -> str:
    """Hash of one entry as 64 hex digits. The payload goes in as it was stored, as text."""
    content = canonical([previous_hex, number, at_ms, kind, payload_json])
    # A lone surrogate, which a browser can send, has no UTF-8; it must not stop the journal.
    return sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def verify_chain(entries: Iterable[JournalEntry]) -> BrokenAt | None:
    """Recompute every hash from GENESIS on; None when all hold, else the first that does not."""
    previous = GENESIS
    for entry in entries:
        expected = entry_hash(previous, entry.number, entry.at_ms, entry.kind, entry.payload)
        if expected != entry.hash:
            return BrokenAt(entry.number, expected, entry.hash)
        previous = entry.hash
    return None
