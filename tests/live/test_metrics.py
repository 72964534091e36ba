"""`/metrics` and the page of latencies are the organiser's alone."""

import httpx

from server.domain.actors import Role
from tests.live.server import LiveServer


def test_metrics_want_the_organisers_token_and_then_speak_prometheus(server: LiveServer) -> None:
    assert httpx.get(f"{server.url}/metrics").status_code == 401
    stranger = server.house.links.token(Role.FINALIST, "farah")
    assert httpx.get(f"{server.url}/metrics", headers={"authorization": f"Bearer {stranger}"}).status_code in (401, 403)
    token = server.house.links.token(Role.ORGANISER, "organiser")
    answer = httpx.get(f"{server.url}/metrics", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert 'finale_engine_in_service{engine="scripted"} 1.0' in answer.text


def test_latencies_are_not_for_finalists(server: LiveServer) -> None:
    assert server.client(Role.ORGANISER, "organiser").get("/organise/latencies").status_code == 200
    assert "keeps no log here" in server.client(Role.ORGANISER, "organiser").get("/organise/engines").text
    assert server.client(Role.FINALIST, "farah").get("/organise/engines").status_code in (401, 403)
    assert server.client(Role.FINALIST, "farah").get("/organise/latencies").status_code in (401, 403)
