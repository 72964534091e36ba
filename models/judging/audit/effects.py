"""What an effect is: an estimate within rounds and what it amounts to, or which data is missing.

Within a round all entries answer the same question, so its difficulty cannot confound.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from models.judging.audit.within import Estimate, Floats, Groups, Numbers

LEAST_ROUNDS, LEAST_ENTRIES = 5, 15
CLEAR_P, HINT_P = 0.01, 0.05


class Finding(StrEnum):
    """Clear: the interval is off 0 and p is below 0.01. A hint: p is below 0.05."""

    CLEAR = "clear"
    HINT = "a hint"
    NOT_SEEN = "not seen"
    TOO_FEW = "not enough data"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as one rater marked it, all orders together."""

    round: str
    name: str
    text: str
    mark: float


@dataclass(frozen=True, slots=True)
class Effect:
    """`estimate` is in marks, None when there is not enough data; `reason` then says what is missing.

    `rounds` and `entries` are those that can tell: a round in which all entries are alike cannot.
    """

    rater: str
    finding: Finding
    estimate: Estimate | None
    rounds: int
    entries: int
    reason: str | None = None


def found(rater: str, entries: Sequence[Entry], estimate: Estimate) -> Effect:
    """An estimate and what it amounts to."""
    return Effect(rater, finding(estimate), estimate, rounds_of(entries), len(entries))


def too_few(rater: str, entries: Sequence[Entry], reason: str) -> Effect:
    """No estimate, and why."""
    return Effect(rater, Finding.TOO_FEW, None, rounds_of(entries), len(entries), reason)


def finding(estimate: Estimate) -> Finding:
    """What an estimate amounts to."""
    p = 1.0 if estimate.p is None else estimate.p
    if p < CLEAR_P and not estimate.interval.low <= 0 <= estimate.interval.high:
        return Finding.CLEAR
    return Finding.HINT if p < HINT_P else Finding.NOT_SEEN


def telling(entries: Sequence[Entry], of: Callable[[Entry], Hashable]) -> list[Entry]:
    """The entries of those rounds in which `of` is not the same for all."""
    seen: dict[str, set[Hashable]] = {}
    for entry in entries:
        seen.setdefault(entry.round, set()).add(of(entry))
    return [entry for entry in entries if len(seen[entry.round]) > 1]


def missing(entries: Sequence[Entry], how: str) -> str | None:
    """What is missing before these entries, of rounds that have entries `how`, say anything."""
    if rounds_of(entries) < LEAST_ROUNDS:
        return f"{plural(rounds_of(entries), 'round')} with entries {how}; {LEAST_ROUNDS} are needed"
    if len(entries) < LEAST_ENTRIES:
        return f"{plural(len(entries), 'entry', 'entries')} in rounds with entries {how}; {LEAST_ENTRIES} are needed"
    return None


def by_round(entries: Sequence[Entry]) -> Groups:
    """Every round a group and a cluster of its own."""
    rounds = numbered([entry.round for entry in entries])
    return Groups(rounds, rounds)


def marks_of(entries: Sequence[Entry]) -> Floats:
    """Marks, n."""
    return np.array([entry.mark for entry in entries])


def rounds_of(entries: Sequence[Entry]) -> int:
    """How many rounds there are."""
    return len({entry.round for entry in entries})


def numbered(names: Sequence[Hashable]) -> Numbers:
    """A number from 0 for each name, in the order of first appearance."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=np.int64)


def plural(count: int, one: str, many: str = "") -> str:
    """ "1 round", "3 rounds"."""
    return f"{count} {one if count == 1 else many or one + 's'}"
