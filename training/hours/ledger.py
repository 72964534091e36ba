"""The ledger of training time: grants, reservations and what became of them, for any number of processes at once.

A reservation is open while its run holds a lease; a run that dies is settled by whoever looks next. How long a run
takes is measured in `training.tuning`.
"""

import sqlite3
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from training.hours import database
from training.hours.amounts import in_words
from training.hours.entries import Balance, Entry, Kind, balance_of, used_by_run
from training.hours.errors import HoursRefused
from training.hours.liveness import Process, is_alive, this_process

STALE_SECONDS = 180.0  # a run on another machine that has not beaten for so long is taken for dead
DIED = "the process ended without a word"
_Row = tuple[str, str, str, str, int, float, float, int]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger in one file. `now` gives epoch seconds."""

    path: Path
    now: Callable[[], float] = time.time
    alive: Callable[[Process], bool | None] = is_alive

    def grant(self, entrant: str, seconds: float, note: str = "") -> None:
        """Give an entrant time; a negative amount takes unused time back. Raises HoursRefused."""
        _check_name(entrant)
        with self._writing() as connection:
            self._settle(connection)
            balance = self._balance(connection, entrant)
            if balance.available + _ms(seconds) < 0:
                raise HoursRefused(
                    f"{entrant} has {in_words(balance.available / 1000)} left; no more than that can be withdrawn."
                )
            self._add(connection, entrant, Kind.GRANTED, _ms(seconds), note=note)

    def balance(self, entrant: str) -> Balance:
        """What an entrant has, after dead runs were settled."""
        with self._writing() as connection:
            self._settle(connection)
            return self._balance(connection, entrant)

    def balances(self) -> list[Balance]:
        """What everybody has, by name."""
        with self._writing() as connection:
            self._settle(connection)
            names = sorted({entry.entrant for entry in database.read(connection)})
            return [self._balance(connection, name) for name in names]

    def entries(self, entrant: str) -> list[Entry]:
        """An entrant's entries in order, after dead runs were settled."""
        with self._writing() as connection:
            self._settle(connection)
            return database.read(connection, "entrant", entrant)

    def reserve(self, entrant: str, run: str, seconds: float) -> str:
        """Hold time for a run; the reservation's name. Raises HoursRefused if there is not so much."""
        with self._writing() as connection:
            self._settle(connection)
            balance = self._balance(connection, entrant)
            if balance.available <= 0 or balance.available < _ms(seconds):
                raise HoursRefused(why_too_little(balance, seconds))
            reservation = uuid.uuid4().hex
            self._add(connection, entrant, Kind.RESERVED, _ms(seconds), reservation, run)
            process = this_process()
            row: _Row = (reservation, entrant, run, process.place, process.number, process.began, self.now(), 0)
            connection.execute("INSERT INTO lease VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
            return reservation

    def extend(self, reservation: str, seconds: float) -> float:
        """Hold up to so many seconds more, as far as there are any; how many were added."""
        with self._writing() as connection:
            lease = self._lease(connection, reservation)
            if lease is None:
                return 0.0
            added = max(0, min(_ms(seconds), self._balance(connection, lease[1]).available))
            if added:
                self._add(connection, lease[1], Kind.RESERVED, added, reservation, lease[2], "extended")
            return added / 1000

    def beat(self, reservation: str, used: float) -> bool:
        """Say that the run lives and has used so many seconds; False if it was taken for dead and settled."""
        with self._writing() as connection:
            done = connection.execute(
                "UPDATE lease SET beat_at = ?, used_ms = ? WHERE reservation = ?",
                (self.now(), _ms(used), reservation),
            )
            return done.rowcount == 1

    def close(self, reservation: str, used: float, refund: str = "") -> None:
        """End a reservation: charge what was used, return the rest, refund all if a reason is given.

        Closing one that is closed already changes nothing.
        """
        with self._writing() as connection:
            lease = self._lease(connection, reservation)
            if lease is not None:
                self._close(connection, lease, _ms(used), refund)

    def take_over(self, entrant: str, run: str, kept: float) -> float:
        """Charge for work that a refunded run had saved and that its resumption uses again; seconds charged.

        `kept` is the training time in the checkpoint. Raises HoursRefused if there is not so much left.
        """
        with self._writing() as connection:
            self._settle(connection)
            owed = _ms(kept) - used_by_run(run, database.read(connection, "run", run))
            if owed <= 0:
                return 0.0
            balance = self._balance(connection, entrant)
            if balance.available < owed:
                raise HoursRefused(
                    f"Resuming uses {in_words(owed / 1000)} of work again that was refunded, and {entrant} has "
                    f"{in_words(balance.available / 1000)} left; ask an organiser for more, or start anew."
                )
            name = uuid.uuid4().hex
            self._add(connection, entrant, Kind.RESERVED, owed, name, run, "saved work taken over")
            self._add(connection, entrant, Kind.USED, owed, name, run, "saved work taken over")
            return owed / 1000

    def _writing(self) -> AbstractContextManager[sqlite3.Connection]:
        return database.writing(self.path)

    def _balance(self, connection: sqlite3.Connection, entrant: str) -> Balance:
        return balance_of(entrant, database.read(connection, "entrant", entrant))

    def _settle(self, connection: sqlite3.Connection) -> None:
        """Close the reservations of runs that died, and refund them; who resumes one pays for what it had saved."""
        for lease in connection.execute("SELECT * FROM lease").fetchall():
            alive = self.alive(Process(*lease[3:6]))
            if alive is None:
                alive = self.now() - lease[6] < STALE_SECONDS
            if not alive:
                self._close(connection, lease, lease[7], DIED)

    def _close(self, connection: sqlite3.Connection, lease: _Row, used: int, refund: str) -> None:
        reservation, entrant, run = lease[:3]
        entries = database.read(connection, "reservation", reservation)
        held = sum(entry.ms for entry in entries if entry.kind is Kind.RESERVED)
        if used > held:
            self._add(connection, entrant, Kind.RESERVED, used - held, reservation, run, "ran over")
        self._add(connection, entrant, Kind.USED, used, reservation, run)
        if used < held:
            self._add(connection, entrant, Kind.RETURNED, held - used, reservation, run)
        if refund and used:
            self._add(connection, entrant, Kind.REFUNDED, used, reservation, run, refund)
        connection.execute("DELETE FROM lease WHERE reservation = ?", (reservation,))

    def _lease(self, connection: sqlite3.Connection, reservation: str) -> _Row | None:
        found: _Row | None = connection.execute("SELECT * FROM lease WHERE reservation = ?", (reservation,)).fetchone()
        return found

    def _add(
        self,
        connection: sqlite3.Connection,
        entrant: str,
        kind: Kind,
        ms: int,
        reservation: str = "",
        run: str = "",
        note: str = "",
    ) -> None:
        at = datetime.fromtimestamp(self.now(), UTC).isoformat(timespec="milliseconds")
        database.add(connection, Entry(0, at, entrant, kind, ms, reservation, run, note))


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def why_too_little(balance: Balance, seconds: float) -> str:
    """Why so many seconds cannot be held, and what to do."""
    if balance.granted == 0:
        return (
            f"{balance.entrant} has been granted no training time; an organiser grants it with "
            f"`finale train hours grant {balance.entrant} 3h`."
        )
    left = f"{balance.entrant} has {in_words(balance.available / 1000)} of training time left"
    held = f" and {in_words(balance.reserved / 1000)} held by other runs" if balance.reserved else ""
    if not seconds:
        return f"{left}{held}. " + ("Wait for them, or ask" if held else "Ask") + " an organiser for more."
    return (
        f"{left}{held}, but {in_words(seconds)} are needed. Train with fewer rows or epochs, or ask an organiser for "
        "more."
    )


def _check_name(entrant: str) -> None:
    if not entrant.strip() or entrant != entrant.strip() or not entrant.isprintable() or len(entrant) > 100:
        raise HoursRefused(f"{entrant!r} is no entrant's name: expected 1 to 100 printable characters.")
