"""What was handed in is served: at once, when the engine is up, after a restart; and the API that does the same."""

import asyncio
import threading
from pathlib import Path

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from models.adapters import AdapterLimits, describe_base
from models.catalogue import load_catalogue
from models.intake.shelf import Shelf
from models.protocol import EngineUnavailable
from models.scripted import ScriptedEngine
from server.domain.actors import Role
from tests.live.acting import Director
from tests.live.server import LiveServer
from tests.live.taking_in import HTMX, a_zip_of, hall, on_board, plays, post_model
from tests.models import tiny
from tests.web.api_client import ApiClient, error


def text(html: str, selector: str) -> str:
    found = HTMLParser(html).css_first(selector)
    assert found is not None, selector
    return " ".join(found.text(separator=" ").split())


def test_an_engine_that_cannot_load_now_leaves_the_model_on_the_shelf(
    taking: LiveServer, farah: httpx.Client, new: Path, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def load(adapter: str, folder: Path) -> None:
        raise EngineUnavailable("The engine cannot load while it runs; restart it.")

    Director(taking).until(lambda: on_board(taking, "shelf") == "green")  # the engine is up
    monkeypatch.setattr(taking.engine, "load", load)
    answer = post_model(farah, "/play/adapter", a_zip_of(new), **HTMX)
    assert answer.status_code == 200
    assert "kept on the shelf and served after the next start" in text(answer.text, ".notice.warn")
    Director(taking).until(lambda: on_board(taking, "shelf") == "red")
    taking.stop()
    again = hall(tmp_path, models).start()
    try:
        Director(again).until(lambda: plays(again).adapter in again.engine.scripts)
        Director(again).until(lambda: on_board(again, "shelf") == "green")
    finally:
        again.stop()


def test_what_comes_in_while_the_engine_starts_is_served_once_it_is_up(
    tmp_path: Path, models: Path, new: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_start = threading.Event()
    real = ScriptedEngine.start

    async def slow(engine: ScriptedEngine) -> None:
        await asyncio.to_thread(may_start.wait, 20)
        await real(engine)

    monkeypatch.setattr(ScriptedEngine, "start", slow)
    server = hall(tmp_path, models).start()
    try:
        farah = server.client(Role.FINALIST, "farah")
        assert post_model(farah, "/play/adapter", a_zip_of(new), **HTMX).status_code == 200
        assert plays(server).adapter not in server.engine.scripts
        may_start.set()
        Director(server).until(lambda: on_board(server, "adapter-farah") == "green")
        assert plays(server).adapter in server.engine.scripts
    finally:
        may_start.set()
        server.stop()


def test_an_earlier_model_that_a_locked_event_plays_is_served_too(
    taking: LiveServer, farah: httpx.Client, new: Path, models: Path, tmp_path: Path
) -> None:
    post_model(farah, "/play/adapter", a_zip_of(new), **HTMX)
    played = plays(taking).adapter
    Director(taking).act("open-round")
    taking.stop()
    catalogue = load_catalogue(models / "catalogue.json")
    shelf = Shelf(tmp_path / "adapters", describe_base(catalogue.base), AdapterLimits())
    newer = shelf.receive("farah", models / "adapters" / "f0", at_ms=2**42)  # for the event after this one
    again = hall(tmp_path, models).start()
    try:
        Director(again).until(lambda: on_board(again, "adapter-farah") == "green")
        assert plays(again).adapter == played
        assert {played, newer.record.name} <= set(again.engine.scripts)
        Director(again).until(lambda: on_board(again, "shelf") == "green")
    finally:
        again.stop()


def test_two_finalists_at_once_do_not_undo_each_other(taking: LiveServer, new: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    clients = {who: taking.client(Role.FINALIST, who) for who in ("mei-ling", "arjun", "farah", "wei-jie", "priya")}
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda who: post_model(clients[who], "/play/adapter", a_zip_of(new), **HTMX), clients))
    assert [answer.status_code for answer in answers] == [200] * 5
    assert {one.adapter_sha256 for one in taking.house.arena.state.event.finalists} == {tiny.sha256_of(new)}


def test_the_api_lists_takes_and_removes(taking: LiveServer, new: Path, models: Path) -> None:
    api = ApiClient(taking)
    assert api.get("/adapters").json() == []
    told = api.http.post("/adapters/priya", files={"file": ("p.zip", a_zip_of(new))})
    assert told.status_code == 201, told.text
    first = told.json()
    assert (first["waiting"], first["rank"], first["file_name"], first["events"]) == ("", 8, "p.zip", ["demo"])
    assert "is named by the event demo" in error(api.http.delete(f"/adapters/{first['name']}"))
    other = a_zip_of(models / "adapters" / "f1")
    assert api.http.post("/adapters/priya", files={"file": ("q.zip", other)}).status_code == 201
    assert [(one["file_name"], bool(one["events"])) for one in api.get("/adapters").json()] == [
        ("p.zip", False),
        ("q.zip", True),
    ]
    assert api.http.delete(f"/adapters/{first['name']}").status_code == 204
    assert api.http.delete(f"/adapters/{first['name']}").status_code == 404
    assert len(api.get("/adapters").json()) == 1
    assert api.http.post("/adapters/nobody", files={"file": ("q.zip", other)}).status_code == 404
    assert "no sound archive" in error(api.http.post("/adapters/priya", files={"file": ("q.zip", b"PK\x03\x04")}))


def test_a_server_without_a_shelf_says_so(tmp_path: Path, new: Path) -> None:
    running = LiveServer(tmp_path).start()
    try:
        farah = running.client(Role.FINALIST, "farah")
        assert "play-model" not in farah.get("/play").text
        assert "takes no models in" in post_model(farah, "/play/adapter", b"PK", **HTMX).text
        assert "takes no models in" in error(ApiClient(running).get("/adapters"))
    finally:
        running.stop()
