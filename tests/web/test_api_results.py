"""The API after a round: results, tables, other weights, the judges' exchanges, the feed."""

import csv
import io
import json
from collections.abc import Iterator

import httpx
import pytest

from server.domain.state import Phase
from server.domain.verify import verify
from server.retelling import retold
from tests.live.acting import Director
from tests.live.server import LiveServer
from tests.players.hall import open_hall, short_event
from tests.web.api_client import ApiClient, error


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    running = open_hall(tmp_path_factory.mktemp("results"), short_event())
    yield running
    running.stop()


@pytest.fixture(scope="module")
def api(server: LiveServer) -> ApiClient:
    """The organiser, after a whole show of one round."""
    hall, organiser = Director(server), ApiClient(server)
    hall.judging()
    for finalist in ("arjun", "arjun", "farah"):
        vote = server.phone().post("/vote/ballot", data={"round": "1.1", "choice": finalist})
        assert vote.status_code == 200
    hall.until(lambda: hall.round.verdicts)
    assert organiser.act("close-judging").status_code == 200
    hall.until(lambda: hall.round.phase is Phase.SEALED)
    for act in ("approve", "reveal-total", "finish"):
        assert organiser.act(act).status_code == 200
    return organiser


def test_the_bundle_verifies_with_its_journal_retold(api: ApiClient) -> None:
    report = verify(api.get("/results").json(), retold)
    assert report.ok, report.first_difference


def test_the_tables_are_csv_with_a_file_name(api: ApiClient) -> None:
    answer = api.get("/results.csv", table="scores")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "demo-scores.csv" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {row["finalist"]: row["audience"] for row in rows}["arjun"] == "6.666667"
    assert "table" in error(api.get("/results.csv", table="secrets"))


def test_other_weights_give_other_standings_and_change_nothing(api: ApiClient) -> None:
    before = api.get("/results").json()["standings"]
    told = api.post("/what-if", {"llm": "0", "experts": "0", "audience": "1"}).json()
    assert told["totals"]["arjun"] == "40/3"
    assert told["champion_changes"] in (True, False)
    assert len(told["changes"]) == 5
    assert api.get("/results").json()["standings"] == before


def test_weights_that_say_nothing_are_refused(api: ApiClient) -> None:
    assert "above zero" in error(api.post("/what-if", {"llm": 0, "experts": 0, "audience": 0}))
    for wrong in ({"llm": "-1"}, {"llm": "nan"}, {"llm": 1e400}, {"audience_method": "applause"}, {"weights": {}}):
        body, kind = json.dumps(wrong), {"content-type": "application/json"}
        answer = api.http.post("/what-if", content=body, headers=kind)
        assert answer.status_code == 422, wrong
        assert error(answer)


def test_what_the_judges_were_asked_is_there_to_be_read(api: ApiClient) -> None:
    assert api.get("/judge-exchanges").json() == []


def test_the_state_names_the_standings_and_that_it_is_over(api: ApiClient) -> None:
    state = api.get("/state").json()
    assert (state["finished"], state["next"], state["rounds_counted"]) == (True, None, 1)
    assert [place["rank"] for place in state["standings"]] == [1, 2, 3, 4, 5]
    assert state["standings"][0]["finalist"] == "arjun"


def entries(api: ApiClient, **params: object) -> list[tuple[str, str, dict[str, object]]]:
    """(id, kind, data) of every event that the feed holds now."""
    text = api.get("/feed", follow=False, **params).text
    found = []
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines())
        found.append((fields["id"], fields["event"], json.loads(fields["data"])))
    return found


def test_the_feed_holds_the_journal_under_its_numbers(api: ApiClient) -> None:
    found = entries(api)
    assert [int(id_) for id_, _, _ in found] == list(range(1, len(found) + 1))
    assert found[0][1] == "EventConfigured"
    assert found[-1][1] == "EventFinished"
    assert found[-1][2]["hash"] == api.get("/results").json()["journal"]["head"]


def test_the_feed_is_taken_up_where_it_broke_off(api: ApiClient) -> None:
    assert entries(api, after=3)[0][0] == "4"
    with api.http.stream("GET", "/feed", headers={"last-event-id": "5"}) as stream:
        first = next(stream.iter_lines())
    assert first == "id: 6"


def test_the_feed_tells_what_comes(server: LiveServer, api: ApiClient) -> None:
    last = len(entries(api))
    with httpx.Client(timeout=10) as other, api.http.stream("GET", "/feed", params={"after": last}) as stream:
        token = api.http.headers["authorization"]
        fresh = f"{server.url}/api/v1/people/stage/stage/link"
        assert other.post(fresh, headers={"authorization": token}, json={"reason": "new screen"}).status_code == 200
        lines = stream.iter_lines()
        assert next(lines) == f"id: {last + 1}"
        assert next(lines) == "event: LinkRenewed"
