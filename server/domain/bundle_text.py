"""How numbers and times are spelt in the results file: exact, and the same on every machine."""

import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from server.domain.mark_parsing import THOUSANDTHS

MOST_DIGITS = 1000
_FRACTION = re.compile(rf"-?[0-9]{{1,{MOST_DIGITS}}}(/[0-9]{{1,{MOST_DIGITS}}})?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def fraction_text(value: Fraction | None) -> str | None:
    """Lowest terms as "a/b", or "a" for a whole number; None stays None (an absent component)."""
    return None if value is None else str(value)


def parse_fraction(text: str) -> Fraction | None:
    """The number that `fraction_text` wrote, in any terms; None if the text is no such number."""
    if not _FRACTION.fullmatch(text):
        return None
    numerator, _, denominator = text.partition("/")
    return Fraction(int(numerator), int(denominator or 1)) if int(denominator or 1) else None


def thousandths_text(mark: Fraction) -> str:
    """An LLM mark with three places, "7.250". Exact, for such marks are whole thousandths."""
    whole, rest = divmod(round(mark * THOUSANDTHS), THOUSANDTHS)
    return f"{whole}.{rest:03d}"


def half_points_text(mark: Fraction) -> str:
    """An expert's mark with one place, "8.5"."""
    whole, rest = divmod(round(mark * 10), 10)
    return f"{whole}.{rest}"


def share_text(share: float) -> str:
    """A share of 1 with three places; for showing, not for computing."""
    return f"{share:.3f}"


def time_text(at_ms: int | None) -> str | None:
    """ISO 8601 in UTC with milliseconds, "2026-11-22T12:00:00.000Z", from milliseconds since the epoch."""
    if at_ms is None:
        return None
    return (_EPOCH + timedelta(milliseconds=at_ms)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
