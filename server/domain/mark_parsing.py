"""Marks at the edge: what people and judges send becomes exact numbers here, or is refused.

Nothing is clamped: a mark outside its scale is somebody's mistake, and a silent 10 would hide it.
"""

import math
import re
from fractions import Fraction

from server.domain.errors import Refused
from server.domain.marks import HIGHEST, LOWEST

HALVES, THOUSANDTHS = 2, 1000
MOST_STARS = 5

# ASCII digits and a bounded length: `Fraction("1e999999999")` would fill the memory.
_DECIMAL = re.compile(r"[+-]?[0-9]{1,6}(\.[0-9]{1,20})?")
_EXPERTS_SCALE = "a number from 0 to 10 in half points"
_LLM_SCALE = "a number from 0 to 10"
_STARS_SCALE = f"a whole number of stars from 1 to {MOST_STARS}"


class MarkRefused(Refused, ValueError):
    """A mark that is not on its scale; the message says what was expected and what came."""


def expert_mark(value: object) -> Fraction:
    """An expert's mark for one criterion, 0 to 10 in half points, as "8.5", 8.5 or 8. Raises MarkRefused."""
    mark = _exact(value)
    if mark is None or not LOWEST <= mark <= HIGHEST or mark.denominator > HALVES:
        raise refusal("An expert's mark", _EXPERTS_SCALE, value)
    return mark


def llm_mark(value: object) -> Fraction:
    """A judge's mark, 0 to 10, rounded to thousandths, exact halves to even. Raises MarkRefused.

    The range is checked before rounding: 10.0001 is refused, not rounded into the scale.
    """
    mark = _exact(value)
    if mark is None or not LOWEST <= mark <= HIGHEST:
        raise refusal("A judge's mark", _LLM_SCALE, value)
    return Fraction(round(mark * THOUSANDTHS), THOUSANDTHS)


def stars(value: object) -> int:
    """The stars of one entry on a ballot, 1 to 5, as 4 or "4". Raises MarkRefused."""
    number = _exact(value)
    if isinstance(value, float) or number is None or number.denominator != 1 or not 1 <= number <= MOST_STARS:
        raise refusal("A rating", _STARS_SCALE, value)
    return int(number)


def on_scale(mark: Fraction, whose: str, steps: int = 0) -> Fraction:
    """`mark` itself when it lies on the scale of 0 to 10, in `steps` to the point if that is not 0.

    Raises MarkRefused naming `whose` mark it is. The steps matter because the results file writes marks
    with so many places: a finer one could not be recomputed from it.
    """
    if not LOWEST <= mark <= HIGHEST:  # also refuses a NaN that slipped past the types
        raise refusal(whose, _LLM_SCALE, mark)
    if steps and steps % mark.denominator:
        raise refusal(whose, f"{_LLM_SCALE} in steps of 1/{steps}", mark)
    return mark


def refusal(whose: str, expected: str, found: object) -> MarkRefused:
    """The error for a mark off its scale."""
    return MarkRefused(f"{whose} is {expected}; got {shown(found)}.")


def shown(value: object, most_chars: int = 40) -> str:
    """A value as an error message may show it: short, whatever it is."""
    if isinstance(value, int | Fraction) and abs(value) >= 10**most_chars:
        return f"a number of more than {most_chars} digits"
    if isinstance(value, dict | list | tuple | set | frozenset):
        return f"a {type(value).__name__} of {len(value)}"
    text = str(value) if isinstance(value, Fraction) else repr(value)
    return text if len(text) <= most_chars else f"{text[:most_chars]}…"


def _exact(value: object) -> Fraction | None:
    """The number as it was written, or None for what is no finite number."""
    if isinstance(value, str):
        text = value.strip()
        return Fraction(text) if _DECIMAL.fullmatch(text) else None
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return Fraction(value)
