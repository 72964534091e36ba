"""Which events name which adapter: what an event has played stays on the shelf, so that its results say what it was."""

from sqlalchemy import Connection

from server.domain.evolve import fold, initial
from server.store import events, journal


def named_adapters(connection: Connection) -> dict[str, list[str]]:
    """Name on the engine → ids of the events whose finalists play it, in any event of the database."""
    named: dict[str, list[str]] = {}
    for stored in events.every(connection):
        state = fold(initial(stored.event), journal.happenings(journal.read(connection, stored.event.id)))
        for finalist in state.event.finalists:
            if finalist.adapter:
                named.setdefault(finalist.adapter, []).append(stored.event.id)
    return named
