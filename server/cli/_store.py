"""The database from the command line: opened for one command, an event found in it, its links."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from server.domain.errors import NotFound
from server.settings import Settings
from server.store import events
from server.store.database import open_database
from server.store.events import Stored
from server.store.writer import Writer
from server.web.links import Generations, Links
from server.web.sessions import Keys, read_secret


@contextmanager
def opened(settings: Settings) -> Iterator[Writer]:
    """The database, brought up to date. Raises StoreError."""
    engine = open_database(settings.database)
    writer = Writer(engine)
    try:
        yield writer
    finally:
        writer.close()
        engine.dispose()


def event_of(writer: Writer, event_id: str) -> Stored:
    """One event; the newest one for an empty id. Raises NotFound with the ids that there are."""
    known = writer.do_now(events.every)
    for stored in known:
        if event_id in ("", stored.event.id):
            return stored
    if not known:
        raise NotFound("There is no event in this database yet. `finale event new` makes one, `finale demo` too.")
    ids = ", ".join(stored.event.id for stored in known[:10])
    raise NotFound(f"There is no event {event_id!r} in this database. There is: {ids}.")


def links_of(settings: Settings, writer: Writer, stored: Stored) -> Links:
    """The links of an event as they work now."""
    generations = Generations(writer, stored.event.id)
    keys = Keys(read_secret(settings.secret_file), stored.event.id, generations, settings.link_days)
    return Links(keys, generations, settings.base_url, stored.code)


def now_ms() -> int:
    """The wall clock, epoch milliseconds; for commands without a running show."""
    return time.time_ns() // 1_000_000
