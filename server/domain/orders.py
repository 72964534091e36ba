"""In which order each expert and each phone gets the entries: shuffled, fair, and the same after a reload.

Phones share a small set of balanced orders, so that one frame serves many: over the set every entry
stands in every place equally often. Everything is drawn from the event's published seed.
"""

import hashlib
from collections.abc import Sequence


def expert_order(seed: str, round_key: str, expert: str, entries: Sequence[str]) -> tuple[str, ...]:
    """The entries in this expert's own order."""
    return tuple(sorted(entries, key=lambda entry: _draw(seed, round_key, "expert", expert, entry)))


def order_count(entries: int) -> int:
    """How many orders phones share in a round with this many entries (at least 1)."""
    return max(1, 2 * entries)


def phone_order(seed: str, round_key: str, voter: str, entries: int) -> int:
    """Which of the shared orders this phone gets: 0 to `order_count` - 1."""
    return int.from_bytes(_draw(seed, round_key, "phone", voter)[:8], "big") % order_count(entries)


def shared_order(seed: str, round_key: str, number: int, entries: Sequence[str]) -> tuple[str, ...]:
    """Order `number` of the shared set: rotations of one shuffle, then of its reverse."""
    base = expert_order(seed, round_key, "phones", entries)
    if not base:
        return ()
    turn = number % len(base)
    directed = base if number < len(base) else base[::-1]
    return directed[turn:] + directed[:turn]


def _draw(*parts: str) -> bytes:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).digest()
