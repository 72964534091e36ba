"""A new event: its row, and its make-up as the first entry of its journal, so that the journal alone tells all."""

import secrets
from collections.abc import Mapping

from sqlalchemy import Connection

from server.domain.event import Event
from server.domain.events import EventConfigured
from server.domain.setup import check_event
from server.store import desks, events, journal

CODES = range(1000, 10_000)


def found(
    connection: Connection,
    event: Event,
    at_ms: int,
    shelves: Mapping[str, tuple[str, ...]] | None = None,
    code: str = "",
) -> str:
    """Write a new event; gives its join code, drawn unless given. `shelves`: finalist → prompts that lie ready.

    Raises Refused if it cannot be played as it is made up, StoreError if its id is taken.
    """
    check_event(event)
    code = code or _free_code(connection)
    events.create(connection, event, code, at_ms)
    journal.append(connection, event.id, journal.chained(journal.tip_of(()), [(at_ms, EventConfigured(event))]))
    for finalist, prompts in (shelves or {}).items():
        desks.put_shelf(connection, event.id, finalist, prompts, at_ms)
    return code


def _free_code(connection: Connection) -> str:
    """Four digits that no other event of this database uses."""
    taken = {stored.code for stored in events.every(connection)}
    return secrets.choice([code for code in map(str, CODES) if code not in taken])
