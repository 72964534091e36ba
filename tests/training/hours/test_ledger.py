"""The ledger: what is granted is available, held or used, whatever happens and whoever dies."""

import multiprocessing
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.training.hours import spenders
from training.hours import HoursRefused, Kind, Ledger
from training.hours.liveness import Process, is_alive, this_process


class Clock:
    """Epoch seconds that stand still until they are moved."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """An empty ledger."""
    return Ledger(tmp_path / "hours.db")


def amounts(ledger: Ledger, entrant: str = "mei") -> tuple[float, float, float]:
    """Seconds available, held and used."""
    balance = ledger.balance(entrant)
    assert balance.granted == balance.available + balance.reserved + balance.used
    return balance.available / 1000, balance.reserved / 1000, balance.used / 1000


def test_unused_time_is_returned(ledger: Ledger) -> None:
    ledger.grant("mei", 100)
    reservation = ledger.reserve("mei", "run-1", 60)
    assert amounts(ledger) == (40, 60, 0)
    ledger.close(reservation, 25.5)
    assert amounts(ledger) == (74.5, 0, 25.5)
    kinds = [entry.kind for entry in ledger.entries("mei")]
    assert kinds == [Kind.GRANTED, Kind.RESERVED, Kind.USED, Kind.RETURNED]


def test_a_blameless_run_is_refunded_with_the_reason(ledger: Ledger) -> None:
    ledger.grant("mei", 100)
    ledger.close(ledger.reserve("mei", "run-1", 60), 25, "the disk was full")
    assert amounts(ledger) == (100, 0, 0)
    assert ledger.entries("mei")[-1].note == "the disk was full"


def test_closing_twice_charges_once(ledger: Ledger) -> None:
    ledger.grant("mei", 100)
    reservation = ledger.reserve("mei", "run-1", 60)
    ledger.close(reservation, 25)
    ledger.close(reservation, 60)
    assert amounts(ledger) == (75, 0, 25)


def test_a_run_that_ran_over_is_charged_what_it_took(ledger: Ledger) -> None:
    ledger.grant("mei", 100)
    ledger.close(ledger.reserve("mei", "run-1", 60), 61.5)
    assert amounts(ledger) == (38.5, 0, 61.5)


def test_holding_more_goes_as_far_as_there_is_time(ledger: Ledger) -> None:
    ledger.grant("mei", 100)
    reservation = ledger.reserve("mei", "run-1", 60)
    assert ledger.extend(reservation, 30) == 30
    assert ledger.extend(reservation, 30) == 10
    assert amounts(ledger) == (0, 100, 0)
    assert ledger.extend("unknown", 5) == 0


@pytest.mark.parametrize(
    ("prepare", "reason"),
    [
        (lambda ledger: None, "mei has been granted no training time; an organiser grants it"),
        (lambda ledger: ledger.grant("mei", 30), "mei has 30 s of training time left, but 60 s are needed"),
        (lambda ledger: [ledger.grant("mei", 90), ledger.reserve("mei", "a", 60)], "left and 60 s held by other runs"),
    ],
)
def test_what_is_not_there_cannot_be_held(prepare: Callable[[Ledger], Any], reason: str, ledger: Ledger) -> None:
    prepare(ledger)
    before = ledger.entries("mei")
    with pytest.raises(HoursRefused, match=reason):
        ledger.reserve("mei", "run-1", 60)
    assert ledger.entries("mei") == before


def test_a_grant_can_be_withdrawn_as_far_as_it_is_unused(ledger: Ledger) -> None:
    ledger.grant("mei", 100)
    ledger.close(ledger.reserve("mei", "run-1", 60), 60)
    with pytest.raises(HoursRefused, match="40 s left; no more than that"):
        ledger.grant("mei", -41)
    ledger.grant("mei", -40, "for somebody else")
    assert amounts(ledger) == (0, 0, 60)


@pytest.mark.parametrize("name", ["", "  ", " mei", "a\nb", "x" * 101])
def test_a_name_must_be_one(name: str, ledger: Ledger) -> None:
    with pytest.raises(HoursRefused, match="no entrant's name"):
        ledger.grant(name, 10)


def test_entries_can_be_neither_changed_nor_deleted(ledger: Ledger) -> None:
    ledger.grant("mei", 100)
    with sqlite3.connect(ledger.path) as connection:
        for statement in ("UPDATE entry SET ms = 999", "DELETE FROM entry"):
            with pytest.raises(sqlite3.IntegrityError, match="entries are final"):
                connection.execute(statement)
    assert amounts(ledger) == (100, 0, 0)


def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hours.db").write_text("not a database, but quite long enough to be read as one" * 20)
    with pytest.raises(HoursRefused, match="cannot be used"):
        Ledger(tmp_path / "hours.db").balance("mei")


def test_a_run_that_died_here_is_refunded_at_the_next_look(tmp_path: Path) -> None:
    living = Ledger(tmp_path / "hours.db")
    living.grant("mei", 100)
    reservation = living.reserve("mei", "run-1", 60)
    living.beat(reservation, 20)
    after = Ledger(tmp_path / "hours.db", alive=lambda process: False)
    assert amounts(after) == (100, 0, 0)
    assert [entry.kind for entry in after.entries("mei")][-3:] == [Kind.USED, Kind.RETURNED, Kind.REFUNDED]
    assert "without a word" in after.entries("mei")[-1].note
    assert not living.beat(reservation, 30), "the run learns that it was taken for dead"
    living.close(reservation, 30)
    assert amounts(living) == (100, 0, 0)


def test_a_run_on_another_machine_is_dead_when_it_has_not_beaten_for_long(tmp_path: Path) -> None:
    clock = Clock()
    ledger = Ledger(tmp_path / "hours.db", now=clock, alive=lambda process: None)
    ledger.grant("mei", 100)
    reservation = ledger.reserve("mei", "run-1", 60)
    clock.now += 170
    assert ledger.beat(reservation, 10)
    clock.now += 170
    assert amounts(ledger) == (40, 60, 0)
    clock.now += 11
    assert amounts(ledger) == (100, 0, 0)


def test_work_that_was_refunded_and_is_used_again_is_charged_once(ledger: Ledger) -> None:
    ledger.grant("mei", 100)
    ledger.close(ledger.reserve("mei", "run-1", 60), 25, "the disk was full")
    assert ledger.take_over("mei", "run-1", 20) == 20
    assert ledger.take_over("mei", "run-1", 20) == 0
    assert amounts(ledger) == (80, 0, 20)
    ledger.grant("mei", -70)
    with pytest.raises(HoursRefused, match="work again that was refunded, and mei has 10 s left"):
        ledger.take_over("mei", "run-1", 50)


def test_a_process_knows_itself_and_the_dead() -> None:
    me = this_process()
    assert is_alive(me)
    assert is_alive(Process(me.place, me.number, me.began - 1000)) is False, "another process had the number"
    assert is_alive(Process("elsewhere", me.number, me.began)) is None


def test_processes_at_once_never_hold_more_than_there_is(ledger: Ledger) -> None:
    ledger.grant("mei", 100)
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        held = pool.map(spenders.hold, [(str(ledger.path), 7)] * 24)
    assert sum(held) == 14
    assert amounts(ledger) == (2, 0, 98)


ACTS = st.one_of(
    st.tuples(st.just("grant"), st.integers(1, 100_000)),
    st.tuples(st.just("withdraw"), st.integers(1, 100_000)),
    st.tuples(st.just("reserve"), st.integers(1, 100_000)),
    st.tuples(st.just("extend"), st.integers(1, 100_000)),
    st.tuples(st.just("close"), st.integers(0, 120_000)),
    st.tuples(st.just("refund"), st.integers(0, 120_000)),
    st.tuples(st.just("die"), st.integers(0, 120_000)),
    st.tuples(st.just("take over"), st.integers(0, 120_000)),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACTS, max_size=12))
def test_nothing_is_lost_and_nothing_appears(acts: list[tuple[str, int]], tmp_path_factory: Any) -> None:
    path = tmp_path_factory.mktemp("ledger") / "hours.db"
    ledger, granted, held = Ledger(path), 0, list[str]()
    for act, ms in acts:
        seconds = ms / 1000
        try:
            if act in ("grant", "withdraw"):
                change = seconds if act == "grant" else -seconds
                ledger.grant("mei", change)
                granted += round(change * 1000)
            elif act == "reserve":
                held.append(ledger.reserve("mei", "run", seconds))
            elif act == "take over":
                ledger.take_over("mei", "run", seconds)
            elif held and act == "extend":
                ledger.extend(held[-1], seconds)
            elif held and act == "die":
                ledger.beat(held.pop(), seconds)
                Ledger(path, alive=lambda process: False).balance("mei")
                held.clear()
            elif held:
                ledger.close(held.pop(), seconds, "why" if act == "refund" else "")
        except HoursRefused:
            continue
        balance = ledger.balance("mei")
        assert balance.granted == granted == balance.available + balance.reserved + balance.used
        assert min(balance.reserved, balance.used) >= 0
        assert bool(held) == bool(balance.reserved)
