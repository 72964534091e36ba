"""Bots take empty seats, and get up for the people whose seats they are."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.domain.actors import Role
from tests.live.acting import Director, Screen
from tests.live.server import LiveServer
from tests.players.hall import open_hall, short_event


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Director]:
    server = open_hall(tmp_path, short_event())
    yield Director(server)
    server.stop()


def seat(hall: Director, **wanted: int) -> None:
    assert hall.organiser.post("/organise/bots", data={k: str(v) for k, v in wanted.items()}).status_code == 204


def bots(server: LiveServer) -> dict[str, int]:
    return dict(server.house.arena.bots)


def test_bots_come_in_through_the_front_door_and_leave_when_sent_away(hall: Director) -> None:
    arena = hall.server.house.arena
    seat(hall, finalists=2, experts=5, phones=3)
    assert bots(hall.server) == {"finalists": 2, "experts": 5, "phones": 3}
    hall.until(lambda: len(arena.presence.finalists) == 2 and arena.presence.phones == 3)
    assert arena.presence.finalists == {"mei-ling", "arjun"}
    hall.until(lambda: len(arena.presence.experts) == 5)
    seat(hall)
    hall.until(lambda: not arena.presence.finalists and not arena.presence.phones)
    assert bots(hall.server) == {}


def test_a_bot_takes_no_seat_of_somebody_who_is_here(hall: Director) -> None:
    screen = Screen(hall.server, hall.server.client(Role.FINALIST, "mei-ling"), "play")
    hall.until(lambda: hall.server.house.arena.presence.finalists == {"mei-ling"})
    seat(hall, finalists=5)
    assert bots(hall.server) == {"finalists": 4}
    screen.close()


def test_a_bot_gets_up_when_its_person_arrives(hall: Director) -> None:
    arena = hall.server.house.arena
    seat(hall, finalists=1)
    hall.until(lambda: arena.presence.finalists == {"mei-ling"})
    screen = Screen(hall.server, hall.server.client(Role.FINALIST, "mei-ling"), "play")
    hall.until(lambda: bots(hall.server) == {})
    assert screen.frame()["phase"] == "upcoming"
    hall.until(lambda: arena.presence.finalists == {"mei-ling"})
    screen.close()


def test_a_bot_takes_a_seat_that_stays_empty(hall: Director, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.players.autopilot.AWAY_SECONDS", 0.1)
    screen = Screen(hall.server, hall.server.client(Role.FINALIST, "mei-ling"), "play")
    hall.until(lambda: hall.server.house.arena.presence.finalists == {"mei-ling"})
    seat(hall, finalists=5)
    assert bots(hall.server) == {"finalists": 4}
    screen.close()
    hall.until(lambda: bots(hall.server) == {"finalists": 5})
