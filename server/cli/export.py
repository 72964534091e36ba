"""`finale export`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from server.cli._options import Database, EventId, Force, OutFile, settings_of
from server.cli._store import event_of, opened
from server.domain.bundle_csv import tables
from server.domain.derived import Json
from server.domain.errors import Refused
from server.results import bundle_of, show_of
from server.store.archive import EventArchive

CsvFolder = Annotated[Path | None, typer.Option("--csv", help="Also write the flat tables into this folder.")]


def export(
    event: EventId, out: OutFile = None, csv: CsvFolder = None, force: Force = False, database: Database = None
) -> None:
    """Write the results to one JSON file that anyone can recompute with `finale verify`.

    The file is EVENT-results.json unless --out says otherwise. It holds every mark and the whole journal: publish it
    only when the show is over. A server may be running meanwhile.
    """
    with opened(settings_of(database=database)) as writer:
        stored = event_of(writer, event)
        archive = EventArchive(writer, stored.event.id)
        state, _ = archive.load()
        bundle = bundle_of(archive, state)
    file = out or Path(f"{stored.event.id}-results.json")
    if file == Path("-"):
        print(_text(bundle))
        return
    _write(file, _text(bundle) + "\n", force)
    typer.echo(f"{file}: {len(bundle['rounds'])} rounds, {bundle['journal']['entries']} journal entries.")
    if csv is not None:
        for name, text in tables(bundle).items():
            _write(csv / name, text, force)
        typer.echo(f"{csv}: {', '.join(tables(bundle))}.")
    if not show_of(state).may_be_published:
        typer.echo("A round is still being played, and the file tells its marks. Do not publish it yet.", err=True)


def _text(bundle: Json) -> str:
    return json.dumps(bundle, indent=1)


def _write(file: Path, text: str, force: bool) -> None:
    """Write a file whole or not at all. Raises Refused if it is there already."""
    if file.exists() and not force:
        raise Refused(f"{file} exists already. Choose another name, or overwrite it with --force.")
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.partial")
    try:
        partial.write_text(text, encoding="utf-8", newline="")
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
