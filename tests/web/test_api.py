"""The API before and in a show: doors, make-up, people, acts, state."""

from collections.abc import Iterator

import httpx
import pytest

from server.domain.actors import Role
from tests.live.server import LiveServer
from tests.players.hall import open_hall, short_event
from tests.web.api_client import ApiClient, error


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    running = open_hall(tmp_path_factory.mktemp("api"), short_event())
    yield running
    running.stop()


@pytest.fixture(scope="module")
def api(server: LiveServer) -> ApiClient:
    return ApiClient(server)


def test_no_token_a_wrong_one_and_somebody_elses_are_401_with_what_to_do(server: LiveServer) -> None:
    finalists = server.house.links.token(Role.FINALIST, "mei-ling")
    for token, says in (("", "finale links"), ("nonsense", "not one of ours"), (finalists, "not an organiser's")):
        answer = ApiClient(server, token).get("/state")
        assert answer.status_code == 401
        assert says in error(answer)
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_body_is_not_looked_at_without_a_token(server: LiveServer) -> None:
    assert ApiClient(server, "").post("/acts/extend", {"seconds": "many"}).status_code == 401


def test_the_state_of_a_show_that_has_not_begun(api: ApiClient) -> None:
    state = api.get("/state").json()
    assert (state["phase"], state["round"], state["locked"]) == ("upcoming", None, False)
    assert state["next"] == {"act": "open-round", "fields": {}}
    assert {"engine", "disk"} <= {row["key"] for row in state["readiness"]}


def test_the_make_up_can_be_read_changed_and_read_again(api: ApiClient) -> None:
    event = api.get("/event").json()
    event["name"] = "Another name"
    event["rules"]["scoring"]["weights"] = {"llm": "1/3", "experts": "1/3", "audience": "1/3"}
    answer = api.put("/event", event)
    assert answer.status_code == 200, answer.text
    assert api.get("/event").json() == event


def test_a_make_up_that_cannot_be_played_is_refused_in_sentences(api: ApiClient) -> None:
    event = api.get("/event").json()
    assert "no question" in error(api.put("/event", event | {"questions": []}))
    assert "id of an event cannot change" in error(api.put("/event", event | {"id": "other"}))
    assert "finalists" in error(api.put("/event", event | {"finalists": "nobody"}))


def test_a_new_event_is_made_once(api: ApiClient) -> None:
    event = api.get("/event").json() | {"id": "next-year", "name": "Next year"}
    answer = api.post("/events", event)
    assert answer.status_code == 201
    assert len(answer.json()["code"]) == 4
    assert "already" in error(api.post("/events", event))
    listed = {one["id"]: one["running"] for one in api.get("/events").json()}
    assert listed == {"next-year": False, "demo": True}


def test_people_have_links_and_a_fresh_one_ends_the_old(server: LiveServer, api: ApiClient) -> None:
    people = api.get("/people").json()
    assert len(people["people"]) == 12
    assert people["audience"]["code"] == "4821"
    old = next(one for one in people["people"] if one["who"] == "arjun")
    fresh = api.post("/people/finalist/arjun/link", {"reason": "lost the laptop"}).json()
    assert fresh["url"] != old["url"]
    token = old["url"].rsplit("/", 1)[1]
    assert httpx.get(f"{server.url}/enter/{token}").status_code == 403
    assert api.post("/people/finalist/nobody/link").status_code == 404


def test_readiness_is_probed_on_request(api: ApiClient) -> None:
    rows = api.post("/readiness/probe").json()
    assert {row["key"]: row["level"] for row in rows}["adapter-farah"] == "green"
    assert api.get("/readiness").json() == rows


def test_bots_are_counted_and_bounded(api: ApiClient) -> None:
    assert api.put("/bots", {"phones": 2}).json() == {"finalists": 0, "experts": 0, "phones": 2, "organiser": 0}
    assert api.get("/bots").json()["phones"] == 2
    assert api.put("/bots", {}).json()["phones"] == 0
    assert "phones" in error(api.put("/bots", {"phones": 2001}))
    assert "robots" in error(api.put("/bots", {"robots": 1}))


def test_every_act_is_listed_with_its_fields(api: ApiClient) -> None:
    acts = {act["name"]: act["fields"] for act in api.get("/acts").json()}
    assert acts["extend"] == ["seconds", "finalist", "reason"]
    assert acts["end-prompting"] == ["reason"]
    assert len(acts) >= 20


def test_bad_acts_are_refused_each_with_its_reason(api: ApiClient) -> None:
    assert api.act("dance").status_code == 404
    assert api.act("extend", seconds="soon").status_code == 422
    assert "seconds" in error(api.act("extend", seconds="soon"))
    late = api.act("approve")
    assert late.status_code == 409
    assert error(late)
    broken = api.http.post("/acts/void", content=b"{", headers={"content-type": "application/json"})
    assert broken.status_code == 400
    assert error(broken)
    assert api.http.post("/acts/void", content=b"x" * 300_000).status_code == 413


def test_a_round_is_opened_paused_and_started_and_the_make_up_is_locked(api: ApiClient) -> None:
    assert api.act("open-round").json() == {"decided": ["RoundOpened"]}
    assert api.get("/state").json()["next"] == {"act": "start-clock", "fields": {}}
    assert api.act("start-clock").json() == {"decided": ["ClockStarted"]}
    assert api.act("start-clock").json() == {"decided": []}
    assert api.act("pause", reason="a cable").status_code == 200
    state = api.get("/state").json()
    assert state["clock"]["paused"]
    assert 0 < state["clock"]["remaining_ms"] <= 5000
    assert state["next"] is None
    assert "locked" in error(api.put("/event", api.get("/event").json() | {"name": "Too late"}))
