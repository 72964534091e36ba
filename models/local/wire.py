"""One message per line between the engine and its worker: JSON, UTF-8, newline.

Requests: {"op": "load" | "stream" | "score" | "count" | "cancel" | "add" | "remove", ...}. Replies: {"ready"},
{"failed"}, {"said": [[id, text, tokens, finish_reason], ...]}, {"id", "logprobs" | "tokens" | "added"},
{"id", "error", ...}.
"""

import json
from typing import Any

MAX_LINE_BYTES = 16 * 2**20
"""Longest line either side reads: a prompt of a few megabytes, escaped."""


def pack(message: dict[str, Any]) -> bytes:
    """One line. NaN and infinities are refused with ValueError."""
    return json.dumps(message, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def unpack(line: bytes) -> dict[str, Any]:
    """The message in `line`. Raises ValueError when it is not a JSON object."""
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError(f"expected a JSON object, got {type(message).__name__}")
    return message
