"""`finale adapters`: list, check, add, remove."""

import asyncio
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from server.cli._models import models_of
from server.cli._options import Database, EventOption, Port, settings_of
from server.cli._running import Running, found
from server.cli._store import event_of, links_of, now_ms, opened
from server.domain.actors import ORGANISER
from server.domain.commands import Configure
from server.domain.decide import decide
from server.domain.errors import NotFound, Refused
from server.intake import HandedIn, Intake, with_model
from server.settings import Settings
from server.store import events
from server.store.archive import EventArchive
from server.store.named_adapters import named_adapters
from server.store.writer import Writer

app = typer.Typer(no_args_is_help=True, help="The models that finalists hand in: check them, put them on the shelf.")
_console = Console(soft_wrap=True, highlight=False)

File = Annotated[Path, typer.Argument(help="A .zip, a .tar.gz, or the folder that PEFT saved.", show_default=False)]
Finalist = Annotated[str, typer.Argument(help="The finalist's id, as in the event.", show_default=False)]
Name = Annotated[str, typer.Argument(help="As `finale adapters list` shows it.", show_default=False)]


@app.command("list")
def list_(database: Database = None) -> None:
    """Every model on the shelf, the oldest first, and the events that play it."""
    settings = settings_of(database=database)
    entries = _intake(settings).listed()
    with opened(settings) as writer:
        named = writer.do_now(named_adapters)
    if not entries:
        typer.echo(f"Nothing was handed in yet; what is comes to {settings.adapters_dir}.")
        return
    table = Table("name", "rank", "MB", "handed in", "file", "events", "", box=None, pad_edge=False)
    for entry in entries:
        table.add_row(*map(escape, _row(entry, ", ".join(named.get(entry.name, [])))))
    _console.print(table)


def _row(entry: HandedIn, played_in: str) -> tuple[str, ...]:
    at = datetime.fromtimestamp(entry.received_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    file = f"{entry.title} ({entry.file_name})" if entry.title else entry.file_name
    return (entry.name, str(entry.rank), f"{entry.bytes / 1e6:.1f}", at, file, played_in or "none", entry.problem)


@app.command()
def check(file: File) -> None:
    """Whether a model would be accepted, and why not. Nothing is kept."""
    rank, bytes_, sha256 = _intake(settings_of()).check(_there(file))
    typer.echo(f"{file.name} would be accepted: rank {rank}, {bytes_:,} bytes, SHA-256 {sha256}.")


@app.command()
def add(
    finalist: Finalist, file: File, event: EventOption = None, database: Database = None, port: Port = None
) -> None:
    """Hand in a model for a finalist: checked, put on the shelf, and played from now on.

    A running server takes it in and loads it; otherwise it is served from the next start. Refused once the first round
    of the event was opened.
    """
    settings = settings_of(event=event, database=database, port=port)
    _there(file)
    with opened(settings) as writer:
        running = _running(settings, writer)
        if running is not None:
            told = _sent(running, finalist, file)
            typer.echo(
                f"{told['name']} is in, rank {told['rank']}." + (f" {told['waiting']}" if told["waiting"] else "")
            )
            return
        played_in = _event_to_change(writer, settings.event, finalist)
        entry = asyncio.run(_intake(settings).receive(finalist, file, file.name, now_ms()))
        if played_in:
            _name_in_event(writer, played_in, entry)
    where = f"the event {played_in} plays it" if played_in else "no event names it yet"
    typer.echo(f"{entry.name} is on the shelf, rank {entry.rank}; {where}. It is served from the next start.")


@app.command()
def remove(name: Name, event: EventOption = None, database: Database = None, port: Port = None) -> None:
    """Take a model off the shelf for good; refused while any event names it."""
    settings = settings_of(event=event, database=database, port=port)
    with opened(settings) as writer:
        running = _running(settings, writer)
        if running is not None:
            running.delete(f"/adapters/{name}")
        else:
            asyncio.run(_intake(settings).remove(name, writer.do_now(named_adapters)))
    typer.echo(f"{name} is off the shelf.")


def _intake(settings: Settings) -> Intake:
    intake = models_of(settings).intake
    assert intake is not None, "built from settings, models have a shelf"
    return intake


def _there(file: Path) -> Path:
    if not file.exists():
        raise NotFound(f"There is no {file}; give a .zip, a .tar.gz or an adapter's folder.")
    return file


def _running(settings: Settings, writer: Writer) -> Running | None:
    if not writer.do_now(events.every):
        return None
    stored = event_of(writer, settings.event)
    return found(settings, links_of(settings, writer, stored), stored.event.id)


def _event_to_change(writer: Writer, wanted: str, finalist: str) -> str:
    """The event that is to play the model, "" if the newest has no such finalist. Raises Refused if it is locked."""
    if not wanted and not writer.do_now(events.every):
        return ""
    state, _ = EventArchive(writer, event_of(writer, wanted).event.id).load()
    if finalist not in state.event.finalist_ids:
        if wanted:
            raise NotFound(f"{wanted} has no finalist {finalist!r}; it has {', '.join(state.event.finalist_ids)}.")
        return ""
    if state.is_locked:
        raise Refused(
            f"The event {state.event.id} is locked: its first round was opened. Make the next one, or name another "
            "with --event."
        )
    return state.event.id


def _name_in_event(writer: Writer, event: str, entry: HandedIn) -> None:
    archive = EventArchive(writer, event)
    state, _ = archive.load()
    now = now_ms()
    happened = decide(state, Configure(with_model(state.event, entry)), ORGANISER, now)
    if happened:
        asyncio.run(archive.append([(now, one) for one in happened]))


def _sent(running: Running, finalist: str, file: Path) -> dict[str, str]:
    with _packed(file) as packed, packed.open("rb") as data:
        told: dict[str, str] = running.upload(f"/adapters/{finalist}", file.name, data)
    return told


@contextmanager
def _packed(file: Path) -> Iterator[Path]:
    """The archive itself, or a folder as one; what is in it is for the server to judge."""
    if file.is_file():
        yield file
        return
    with tempfile.TemporaryDirectory(prefix="finale-") as place:
        archive = Path(place) / "adapter.zip"
        with zipfile.ZipFile(archive, "w") as made:
            for one in sorted(file.iterdir()):
                if one.is_symlink() or not one.is_file():
                    raise Refused(f"{one.name!r} is not a plain file; hand in the adapter's files alone.")
                made.write(one, one.name)
        yield archive
