"""Numbers, amounts and hashes for people, the same in the terminal and on pages."""

import math
from collections.abc import Mapping
from typing import Any

from training.hours.amounts import in_words
from training.runs.record import Status

NOTHING = "–"
SHORT_HASH = 10  # hex digits shown of a hash
SIGNS: Mapping[str, str] = {
    Status.RUNNING: "●",
    Status.FINISHED: "✓",
    Status.STOPPED: "■",
    Status.FAILED: "✗",
    Status.INTERRUPTED: "‖",
    "broken": "?",
}
"""A sign for each status, so that colour never speaks alone."""


def number(value: float | None, digits: int = 4) -> str:
    """A number with so many significant digits and no needless zeros: 1.234, 0.0002, 12,300."""
    if value is None:
        return NOTHING
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    if abs(value) >= 10 ** (digits - 1):
        return f"{round(value, digits - 1 - math.floor(math.log10(abs(value)))):,.0f}"
    if abs(value) < 1e-5:
        return f"{value:.{digits - 1}g}"
    return f"{value:.{digits - 1 - math.floor(math.log10(abs(value)))}f}".rstrip("0").rstrip(".")


def count(value: float | None) -> str:
    """A whole number with its thousands apart."""
    return NOTHING if value is None else f"{value:,.0f}"


def loss(value: float | None) -> str:
    """A loss to four decimals, as losses are compared."""
    return NOTHING if value is None else f"{value:.4f}"


def memory(value: float | None) -> str:
    """Bytes in MiB or GiB."""
    if value is None:
        return NOTHING
    return f"{value / 2**30:.1f} GiB" if value >= 2**30 else f"{value / 2**20:.0f} MiB"


def duration(seconds: float | None) -> str:
    """Seconds in words; under ten of them with a decimal."""
    if seconds is None:
        return NOTHING
    return f"{seconds:.1f} s" if 0 <= seconds < 10 else in_words(seconds)


def moment(iso: str) -> str:
    """A time of a record for people: 2026-11-22 14:05 UTC."""
    if not iso:
        return NOTHING
    return f"{iso[:10]} {iso[11:16]} UTC" if len(iso) >= 16 and iso.endswith(("+00:00", "Z")) else iso


def short(digest: str) -> str:
    """The beginning of a hash, enough to tell two apart; the mark of uncommitted changes is kept."""
    if not digest:
        return NOTHING
    return digest[:SHORT_HASH] + ("+" if digest.endswith("+") else "")


def setting(value: Any) -> str:
    """The value of a setting as one would write it."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
