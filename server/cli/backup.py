"""`finale backup`."""

from pathlib import Path
from typing import Annotated

import typer

from server.cli import _sqlite
from server.cli._options import Database, Force, settings_of
from server.cli._progress import pages
from server.domain.errors import Refused


def backup(
    file: Annotated[Path, typer.Argument(help="Where to write the copy.")],
    force: Force = False,
    database: Database = None,
) -> None:
    """Copy the database to a file, also in the middle of a show, and check that the copy is sound.

    Keep the key that signs the links (var/secret) beside it: without it everybody needs a fresh link.
    """
    source = _sqlite.file_of(settings_of(database=database).database)
    if file.exists() and not force:
        raise Refused(f"{file} exists already. Choose another name, or overwrite it with --force.")
    file.parent.mkdir(parents=True, exist_ok=True)
    with pages("Copying") as progress:
        _sqlite.copy(source, file, progress)
    typer.echo(f"{file}: {file.stat().st_size / 2**20:.1f} MB, checked.")
