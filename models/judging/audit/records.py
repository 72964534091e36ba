"""What an audit reads: each mark that a judge gave an entry, with the place it was shown in, and the experts' marks."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from models.judging.statistics.errors import DataRefused

LEAST_MARK, MOST_MARK = 0, 10
EXPERTS = "the experts"
"""The name under which the experts' marks stand beside the judges'."""
BEYOND = " beyond the experts"
"""Follows a judge's name where its marks less the experts' are meant."""
Mark = float | Decimal | Fraction


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One mark by one judge for one entry in one order.

    `round` is unique in the event, `entry` in its round (a finalist's id, say). `text` is the entry as submitted, the
    same in all its records. `mark` is 0 to 10. `order` numbers the judge's shuffled orders of that round from 0, and
    `position` is the place shown, from 1; both are None where the judge saw the entry alone.
    """

    round: str
    entry: str
    text: str
    judge: str
    mark: Mark
    order: int | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class ExpertMark:
    """One expert's mark for one entry, 0 to 10; `round` and `entry` as in AuditRecord."""

    round: str
    entry: str
    expert: str
    mark: Mark


def checked_records(records: Iterable[AuditRecord]) -> list[AuditRecord]:
    """The records with marks as floats. Raises DataRefused for what cannot be: see `_problem`, and repeats."""
    found = [replace(one, mark=_mark(one.mark, f"{one.judge}, {one.round}, {one.entry}")) for one in records]
    for one in found:
        if problem := _problem(one):
            raise DataRefused(f"the record of {one.judge}, {one.round}, {one.entry}: {problem}")
    texts: dict[tuple[str, str], str] = {}
    for one in found:
        if texts.setdefault((one.round, one.entry), one.text) != one.text:
            raise DataRefused(f"the entry {one.entry} of {one.round} has two texts; expected one")
    _refuse_repeats([(one.judge, one.round, one.entry, one.order) for one in found])
    _refuse_repeats([(one.judge, one.round, one.order, one.position) for one in found if one.position])
    return found


def checked_experts(marks: Iterable[ExpertMark]) -> list[ExpertMark]:
    """The experts' marks as floats. Raises DataRefused for a mark off the scale or given twice."""
    found = [replace(one, mark=_mark(one.mark, f"{one.expert}, {one.round}, {one.entry}")) for one in marks]
    _refuse_repeats([(one.expert, one.round, one.entry) for one in found])
    return found


def _mark(mark: Mark, whose: str) -> float:
    if isinstance(mark, bool) or not math.isfinite(mark) or not LEAST_MARK <= mark <= MOST_MARK:
        raise DataRefused(f"expected a mark from {LEAST_MARK} to {MOST_MARK}, got {mark} ({whose})")
    return float(mark)


def _problem(one: AuditRecord) -> str | None:
    if not (one.round and one.entry and one.judge):
        return "expected the names of round, entry and judge"
    if one.judge == EXPERTS or one.judge.endswith(BEYOND):
        return "expected a judge's name that does not read like the experts' lines"
    if (one.order is None) != (one.position is None):
        return "expected order and position together, or neither"
    if one.position is not None and one.position < 1:
        return f"expected a position from 1, got {one.position}"
    return None


def _refuse_repeats(keys: Sequence[tuple[object, ...]]) -> None:
    seen: set[tuple[object, ...]] = set()
    for key in keys:
        if key in seen:
            raise DataRefused(f"two marks stand for one place: {', '.join(map(str, key))}")
        seen.add(key)
