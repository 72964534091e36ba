"""A server on a real port that knows its own address, with a short event whose journal begins with its make-up."""

from dataclasses import replace
from pathlib import Path

from server.domain.actors import Role
from server.domain.event import Event, Question
from server.domain.rules import Rules, Scoring
from server.store.database import open_database
from server.store.founding import found
from server.store.writer import Writer
from tests import stagehand
from tests.live.server import CODE, LiveServer


def short_event(**changes: object) -> Event:
    """One question for double points, on the shortest clocks there are."""
    rules = Rules(scoring=Scoring(audience_quorum=1), round_seconds=5, voting_seconds=5, grace_seconds=1)
    made = stagehand.event(questions=(Question("An acronym?", multiplier=2),), rules=rules)
    return replace(made, **changes)  # type: ignore[arg-type]


def open_hall(folder: Path, event: Event) -> LiveServer:
    """The server, started."""
    writer = Writer(open_database(f"sqlite:///{folder}/finale.db"))
    writer.do_now(lambda connection: found(connection, event, stagehand.START, code=CODE))
    writer.close()
    server = LiveServer(folder, event).start()
    server.house.settings = server.house.settings.model_copy(update={"port": server.port})
    return server


def organiser_token(server: LiveServer) -> str:
    return server.house.links.token(Role.ORGANISER, "organiser")
