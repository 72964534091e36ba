"""`finale demo`, which `make run` calls."""

import secrets
from dataclasses import replace
from itertools import count
from typing import Annotated

import typer
from rich.console import Console

from server.cli import _links_shown, _serving
from server.cli._models import models_of
from server.cli._options import Base, Database, Engine, Host, Port, PublicUrl, settings_of
from server.cli._store import links_of, now_ms, opened
from server.demo import DEMO_ID, SHELVES, demo_event
from server.settings import Settings
from server.store import events
from server.store.archive import EventArchive
from server.store.events import Stored
from server.store.founding import found
from server.store.writer import Writer

_console = Console()


def demo(
    host: Host = None,
    port: Port = None,
    database: Database = None,
    engine: Engine = None,
    base: Base = None,
    public_url: PublicUrl = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Make a new demo event, though there is one.")] = False,
) -> None:
    """Show everything on this machine: a ready event with five models, its links, and the server.

    Open the organiser's link first; it offers bots for every empty seat, so one person can watch a whole show. The
    demo is a rehearsal by design: its result can never be taken for a real one.
    """
    settings = settings_of(host=host, port=port, database=database, engine=engine, base=base, public_url=public_url)
    taken, settings = _serving.listen(settings)
    with opened(settings) as writer:
        stored = _ready(writer, settings, fresh)
        settings = settings.model_copy(update={"event": stored.event.id})
        links = links_of(settings, writer, stored)
        _links_shown.show_qr_codes(_console, links, stored.event)
        _links_shown.show(_console, links, stored.event)
        if EventArchive(writer, stored.event.id).load()[0].finished_at is not None:
            _console.print("This demo has been played to its end. `finale demo --fresh` makes a new one.")
    _console.print("The models are loading; the readiness board says when they answer. Ctrl+C stops the server.\n")
    _serving.run(settings, taken)


def _ready(writer: Writer, settings: Settings, fresh: bool) -> Stored:
    """The event to run: the newest one, or a new demo where there is none."""
    known = writer.do_now(events.every)
    if known and not fresh:
        return next((stored for stored in known if stored.event.id == settings.event), known[0])
    models = models_of(settings)
    made_up = demo_event(models.playable, models.seats, secrets.token_hex(8))
    made_up = replace(made_up, id=_free_id({stored.event.id for stored in known}))
    writer.do_now(lambda connection: found(connection, made_up, now_ms(), SHELVES))
    return next(stored for stored in writer.do_now(events.every) if stored.event.id == made_up.id)


def _free_id(taken: set[str]) -> str:
    ids = (DEMO_ID if number == 1 else f"{DEMO_ID}-{number}" for number in count(1))
    return next(one for one in ids if one not in taken)
