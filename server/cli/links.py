"""`finale links`."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from server.cli import _links_shown
from server.cli._options import Database, EventId, Port, PublicUrl, settings_of
from server.cli._running import found
from server.cli._store import event_of, links_of, now_ms, opened
from server.domain.event import Event
from server.settings import Settings
from server.store.archive import EventArchive
from server.store.writer import Writer
from server.web.links import Links

_console = Console()


def links(
    event: EventId = "",
    fresh: Annotated[
        tuple[str, str] | None, typer.Option(help="ROLE WHO: end this person's old link and make a new one.")
    ] = None,
    qr: Annotated[bool, typer.Option("--qr", help="A QR code under every link.")] = False,
    qr_dir: Annotated[Path | None, typer.Option(help="Write every QR code as an SVG file into this folder.")] = None,
    database: Database = None,
    port: Port = None,
    public_url: PublicUrl = None,
) -> None:
    """Everybody's link, and the audience's QR code. Whoever has a link is that person: hand it to them alone.

    A lost laptop: `finale links EVENT --fresh finalist mei-ling`. The old link and its sessions end at once, also on a
    server that is running.
    """
    settings = settings_of(database=database, port=port, public_url=public_url)
    with opened(settings) as writer:
        stored = event_of(writer, event)
        made_up = EventArchive(writer, stored.event.id).load()[0].event
        everybody = links_of(settings, writer, stored)
        if fresh is not None:
            print(_renewed(settings, writer, everybody, made_up, *fresh))
            return
        if qr_dir is not None:
            print(f"{_links_shown.write_qr_files(qr_dir, everybody, made_up)} QR codes are in {qr_dir}.")
            return
        _links_shown.show(_console, everybody, made_up, qr_of_all=qr)


def _renewed(settings: Settings, writer: Writer, links: Links, event: Event, role: str, who: str) -> str:
    """A fresh link: from the running server, which must know of it, else straight in the store."""
    running = found(settings, links, event.id)
    if running is not None:
        return str(running.post(f"/people/{role}/{who}/link", {"reason": "from the command line"})["url"])
    return asyncio.run(links.renew(event, role, who, now_ms())).url
