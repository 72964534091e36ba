"""The base's control tokens: what a template uses to mark who speaks, and what no prompt may spell.

Read from the tokenizer's files as they are, so that no tokenizer has to be loaded in the arena.
"""

import json
from pathlib import Path
from typing import Any

from models.vllm.checks import is_folder


def control_tokens(base: str) -> list[str]:
    """The special tokens of the base in this folder or in the machine's model cache; none where there are no files."""
    file = _file(base, "tokenizer.json")
    added = _parsed(file).get("added_tokens") if file is not None else None
    kept = [token for token in added if isinstance(token, dict) and token.get("special")] if added else []
    return [str(token["content"]) for token in kept if token.get("content")]


def _file(base: str, name: str) -> Path | None:
    if (Path(base) / name).is_file():
        return Path(base) / name
    if is_folder(base):
        return None
    from huggingface_hub import try_to_load_from_cache  # only for a base that is named and not given as a folder

    found = try_to_load_from_cache(base, name)
    return Path(found) if isinstance(found, str) else None


def _parsed(file: Path) -> dict[str, Any]:
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
