"""One statement that inserts a row or replaces the one with the same key, on SQLite and PostgreSQL."""

from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel


def upsert(connection: Connection, table: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    """Insert or replace `rows` (all with the same columns) by primary key, in one go."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    core = table.__table__  # type: ignore[attr-defined]
    statement = dialect.insert(core)
    keys = [column.name for column in core.primary_key]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), rows)
