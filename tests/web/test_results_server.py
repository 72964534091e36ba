"""The results of a finished show on the whole server: real store, real middleware, after a restart."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from server.domain.actors import Role
from server.domain.verify import verify
from server.retelling import retold
from server.store import journal
from server.store.database import open_database
from server.store.founding import found
from server.store.writer import Writer
from tests.live.server import CODE, LiveServer
from tests.stagehand import START, Stagehand


def kept(folder: Path, hand: Stagehand) -> LiveServer:
    """A server on a database to which this show was written before."""
    writer = Writer(open_database(f"sqlite:///{folder}/finale.db"))
    event = hand.state.event.id
    writer.do_now(lambda connection: found(connection, hand.state.event, START, code=CODE))
    for at, happening in hand.journal:
        tip = journal.tip_of(writer.do_now(lambda connection: journal.read(connection, event)))
        entries = journal.chained(tip, [(at, happening)])
        writer.do_now(lambda connection, entries=entries: journal.append(connection, event, entries))
    writer.close()
    return LiveServer(folder, hand.state.event).start()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    running = kept(tmp_path_factory.mktemp("finished"), Stagehand().play_out())
    yield running
    running.stop()


def test_anyone_reads_the_result_under_the_strict_policy(server: LiveServer) -> None:
    answer = httpx.get(f"{server.url}/results")
    assert answer.status_code == 200
    assert "The champion" in answer.text
    assert answer.headers["content-encoding"] == "gzip"
    assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_the_file_that_anyone_downloads_verifies(server: LiveServer) -> None:
    report = verify(httpx.get(f"{server.url}/results.json").json(), retold)
    assert report.ok, report.first_difference


def test_the_page_of_checks_says_that_the_result_holds(server: LiveServer) -> None:
    assert "The result holds" in httpx.get(f"{server.url}/results/verify").text


def test_the_public_waits_while_the_organiser_looks_on(tmp_path: Path) -> None:
    running = kept(tmp_path, Stagehand().reveal())
    try:
        assert "The results are not out yet" in httpx.get(f"{running.url}/results").text
        assert "The results are not out yet" in running.phone().get("/results").text
        assert httpx.get(f"{running.url}/results.json").status_code == 403
        organiser = running.client(Role.ORGANISER, "organiser")
        assert "In front so far" in organiser.get("/results").text
        assert organiser.get("/results.json").status_code == 200
    finally:
        running.stop()
