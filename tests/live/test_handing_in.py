"""Handing a model in over HTTP: by the organiser, by a finalist, by the API; and what is refused, in words."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from tests.live.acting import Director, Screen
from tests.live.server import LiveServer
from tests.live.taking_in import HTMX, MB, a_zip_of, on_board, plays, post_model
from tests.models import tiny


def text(html: str, selector: str) -> str:
    found = HTMLParser(html).css_first(selector)
    assert found is not None, selector
    return " ".join(found.text(separator=" ").split())


def kept(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.glob("adapters/accepted/*"))


def test_a_finalist_hands_in_their_model_and_it_plays(
    taking: LiveServer, farah: httpx.Client, new: Path, tmp_path: Path
) -> None:
    before = plays(taking)
    card = json.dumps({"name": "Kaya toast"}).encode()
    answer = post_model(farah, "/play/adapter", a_zip_of(new, **{"card.json": card}), **HTMX)
    assert answer.status_code == 200, answer.text
    sha = tiny.sha256_of(new)
    assert "Kaya toast is in" in text(answer.text, "[role=status]")
    assert sha[:8] in answer.text
    assert (plays(taking).adapter, plays(taking).adapter_sha256) == (f"farah@{sha[:12]}", sha)
    assert kept(tmp_path) == [f"farah@{sha[:12]}"]
    Director(taking).until(lambda: plays(taking).adapter in taking.engine.scripts)
    assert before.adapter not in taking.engine.scripts  # withdrawn: nobody plays it any more
    assert text(farah.get("/play").text, "#play-model .model-line") == f"Kaya toast {sha[:8]} rank 8"
    Director(taking).until(lambda: on_board(taking, "adapter-farah") == "green")
    Director(taking).until(lambda: on_board(taking, "shelf") == "green")


def test_without_scripts_the_pages_do_it_too(
    taking: LiveServer, new: Path, organiser: httpx.Client, farah: httpx.Client
) -> None:
    form = HTMLParser(farah.get("/play").text).css_first("#play-model form")
    assert form is not None
    assert (form.attributes["method"], form.attributes["enctype"]) == ("post", "multipart/form-data")
    answer = post_model(farah, str(form.attributes["action"]), a_zip_of(new))
    assert (answer.status_code, answer.headers["location"]) == (303, "/play")
    assert plays(taking).adapter.startswith("farah@")
    page = HTMLParser(organiser.get("/organise/adapters").text)
    forms = {str(one.attributes["action"]) for one in page.css("article form[method=post]")}
    assert forms == {f"/organise/adapters/{one.id}#model-{one.id}" for one in taking.event.finalists}
    answer = post_model(organiser, "/organise/adapters/priya", a_zip_of(new))
    assert (answer.status_code, answer.headers["location"]) == (303, "/organise/adapters#model-priya")
    assert plays(taking, "priya").adapter.startswith("priya@")


def test_a_refusal_is_one_sentence_right_at_the_form(
    taking: LiveServer, organiser: httpx.Client, farah: httpx.Client, new: Path, tmp_path: Path
) -> None:
    before = taking.house.arena.state.event
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
    assert taking.house.arena.state.event == before
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


def test_a_body_without_a_length_is_cut_at_the_limit(taking: LiveServer, farah: httpx.Client, tmp_path: Path) -> None:
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
    taking: LiveServer, farah: httpx.Client, new: Path
) -> None:
    data = a_zip_of(new)
    assert post_model(farah, "/organise/adapters/farah", data).status_code == 403
    assert post_model(taking.phone(), "/play/adapter", data).status_code == 403
    assert post_model(farah, "/play/adapter", data, origin="https://elsewhere.example").status_code == 403
    assert post_model(farah, "/play/draft", bytes(MB)).status_code == 413
    assert plays(taking) == taking.event.finalists[2]


def test_once_the_event_is_locked_the_upload_is_refused_and_nothing_changes(
    taking: LiveServer, organiser: httpx.Client, farah: httpx.Client, new: Path, tmp_path: Path
) -> None:
    before = plays(taking)
    Director(taking).act("open-round")
    for client, path in ((farah, "/play/adapter"), (organiser, "/organise/adapters/farah")):
        answer = post_model(client, path, a_zip_of(new), **HTMX)
        assert answer.status_code == 409
        assert f"Farah plays {before.adapter} to the end" in answer.text
    assert plays(taking) == before
    assert kept(tmp_path) == []
    assert "play-model" not in farah.get("/play").text
    assert not HTMLParser(organiser.get("/organise").text).css("[id^=model-dialog]")
    assert not HTMLParser(organiser.get("/organise/adapters").text).css("form")


def test_the_organisers_desk_shows_every_model_and_follows(
    taking: LiveServer, organiser: httpx.Client, new: Path
) -> None:
    screen = Screen(taking, organiser, "organise")
    html = screen.until(lambda frame: frame.get("snapshot"))["content"]
    page = HTMLParser(html)
    assert len(page.css(".person-model")) == 5
    assert {str(one.attributes["hx-post"]) for one in page.css("[id^=model-dialog] form")} == {
        f"/organise/adapters/{one.id}" for one in taking.event.finalists
    }
    assert post_model(organiser, "/organise/adapters/arjun", a_zip_of(new), **HTMX).status_code == 200
    frame = screen.until(lambda frame: tiny.sha256_of(new)[:8] in (frame.get("content") or ""))
    assert "org-people" in frame["content"]
    screen.close()


def test_the_organiser_clears_the_shelf_of_what_no_event_names(
    taking: LiveServer, organiser: httpx.Client, farah: httpx.Client, new: Path, tmp_path: Path
) -> None:
    assert post_model(organiser, "/organise/adapters/arjun", a_zip_of(new)).status_code == 303
    first = plays(taking, "arjun").adapter
    removing = f"/organise/shelf/{first}/remove"
    shelf = HTMLParser(organiser.get("/organise/adapters").text)
    assert "named by" in str(shelf.css_first("#shelf li").text())
    assert not shelf.css("#shelf form")
    refused = organiser.post(removing)
    assert refused.status_code == 422
    assert "stays on the shelf" in text(refused.text, "#shelf [role=alert]")
    assert post_model(organiser, "/organise/adapters/arjun", a_zip_of(new.with_name("f4"))).status_code == 303
    (form,) = HTMLParser(organiser.get("/organise/adapters").text).css("#shelf form")
    assert form.attributes["action"] == removing
    assert farah.post(removing).status_code == 403
    assert organiser.post(removing, follow_redirects=False).headers["location"] == "/organise/adapters#shelf"
    assert len(kept(tmp_path)) == 1
    (left,) = HTMLParser(organiser.get("/organise/adapters").text).css("#shelf li")
    assert left.attributes["id"] == f"shelf-{plays(taking, 'arjun').adapter}"
    assert organiser.post(removing).status_code == 404
