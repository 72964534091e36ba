"""The journal: append in a batch, read back, and the hash chain that ties the entries together."""

from collections.abc import Sequence

from sqlalchemy import Connection, insert, select

from server.domain.chain import GENESIS, JournalEntry, entry_hash
from server.domain.events import Happening
from server.store.codec import decode, encode
from server.store.tables import JournalRow


def chained(tip: tuple[int, str], happened: Sequence[tuple[int, Happening]]) -> list[JournalEntry]:
    """Entries of (epoch ms, event) pairs that follow `tip` (number and hash of the last one)."""
    number, previous = tip
    entries = []
    for at, happening in happened:
        number += 1
        kind, payload = encode(happening)
        previous = entry_hash(previous, number, at, kind, payload)
        entries.append(JournalEntry(number, at, kind, payload, previous))
    return entries


def append(connection: Connection, event: str, entries: Sequence[JournalEntry]) -> None:
    """Write entries. The primary key (event, number) refuses a second writer."""
    rows = [
        {"event": event, "number": x.number, "at_ms": x.at_ms, "kind": x.kind, "payload": x.payload, "hash": x.hash}
        for x in entries
    ]
    if rows:
        connection.execute(insert(JournalRow), rows)


def read(connection: Connection, event: str, after: int = 0) -> list[JournalEntry]:
    """Entries with a number above `after`, in order."""
    table = JournalRow.__table__  # type: ignore[attr-defined]
    columns = (table.c.number, table.c.at_ms, table.c.kind, table.c.payload, table.c.hash)
    query = select(*columns).where(table.c.event == event, table.c.number > after).order_by(table.c.number)
    return [JournalEntry(*row) for row in connection.execute(query)]


def tip_of(entries: Sequence[JournalEntry]) -> tuple[int, str]:
    """Number and hash to chain on to."""
    return (entries[-1].number, entries[-1].hash) if entries else (0, GENESIS)


def happenings(entries: Sequence[JournalEntry]) -> list[tuple[int, Happening]]:
    """(at, event) pairs, ready to fold."""
    return [(entry.at_ms, decode(entry.kind, entry.payload)) for entry in entries]
