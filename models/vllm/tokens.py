"""The base's control tokens: what a template uses to mark who speaks, and what no prompt may spell.

Read from the tokenizer's file as it is, so that no tokenizer has to be loaded in the arena.
"""

import json
from pathlib import Path


def control_tokens(base: Path) -> list[str]:
    """The special tokens of the base in this folder; none where it has no tokenizer.json."""
    try:
        added = json.loads((base / "tokenizer.json").read_text(encoding="utf-8")).get("added_tokens") or []
        return [str(token["content"]) for token in added if token.get("special") and token.get("content")]
    except (OSError, ValueError, AttributeError, TypeError, KeyError):
        return []
