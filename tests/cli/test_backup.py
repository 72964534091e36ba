"""`finale backup` and `finale restore`."""

import sqlite3
from pathlib import Path

import pytest

from server.store.database import open_database
from server.store.events import every
from server.store.writer import Writer
from tests.cli.conftest import Finale, failed, put
from tests.players.hall import short_event

DATABASE = Path("var/finale.db")


def names() -> list[str]:
    engine = open_database(f"sqlite:///{DATABASE}")
    with engine.connect() as connection:
        found = [stored.event.id for stored in every(connection)]
    engine.dispose()
    return found


def test_a_backup_taken_while_the_database_is_open_restores_the_same_events(finale: Finale, played: str) -> None:
    engine = open_database(played)
    Writer(engine).do_now(every)
    assert "checked" in finale("backup", "copy.db").stdout
    engine.dispose()
    for file in DATABASE.parent.iterdir():
        file.unlink()
    assert finale("restore", "copy.db").exit_code == 0
    assert names() == ["demo"]
    assert finale("export", "demo").exit_code == 0
    assert finale("verify", "demo-results.json").exit_code == 0


def test_nothing_is_overwritten_without_force(finale: Finale, played: str) -> None:
    finale("backup", "copy.db")
    assert "--force" in failed(finale("backup", "copy.db"))
    assert "--force" in failed(finale("restore", "copy.db"))
    assert finale("backup", "copy.db", "--force").exit_code == 0


def test_the_old_database_is_kept_beside_the_restored_one(finale: Finale, played: str) -> None:
    finale("backup", "copy.db")
    put(played, short_event(id="later"))
    assert finale("restore", "copy.db", "--force").exit_code == 0
    assert names() == ["demo"]
    assert DATABASE.with_name("finale.db.before-restore").exists()


def test_a_database_in_use_is_not_replaced(finale: Finale, played: str) -> None:
    finale("backup", "copy.db")
    engine = open_database(played)
    with engine.connect() as connection:
        every(connection)
        connection.exec_driver_sql("SELECT * FROM event").fetchone()
        assert "in use" in failed(finale("restore", "copy.db", "--force"))
    engine.dispose()
    assert names() == ["demo"]


@pytest.mark.parametrize(
    ("content", "says"), [(b"not a database at all" * 99, "no sound"), (None, "not one of the arena")]
)
def test_a_file_that_is_no_backup_is_refused(finale: Finale, played: str, content: bytes | None, says: str) -> None:
    if content is None:
        sqlite3.connect("odd.db").execute("CREATE TABLE t (x)").connection.commit()
    else:
        Path("odd.db").write_bytes(content)
    assert says in failed(finale("restore", "odd.db", "--force"))
    assert names() == ["demo"]


def test_a_missing_database_and_another_kind_are_told(finale: Finale, url: str) -> None:
    assert "There is no database" in failed(finale("backup", "copy.db"))
    assert "pg_dump" in failed(finale("backup", "copy.db", "--database", "postgresql://host/finale"))
    assert "no database address" in failed(finale("backup", "copy.db", "--database", "finale.db"))
