"""`finale restore`."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from server.cli import _sqlite
from server.cli._options import Database, Force, settings_of
from server.cli._progress import pages
from server.domain.errors import Refused


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `finale backup` wrote.")],
    force: Force = False,
    database: Database = None,
) -> None:
    """Put a backup in the place of the database. Stop the server first.

    Refuses to overwrite a database without --force; with it, the old one is kept beside the new one as
    NAME.before-restore.
    """
    _sqlite.must_be_sound(file)
    target = _sqlite.file_of(settings_of(database=database).database)
    if target.exists():
        if not force:
            raise Refused(f"{target} exists already. Overwrite it with --force; the old one is kept beside it.")
        _set_aside(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with pages("Restoring") as progress:
        _sqlite.copy(file, target, progress)
    typer.echo(f"{target} is restored from {file}. Start the server with the same event.")


def _set_aside(target: Path) -> None:
    """Keep the old database beside, with everything that its write-ahead log holds. Raises Refused if it is in use."""
    try:
        with closing(sqlite3.connect(target, timeout=1, isolation_level=None)) as connection:
            busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            raise Refused(f"{target} is in use. Stop the server, then restore.") from error
        busy = 0
    if busy:
        raise Refused(f"{target} is in use. Stop the server, then restore.")
    target.replace(target.with_name(f"{target.name}.before-restore"))
