"""Copies of a SQLite database while it is in use, checked before anybody relies on them."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from server.domain.errors import Refused

PAGES_PER_STEP = 256


def file_of(database: str) -> Path:
    """The file of a database address. Raises Refused for other databases, which have tools of their own."""
    try:
        url = make_url(database)
    except ArgumentError as error:
        raise Refused(f"{database!r} is no database address; write it as sqlite:///var/finale.db.") from error
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        raise Refused(f"{url.get_backend_name()} has backup tools of its own (pg_dump, for example); use those.")
    return Path(url.database)


def copy(source: Path, target: Path, progress: Callable[[int, int], None]) -> None:
    """A consistent copy of `source`, even while a server writes to it. `progress(pages left, pages)`.

    Written beside the target and put in its place whole. Raises Refused when either file is no sound database.
    """
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        with closing(_opened(source)) as old, closing(sqlite3.connect(partial)) as new:
            old.backup(new, pages=PAGES_PER_STEP, progress=lambda _, left, pages: progress(left, pages))
            new.execute("PRAGMA journal_mode=DELETE")
        must_be_sound(partial)
        partial.replace(target)
    except sqlite3.Error as error:
        raise Refused(f"{source} could not be copied: {error}. Nothing was changed.") from error
    finally:
        partial.unlink(missing_ok=True)


def must_be_sound(file: Path) -> None:
    """Raises Refused unless the file is a sound database of the arena."""
    try:
        with closing(_opened(file)) as connection:
            found = connection.execute("PRAGMA integrity_check").fetchone()[0]
            tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error as error:
        raise Refused(f"{file} is no sound database: {error}.") from error
    if found != "ok":
        raise Refused(f"{file} is damaged: {found}.")
    if not {"event", "journal", "alembic_version"} <= tables:
        raise Refused(f"{file} is a database, but not one of the arena.")


def _opened(file: Path) -> sqlite3.Connection:
    if not file.is_file():
        raise Refused(f"There is no database at {file}.")
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
