"""Events as rows: make, list, load; and when the server was last alive."""

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from server.domain.event import Event
from server.store.codec import decode_event, encode_event
from server.store.errors import StoreError
from server.store.tables import EventRow

_table = EventRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Stored:
    """An event as it was made, its join code, and when a server last ran it (epoch ms, 0 for never)."""

    event: Event
    code: str
    created_at: int
    alive_at: int


def create(connection: Connection, event: Event, code: str, at_ms: int) -> None:
    """Write a new event. Raises StoreError if the id is taken."""
    if connection.scalar(select(_table.c.id).where(_table.c.id == event.id)) is not None:
        raise StoreError(f"There is an event {event.id!r} already. Choose another id.")
    row = {"id": event.id, "name": event.name, "rehearsal": event.rehearsal, "code": code}
    row |= {"made_up": encode_event(event), "created_at": at_ms}
    connection.execute(insert(_table), [row | {"alive_at": 0}])


def load(connection: Connection, event_id: str) -> Stored | None:
    """One event, or None."""
    return next((stored for stored in every(connection) if stored.event.id == event_id), None)


def every(connection: Connection) -> list[Stored]:
    """All events, the newest first."""
    query = select(_table.c.made_up, _table.c.code, _table.c.created_at, _table.c.alive_at)
    rows = connection.execute(query.order_by(_table.c.created_at.desc(), _table.c.id))
    return [Stored(decode_event(made_up), code, created, alive) for made_up, code, created, alive in rows]


def beat(connection: Connection, event_id: str, at_ms: int) -> None:
    """Note that the server is alive, so that a restart knows how long it was not."""
    connection.execute(update(_table).where(_table.c.id == event_id).values(alive_at=at_ms))
