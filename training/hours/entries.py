"""What stands in the ledger: kinds of entries, one entry, and the balance that follows from entries. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """granted: by an organiser. reserved: held for a run. used and returned: what became of a reservation.
    refunded: used time given back, because the run failed for no fault of the entrant."""

    GRANTED = "granted"
    RESERVED = "reserved"
    USED = "used"
    RETURNED = "returned"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger, never changed. `at` is ISO 8601 in UTC; `ms` is negative only for a withdrawn grant."""

    number: int
    at: str
    entrant: str
    kind: Kind
    ms: int
    reservation: str
    run: str
    note: str


@dataclass(frozen=True, slots=True)
class Balance:
    """An entrant's time in milliseconds: granted = available + reserved + used, always."""

    entrant: str
    granted: int
    reserved: int
    used: int
    available: int


def balance_of(entrant: str, entries: Iterable[Entry]) -> Balance:
    """The balance that an entrant's entries make."""
    sums = dict.fromkeys(Kind, 0)
    for entry in entries:
        sums[entry.kind] += entry.ms
    reserved = sums[Kind.RESERVED] - sums[Kind.USED] - sums[Kind.RETURNED]
    used = sums[Kind.USED] - sums[Kind.REFUNDED]
    return Balance(entrant, sums[Kind.GRANTED], reserved, used, sums[Kind.GRANTED] - reserved - used)


def used_by_run(run: str, entries: Iterable[Entry]) -> int:
    """Milliseconds that a run has been charged for and not refunded."""
    own = [entry for entry in entries if entry.run == run]
    used = sum(entry.ms for entry in own if entry.kind is Kind.USED)
    return used - sum(entry.ms for entry in own if entry.kind is Kind.REFUNDED)
