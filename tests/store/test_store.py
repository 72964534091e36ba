"""The database: migrations, the chain, one writer, and what happens when it cannot be used."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from server.arena.archive import Exchange
from server.domain.chain import verify_chain
from server.domain.evolve import fold, initial
from server.store import events, journal, people, verdicts
from server.store.archive import EventArchive
from server.store.codec import KINDS, decode, encode
from server.store.database import open_database
from server.store.errors import StoreError, StoreFull
from server.store.writer import Writer
from tests.stagehand import START, Stagehand, event


@pytest.fixture
def writer(tmp_path: Path) -> Writer:
    made = Writer(open_database(f"sqlite:///{tmp_path}/finale.db"))
    made.do_now(lambda connection: events.create(connection, event(), "4821", START))
    return made


def test_the_migrations_build_exactly_the_tables_of_the_models(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/finale.db")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []


def test_commits_are_durable_and_the_log_is_written_ahead(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/finale.db")
    with engine.connect() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA synchronous")) == 2
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1


def test_a_database_of_a_newer_version_is_left_alone_and_says_so(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/finale.db"
    open_database(url).dispose()
    with sqlite3.connect(tmp_path / "finale.db") as raw:
        raw.execute("DROP TABLE probe")
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="newer version"):
        open_database(url)


def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    (tmp_path / "finale.db").write_text("This is a letter to my mother, and quite a long one. " * 50)
    with pytest.raises(StoreError, match="not a database"):
        open_database(f"sqlite:///{tmp_path}/finale.db")


def test_a_folder_that_cannot_be_written_says_so() -> None:
    with pytest.raises((StoreError, OSError)):
        open_database("sqlite:////proc/nowhere/finale.db")


async def test_a_full_disk_writes_nothing_and_says_what_to_do(writer: Writer) -> None:
    with writer._engine.connect() as connection:
        pages = connection.scalar(text("PRAGMA page_count"))

    def fill(connection: object) -> None:
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))  # type: ignore[attr-defined]
        for number in range(10_000):
            people.put_generation(connection, "demo", "finalist", f"x{number}" * 200, 2, 0)  # type: ignore[arg-type]

    with pytest.raises(StoreFull, match="nothing was written"):
        await writer.do(fill)
    assert writer.do_now(lambda connection: people.generations(connection, "demo")) == {}


def test_a_whole_show_survives_the_journal_and_folds_to_the_same_state(writer: Writer) -> None:
    hand = Stagehand().play_out()
    tip = journal.tip_of(())
    for at, happening in hand.journal:
        entries = journal.chained(tip, [(at, happening)])
        writer.do_now(lambda connection, entries=entries: journal.append(connection, "demo", entries))
        tip = journal.tip_of(entries)
    state, alive_at = EventArchive(writer, "demo").load()
    assert state == hand.state
    assert alive_at == hand.now


def test_the_chain_notices_a_changed_entry(writer: Writer) -> None:
    hand = Stagehand().reveal()
    entries = journal.chained(journal.tip_of(()), [(hand.now, happening) for _, happening in hand.journal])
    writer.do_now(lambda connection: journal.append(connection, "demo", entries))
    assert verify_chain(writer.do_now(lambda c: journal.read(c, "demo"))) is None
    change = text("UPDATE journal SET payload = replace(payload, '{', '{ ') WHERE number = 5")
    writer.do_now(lambda connection: connection.execute(change))
    broken = verify_chain(writer.do_now(lambda c: journal.read(c, "demo")))
    assert broken is not None
    assert broken.number == 5


def test_a_second_writer_is_refused_by_the_key(writer: Writer) -> None:
    entries = journal.chained(journal.tip_of(()), [(START, Stagehand().brief().journal[0][1])])
    writer.do_now(lambda connection: journal.append(connection, "demo", entries))
    with pytest.raises(IntegrityError):
        writer.do_now(lambda connection: journal.append(connection, "demo", entries))


def test_every_kind_of_event_survives_its_json() -> None:
    seen: set[str] = set()
    for at, happening in Stagehand().play_out().journal:
        kind, payload = encode(happening)
        seen.add(kind)
        assert decode(kind, payload) == happening, at
    assert seen <= set(KINDS)


def test_a_seat_code_lets_one_phone_in_and_the_same_phone_again(writer: Writer) -> None:
    writer.do_now(lambda connection: people.add_seats(connection, "demo", ["K7PQ", "M2XA"]))

    def redeem(code: str, phone: str) -> bool:
        return writer.do_now(lambda connection: people.redeem(connection, "demo", code, phone, START))

    assert redeem("K7PQ", "phone-1")
    assert redeem("K7PQ", "phone-1")
    assert not redeem("K7PQ", "phone-2")
    assert not redeem("NOPE", "phone-2")
    assert writer.do_now(lambda c: people.seats(c, "demo")) == [("K7PQ", True), ("M2XA", False)]


def test_an_event_id_is_taken_once(writer: Writer) -> None:
    with pytest.raises(StoreError, match="already"):
        writer.do_now(lambda connection: events.create(connection, event(), "1111", START))


def test_folding_needs_no_other_table_than_the_journal(writer: Writer) -> None:
    hand = Stagehand().seal()
    entries = journal.chained(journal.tip_of(()), [(hand.now, happening) for _, happening in hand.journal])
    again = fold(initial(event()), journal.happenings(entries))
    assert again.rounds[0].tally == hand.round.tally
    assert again.rounds[0].scorecards == hand.round.scorecards


def test_requests_to_judges_are_kept_word_for_word_and_found_by_round(writer: Writer) -> None:
    first = Exchange("1.1", "judge", False, "Mark these.", "7", "ab" * 32, ("farah", "arjun"), 12.5, "prose")
    second = Exchange("2.1", "judge", True, "Again.", "", "cd" * 32)
    archive = EventArchive(writer, "demo")
    writer.do_now(lambda connection: verdicts.put(connection, "demo", [first, second], START))
    assert archive.exchanges() == [replace(first, at_ms=START), replace(second, at_ms=START)]
    assert archive.exchanges("2.1") == [replace(second, at_ms=START)]


def test_a_database_from_before_keeps_its_requests_without_order_and_time(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/finale.db"
    open_database(url).dispose()
    with sqlite3.connect(tmp_path / "finale.db") as raw:
        for column in ("shown", "ms", "error"):
            raw.execute(f"ALTER TABLE judge_request DROP COLUMN {column}")
        raw.execute("DROP TABLE probe")
        raw.execute("UPDATE alembic_version SET version_num = '0001'")
        columns = "event, round, judge, rejudging, request, reply, sha256, at_ms"
        raw.execute(f"INSERT INTO judge_request ({columns}) VALUES ('demo', '1.1', 'judge', 0, 'Mark.', '7', 'ab', 5)")
    archive = EventArchive(Writer(open_database(url)), "demo")
    assert archive.exchanges() == [Exchange("1.1", "judge", False, "Mark.", "7", "ab", (), 0.0, "", 5)]
