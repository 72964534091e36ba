"""Reading a judge's reply, strictly: one JSON object and nothing else, or no verdict at all.

Nothing is repaired, clamped, guessed or filled in; whoever asked decides whether to ask again.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, NoReturn

from models.judging.cleaning import cleaned
from models.judging.protocol import CEILING, FLOOR, VerdictRefused

MAX_REASON_CHARACTERS = 600
MAX_REPLY_CHARACTERS = 100_000
_MOST_DIGITS = 12
_ROUNDING = 1e-3
"""By so much a log-probability may exceed 0, and probabilities 1: engines compute them in half precision."""


@dataclass(frozen=True, slots=True)
class Marked:
    """One entry's mark in one reply: the mean over the criteria, exact."""

    mark: Fraction
    reason: str


def parse_verdicts(reply: str, letters: Sequence[str], keys: Sequence[str]) -> Mapping[str, Marked]:
    """Each letter's mark in `reply`, which must mark every letter exactly once. Raises VerdictRefused."""
    verdicts = _fields(_object(reply), {"verdicts"}, "the reply")["verdicts"]
    if not isinstance(verdicts, list):
        raise VerdictRefused('expected a list under "verdicts"')
    found: dict[str, Marked] = {}
    for verdict in verdicts:
        fields = _fields(verdict, {"entry", "marks", "reason"}, "a verdict")
        letter = fields["entry"]
        if letter not in letters:
            raise VerdictRefused(f"expected entries {', '.join(letters)}, got {str(letter)[:20]!r}")
        if letter in found:
            raise VerdictRefused(f"entry {letter} is marked twice")
        found[letter] = Marked(_mean(_fields(fields["marks"], set(keys), f"the marks of {letter}")), _reason(fields))
    if missing := [letter for letter in letters if letter not in found]:
        raise VerdictRefused(f"no verdict for {', '.join(missing)}")
    return found


def parse_mark(value: Any) -> Fraction:
    """A JSON number from 0 to 10, exact. Raises VerdictRefused for anything else, "7" and true included."""
    number = Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(number, Decimal) or not number.is_finite():
        raise VerdictRefused(f"expected a number as mark, got {str(value)[:20]!r}")
    if not FLOOR <= number <= CEILING:
        raise VerdictRefused(f"expected a mark from 0 to 10, got {str(value)[:20]}")
    if (number and number.adjusted() < -_MOST_DIGITS) or len(number.as_tuple().digits) > _MOST_DIGITS:
        # Otherwise 1E-99999999 would become a fraction of a hundred million digits.
        raise VerdictRefused(f"expected a mark of a few digits, got {str(value)[:20]}")
    return Fraction(number)


def expected_rating(logprobs: Mapping[str, float], ratings: Mapping[str, int]) -> tuple[Fraction, float, float]:
    """Mean, standard deviation and total probability of `ratings` (token to value) under `logprobs` (token to ln p).

    The mean is the expected value over the rating tokens, renormalised (G-Eval, arXiv 2303.16634). Raises
    VerdictRefused when none of them is there, or when these are no probabilities.
    """
    if wrong := [logprob for logprob in logprobs.values() if not logprob <= _ROUNDING]:
        raise VerdictRefused(f"expected log-probabilities of at most 0, got {wrong[0]:g}")
    chances = {token: math.exp(logprobs[token]) for token in ratings if token in logprobs}
    total = math.fsum(chances.values())
    if not 0 < total <= 1 + len(chances) * _ROUNDING:
        raise VerdictRefused(f"expected rating tokens with a probability from 0 to 1 together, got {total:.3g}")
    mean = sum((Fraction(chance) * ratings[token] for token, chance in chances.items()), Fraction(0))
    mean /= sum(map(Fraction, chances.values()))
    variance = math.fsum(chance * (ratings[token] - float(mean)) ** 2 for token, chance in chances.items()) / total
    return mean, math.sqrt(variance), total


def _object(reply: str) -> Any:
    if len(reply) > MAX_REPLY_CHARACTERS:
        raise VerdictRefused(f"the reply is longer than {MAX_REPLY_CHARACTERS:,} characters")
    try:
        return json.loads(
            reply, parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_without_repeats
        )
    except VerdictRefused:
        raise
    except (ValueError, ArithmeticError, RecursionError):
        raise VerdictRefused(f"expected one JSON object and nothing else, got {reply[:60]!r}") from None


def _refuse_constant(name: str) -> NoReturn:
    raise VerdictRefused(f"expected a number as mark, got {name}")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise VerdictRefused("a field is given twice")
    return fields


def _fields(value: Any, names: set[str], what: str) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != names:
        got = ", ".join(sorted(value))[:80] if isinstance(value, dict) else type(value).__name__
        raise VerdictRefused(f"expected {what} to have exactly {', '.join(sorted(names))}, got {got}")
    return value


def _mean(marks: Mapping[str, Any]) -> Fraction:
    return sum(map(parse_mark, marks.values()), Fraction(0)) / len(marks)


def _reason(fields: Mapping[str, Any]) -> str:
    reason = fields["reason"]
    if not isinstance(reason, str) or not (text := cleaned(" ".join(reason.split()), limit=MAX_REASON_CHARACTERS)):
        raise VerdictRefused("expected a sentence of reason")
    return text
