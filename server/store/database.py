"""Opening the database: pragmas that make a commit durable, and the schema brought up to date by Alembic."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError

from server.store.errors import StoreError

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_MS = 5_000
CHECKPOINT_PAGES = 8_000  # 32 MB: a vote must not wait while the log is folded into the file


def open_database(url: str) -> Engine:
    """An engine on an up-to-date database.

    Raises StoreError when the file cannot be opened, is not a database, or was written by a newer version.
    """
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        _make_folder(engine)
        event.listen(engine, "connect", _set_pragmas)
    try:
        _migrate(engine)
    except (DatabaseError, OSError) as error:
        engine.dispose()
        raise _explained(url, error) from error
    return engine


def _make_folder(engine: Engine) -> None:
    file = engine.url.database
    if file and file != ":memory:":
        Path(file).parent.mkdir(parents=True, exist_ok=True)


def _set_pragmas(connection: Any, _record: object) -> None:
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"wal_autocheckpoint={CHECKPOINT_PAGES}",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _migrate(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        script = ScriptDirectory.from_config(config)
        if current is not None and current == script.get_current_head():
            return
        _must_know(script, current)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def _must_know(script: ScriptDirectory, revision: str | None) -> None:
    try:
        if revision is not None:
            script.get_revision(revision)
    except CommandError as error:
        raise StoreError(
            f"This database was written by a newer version (schema {revision}). "
            "Start that version, or point FINALE_DATABASE at another file; nothing was changed."
        ) from error


def _explained(url: str, error: Exception) -> StoreError:
    if isinstance(error, OperationalError | OSError):
        return StoreError(f"The database {url} cannot be opened: {error}. Check the path, its rights and the disk.")
    return StoreError(f"{url} is not a database of the arena: {error}. Point FINALE_DATABASE at another file.")
