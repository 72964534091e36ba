"""Whether a record that could be read also holds what it should, so that nothing behind it meets a surprise."""

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from training.runs.record import RunRecord

_TEXT = (str,)
_COUNT = (int,)
_NUMBER = (int, float)
_SHAPES: dict[str, tuple[type, ...]] = {
    "id": _TEXT,
    "name": _TEXT,
    "entrant": _TEXT,
    "started_at": _TEXT,
    "ended_at": _TEXT,
    "reason": _TEXT,
    "git_commit": _TEXT,
    "adapter_sha256": _TEXT,
    "seconds": _NUMBER,
    "settings": (dict,),
    "versions": (dict,),
    "overfitting_since": (int, type(None)),
    "train.path": _TEXT,
    "train.sha256": _TEXT,
    "train.rows": _COUNT,
    "validation.path": _TEXT,
    "validation.sha256": _TEXT,
    "validation.rows": _COUNT,
    "base.path": _TEXT,
    "base.sha256": _TEXT,
    "best.step": _COUNT,
    "best.validation_loss": (int, float, type(None)),
}


def unsound(record: RunRecord) -> str:
    """What is wrong with a record's values, such as "seconds is 'x'"; empty if nothing is."""
    for name, value in _values(asdict(record)):
        allowed = _SHAPES.get(name)
        if allowed and (not isinstance(value, allowed) or isinstance(value, bool) or not _is_finite(value)):
            return f"{name} is {value!r}"
        if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
            return f"{name} holds half a character"
    return ""


def _values(flat: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in flat.items():
        yield name, value
        if name in ("train", "validation", "base", "best"):
            yield from ((f"{name}.{inner}", one) for inner, one in (value or {}).items())


def _is_finite(value: Any) -> bool:
    return not isinstance(value, float) or math.isfinite(value)
