"""Handing a model in over HTTP: by the organiser, by a finalist, by the API; and what is refused, in words."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from models.protocol import EngineUnavailable
from server.domain.actors import Role
from server.domain.event import Finalist
from tests.live.acting import Director, Screen
from tests.live.server import LiveServer
from tests.live.taking_in import HTMX, MB, a_zip_of, hall, models_folder, post_model
from tests.models import tiny
from tests.web.api_client import ApiClient, error


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models_folder(tmp_path_factory.mktemp("models"))


@pytest.fixture
def new(models: Path) -> Path:
    """A sound adapter that the catalogue does not have."""
    return models / "adapters" / "f5"


@pytest.fixture
def server(tmp_path: Path, models: Path) -> Iterator[LiveServer]:
    running = hall(tmp_path, models, adapter_bytes_limit=MB).start()
    yield running
    running.stop()


@pytest.fixture
def organiser(server: LiveServer) -> httpx.Client:
    return server.client(Role.ORGANISER, "organiser")


@pytest.fixture
def farah(server: LiveServer) -> httpx.Client:
    return server.client(Role.FINALIST, "farah")


def plays(server: LiveServer, who: str = "farah") -> Finalist:
    return next(one for one in server.house.arena.state.event.finalists if one.id == who)


def text(html: str, selector: str) -> str:
    found = HTMLParser(html).css_first(selector)
    assert found is not None, selector
    return " ".join(found.text(separator=" ").split())


def check_on_board(server: LiveServer, key: str) -> str:
    return next((check.level for check in server.house.readiness.rows if check.key == key), "")


def kept(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.glob("adapters/accepted/*"))


def test_a_finalist_hands_in_their_model_and_it_plays(
    server: LiveServer, farah: httpx.Client, new: Path, tmp_path: Path
) -> None:
    before = plays(server)
    card = json.dumps({"name": "Kaya toast"}).encode()
    answer = post_model(farah, "/play/adapter", a_zip_of(new, **{"card.json": card}), **HTMX)
    assert answer.status_code == 200, answer.text
    sha = tiny.sha256_of(new)
    assert "Kaya toast is in" in text(answer.text, "[role=status]")
    assert sha[:8] in answer.text
    assert (plays(server).adapter, plays(server).adapter_sha256) == (f"farah@{sha[:12]}", sha)
    assert kept(tmp_path) == [f"farah@{sha[:12]}"]
    assert plays(server).adapter in server.engine.scripts
    assert before.adapter not in server.engine.scripts  # withdrawn: nobody plays it any more
    assert text(farah.get("/play").text, "#play-model .model-line") == f"Kaya toast {sha[:8]} rank 8"
    Director(server).until(lambda: check_on_board(server, "adapter-farah") == "green")
    Director(server).until(lambda: check_on_board(server, "shelf") == "green")


def test_without_scripts_the_pages_do_it_too(
    server: LiveServer, new: Path, organiser: httpx.Client, farah: httpx.Client
) -> None:
    form = HTMLParser(farah.get("/play").text).css_first("#play-model form")
    assert form is not None
    assert (form.attributes["method"], form.attributes["enctype"]) == ("post", "multipart/form-data")
    answer = post_model(farah, str(form.attributes["action"]), a_zip_of(new))
    assert (answer.status_code, answer.headers["location"]) == (303, "/play")
    assert plays(server).adapter.startswith("farah@")
    page = HTMLParser(organiser.get("/organise/adapters").text)
    forms = {str(one.attributes["action"]) for one in page.css("form[method=post]")}
    assert forms == {f"/organise/adapters/{one.id}" for one in server.event.finalists}
    answer = post_model(organiser, "/organise/adapters/priya", a_zip_of(new))
    assert (answer.status_code, answer.headers["location"]) == (303, "/organise/adapters#model-priya")
    assert plays(server, "priya").adapter.startswith("priya@")


def test_a_refusal_is_one_sentence_right_at_the_form(
    server: LiveServer, organiser: httpx.Client, farah: httpx.Client, new: Path, tmp_path: Path
) -> None:
    before = server.house.arena.state.event
    pickled = a_zip_of(new, **{"training_args.bin": b"\x80\x04."})
    said = "'training_args.bin' is a pickle, which could run code; export as safetensors."
    answer = post_model(farah, "/play/adapter", pickled, **HTMX)
    assert (answer.status_code, text(answer.text, ".error")) == (422, said)
    answer = post_model(farah, "/play/adapter", pickled)
    assert answer.status_code == 422
    assert said in text(answer.text, "main .notice.bad[role=alert]")
    assert "Your model" in answer.text
    answer = post_model(organiser, "/organise/adapters/farah", pickled)
    assert answer.status_code == 422
    assert text(answer.text, "#model-farah [role=alert]") == said
    assert server.house.arena.state.event == before
    assert kept(tmp_path) == []
    assert not list((tmp_path / "adapters" / "incoming").iterdir())


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "Choose a file first"),
        (b"not an archive", "neither a .zip nor a .tar.gz"),
        (bytes(66 * MB), "larger than the 65 MB that fit"),
    ],
)
def test_what_is_no_model_is_told(farah: httpx.Client, data: bytes, said: str) -> None:
    assert said in post_model(farah, "/play/adapter", data, **HTMX).text


def test_a_body_without_a_length_is_cut_at_the_limit(server: LiveServer, farah: httpx.Client, tmp_path: Path) -> None:
    def endless() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\n'
        yield from (bytes(MB) for _ in range(80))

    headers = {"content-type": "multipart/form-data; boundary=x", **HTMX}
    answer = farah.post("/play/adapter", content=endless(), headers=headers)
    assert answer.status_code in (413, 422)
    assert "larger than the 65 MB" in answer.text
    assert not list((tmp_path / "adapters" / "incoming").iterdir())


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("application/zip", b"PK", "in the field `file`"),
        ("multipart/form-data", b"", "in the field `file`"),
        ("multipart/form-data; boundary=x", b"--y\r\n", "malformed"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nP',
            "cut off",
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="no"\r\n\r\nP\r\n--x--\r\n',
            "Choose a file",
        ),
    ],
)
def test_a_form_that_is_none_is_told(farah: httpx.Client, kind: str, body: bytes, said: str) -> None:
    answer = farah.post("/play/adapter", content=body, headers={"content-type": kind, **HTMX})
    assert answer.status_code == 422
    assert said in answer.text


def test_only_the_right_people_hand_in_and_from_our_own_pages(
    server: LiveServer, farah: httpx.Client, new: Path
) -> None:
    data = a_zip_of(new)
    assert post_model(farah, "/organise/adapters/farah", data).status_code == 403
    assert post_model(server.phone(), "/play/adapter", data).status_code == 403
    assert post_model(farah, "/play/adapter", data, origin="https://elsewhere.example").status_code == 403
    assert post_model(farah, "/play/draft", bytes(MB)).status_code == 413
    assert plays(server) == server.event.finalists[2]


def test_once_the_event_is_locked_the_upload_is_refused_and_nothing_changes(
    server: LiveServer, organiser: httpx.Client, farah: httpx.Client, new: Path, tmp_path: Path
) -> None:
    before = plays(server)
    Director(server).act("open-round")
    for client, path in ((farah, "/play/adapter"), (organiser, "/organise/adapters/farah")):
        answer = post_model(client, path, a_zip_of(new), **HTMX)
        assert answer.status_code == 409
        assert f"Farah plays {before.adapter} to the end" in answer.text
    assert plays(server) == before
    assert kept(tmp_path) == []
    assert "play-model" not in farah.get("/play").text
    assert not HTMLParser(organiser.get("/organise").text).css("[id^=model-dialog]")
    assert not HTMLParser(organiser.get("/organise/adapters").text).css("form")


def test_an_engine_that_cannot_load_now_leaves_the_model_on_the_shelf(
    server: LiveServer, farah: httpx.Client, new: Path, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def load(adapter: str, folder: Path) -> None:
        raise EngineUnavailable("The engine cannot load while it runs; restart it.")

    monkeypatch.setattr(server.engine, "load", load)
    answer = post_model(farah, "/play/adapter", a_zip_of(new), **HTMX)
    assert answer.status_code == 200
    assert "kept on the shelf and served after the next start" in text(answer.text, ".notice.warn")
    Director(server).until(lambda: check_on_board(server, "shelf") == "red")
    server.stop()
    again = hall(tmp_path, models).start()
    try:
        assert plays(again).adapter in again.engine.scripts
        Director(again).until(lambda: check_on_board(again, "shelf") == "green")
    finally:
        again.stop()


def test_two_finalists_at_once_do_not_undo_each_other(server: LiveServer, new: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    clients = {who: server.client(Role.FINALIST, who) for who in ("mei-ling", "arjun", "farah", "wei-jie", "priya")}
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda who: post_model(clients[who], "/play/adapter", a_zip_of(new), **HTMX), clients))
    assert [answer.status_code for answer in answers] == [200] * 5
    assert {one.adapter_sha256 for one in server.house.arena.state.event.finalists} == {tiny.sha256_of(new)}


def test_the_organisers_desk_shows_every_model_and_follows(
    server: LiveServer, organiser: httpx.Client, new: Path
) -> None:
    screen = Screen(server, organiser, "organise")
    html = screen.until(lambda frame: frame.get("snapshot"))["content"]
    page = HTMLParser(html)
    assert len(page.css(".person-model")) == 5
    assert {str(one.attributes["hx-post"]) for one in page.css("[id^=model-dialog] form")} == {
        f"/organise/adapters/{one.id}" for one in server.event.finalists
    }
    assert post_model(organiser, "/organise/adapters/arjun", a_zip_of(new), **HTMX).status_code == 200
    frame = screen.until(lambda frame: tiny.sha256_of(new)[:8] in (frame.get("content") or ""))
    assert "org-people" in frame["content"]
    screen.close()


def test_the_api_lists_takes_and_removes(server: LiveServer, new: Path, models: Path) -> None:
    api = ApiClient(server)
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
