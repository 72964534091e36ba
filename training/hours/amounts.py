"""Amounts of training time: read from texts such as 1h30m, told in words. The ledger counts whole milliseconds."""

import re

from training.hours.errors import HoursRefused

_SECONDS = {"h": 3600, "m": 60, "s": 1}
_WHOLE = re.compile(r"\s*(?:(?:\d+(?:\.\d+)?)\s*(?:h|min|m|s)\s*)+", re.IGNORECASE)
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(h|min|m|s)", re.IGNORECASE)
MOST_HOURS = 100_000


def parse_seconds(text: str) -> float:
    """Seconds of a text such as 3h, 30m, 1h30m or 90s. Raises HoursRefused, also for nothing and for far too much."""
    if not _WHOLE.fullmatch(text):
        raise HoursRefused(f"{text!r} is not an amount of time; write it like 3h, 30m, 1h30m or 90s.")
    seconds = sum(float(number) * _SECONDS[unit[0].lower()] for number, unit in _PART.findall(text))
    if not 0 < seconds <= MOST_HOURS * 3600:
        raise HoursRefused(f"{text!r} must be more than nothing and at most {MOST_HOURS:,} h.")
    return seconds


def in_words(seconds: float) -> str:
    """An amount for people: 2 h 30 min, 45 min, 12 s, 0 s; a minus in front of less than nothing."""
    sign, whole = ("-" if seconds < -0.5 else ""), round(abs(seconds))
    hours, minutes = divmod(round(whole / 60), 60)
    if hours:
        return f"{sign}{hours} h {minutes} min" if minutes else f"{sign}{hours} h"
    if whole >= 120:
        return f"{sign}{minutes} min"
    return f"{sign}{whole} s"
