"""The ledger's file: an SQLite database whose entries can be added and never changed. What they mean: `ledger`."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from training.hours.entries import Entry, Kind
from training.hours.errors import HoursRefused

WAIT_SECONDS = 15.0  # for another process that writes
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
  number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, entrant TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('granted', 'reserved', 'used', 'returned', 'refunded')),
  ms INTEGER NOT NULL CHECK (ms >= 0 OR kind = 'granted'),
  reservation TEXT NOT NULL, run TEXT NOT NULL, note TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS entry_entrant ON entry (entrant);
CREATE TRIGGER IF NOT EXISTS entry_stays BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'entries are final'); END;
CREATE TRIGGER IF NOT EXISTS entry_remains BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'entries are final'); END;
CREATE TABLE IF NOT EXISTS lease (
  reservation TEXT PRIMARY KEY, entrant TEXT NOT NULL, run TEXT NOT NULL, place TEXT NOT NULL, pid INTEGER NOT NULL,
  began REAL NOT NULL, beat_at REAL NOT NULL, used_ms INTEGER NOT NULL);
"""


@contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """A transaction that has the ledger to itself; kept if the block ends well. Raises HoursRefused, OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)
    except sqlite3.Error as error:
        raise HoursRefused(f"The ledger of hours {path} cannot be opened: {error}. Check the path.") from error
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.executescript(_SCHEMA)
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise HoursRefused(f"The ledger of hours {path} cannot be used: {error}. Nothing was entered.") from error
    finally:
        connection.close()  # rolls back what was not committed


def add(connection: sqlite3.Connection, entry: Entry) -> None:
    """Add an entry; its number is given by the database."""
    values = (entry.at, entry.entrant, entry.kind.value, entry.ms, entry.reservation, entry.run, entry.note)
    connection.execute(
        "INSERT INTO entry (at, entrant, kind, ms, reservation, run, note) VALUES (?, ?, ?, ?, ?, ?, ?)", values
    )


def read(connection: sqlite3.Connection, column: str = "", value: str = "") -> list[Entry]:
    """Every entry in order, or those with this `entrant`, `run` or `reservation`."""
    assert column in ("", "entrant", "run", "reservation")
    where = f"WHERE {column} = ?" if column else ""
    rows = connection.execute(
        f"SELECT number, at, entrant, kind, ms, reservation, run, note FROM entry {where} ORDER BY number",
        (value,) if column else (),
    )
    return [Entry(row[0], row[1], row[2], Kind(row[3]), *row[4:]) for row in rows]
