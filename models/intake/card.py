"""The card that may lie beside an adapter: who calls it what, and whether it speaks of these weights and this base.

A card is a stranger's word: it can get an adapter refused, and give it a name; it can vouch for nothing.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.adapters import AdapterFacts, AdapterRefused, BaseFacts

CARD = "card.json"
MOST_BYTES = 2**20
LONGEST_TITLE = 80


@dataclass(frozen=True, slots=True)
class Card:
    """What the card says: the adapter's name, and the hashes of its weights and of its base; "" where it is silent."""

    title: str = ""
    weights_sha256: str = ""
    base_sha256: str = ""

    def check(self, facts: AdapterFacts, base: BaseFacts) -> None:
        """Raise AdapterRefused if the card speaks of other weights or of another base."""
        if self.base_sha256 and self.base_sha256 != base.sha256:
            raise AdapterRefused(
                f"Its card says that it was trained on another base ({self.base_sha256[:12]}, and the event plays on "
                f"{base.sha256[:12]}); train it on the event's base."
            )
        if self.weights_sha256 and self.weights_sha256 != facts.sha256:
            raise AdapterRefused(f"Its {CARD} speaks of other weights; export the adapter again with its own card.")


def read_card(folder: Path) -> Card:
    """The card in `folder`; an empty one where there is none. Raises AdapterRefused if it cannot be read."""
    file = folder / CARD
    if not file.is_file():
        return Card()
    if file.stat().st_size > MOST_BYTES:
        raise AdapterRefused(f"{CARD} is too large to be a card; leave it out, or export the adapter again.")
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        raise AdapterRefused(f"{CARD} is not valid JSON; leave it out, or export the adapter again.") from None
    return Card(
        _short(" ".join(_text(data, "name").split())),
        _text(data, "adapter", "sha256").lower(),
        _text(data, "base", "sha256").lower(),
    )


def _short(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1].rstrip()}…"


def _text(data: Any, *path: str) -> str:
    for step in path:
        data = data.get(step) if isinstance(data, dict) else None
    return data if isinstance(data, str) and data.isprintable() else ""
