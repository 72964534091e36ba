"""The live socket: snapshot, numbered changes, the same path for every reconnect, and nobody waits for a slow one."""

import json
import socket as sockets

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from websockets.exceptions import ConnectionClosed

from server.domain.actors import Role
from tests.live.acting import Director, Screen
from tests.live.server import LiveServer


def test_a_connection_begins_with_a_whole_snapshot_and_the_servers_time(server: LiveServer) -> None:
    screen = Screen(server, server.client(Role.STAGE, "stage"), "stage")
    first = screen.frame()
    assert first["snapshot"] is True
    assert 'id="screen"' in first["content"]
    assert first["phase"] == "upcoming"
    assert abs(screen.frame()["now"] - server.house.arena.clock.now()) < 2000


def test_a_change_is_numbered_and_holds_only_what_changed(server: LiveServer) -> None:
    director = Director(server)
    director.act("open-round")
    screen = Screen(server, server.client(Role.STAGE, "stage"), "stage")
    first = screen.frame()
    director.act("start-clock")
    change = screen.until(lambda f: f.get("phase") == "prompting" and "content" in f)
    assert change["seq"] > first["seq"]
    assert change["snapshot"] is False
    assert change["ends_at"] > change["now"]


def test_five_streams_reach_the_stage_while_they_are_written(server: LiveServer) -> None:
    director = Director(server)
    director.act("open-round")
    director.act("start-clock")
    screen = Screen(server, server.client(Role.STAGE, "stage"), "stage")
    for finalist in server.event.finalists:
        server.client(Role.FINALIST, finalist.id).post(
            "/play/generate", data={"system_prompt": "Hm.", "attempt_id": "x"}
        )
    arrived: set[int] = set()

    def has_arrived(frame: dict[str, object]) -> bool:
        tree = HTMLParser(str(frame.get("content", "")))
        texts = {lane: tree.css_first(f"#lane-{lane}-text") for lane in range(5)}
        arrived.update(lane for lane, text in texts.items() if text and "room for one more" in text.text())
        return len(arrived) == 5

    screen.until(has_arrived)


def test_a_reconnect_in_the_middle_shows_the_whole_screen_again(server: LiveServer) -> None:
    director = Director(server)
    director.judging()
    phone = server.phone()
    before = Screen(server, phone, "vote").frame()
    again = Screen(server, phone, "vote").frame()
    assert again["snapshot"]
    assert again["content"] == before["content"]
    assert again["round"] == "1.1"


def test_a_vote_shows_on_every_tab_of_the_phone_and_survives_a_reload(server: LiveServer) -> None:
    director = Director(server)
    director.judging()
    phone = server.phone()
    tab = Screen(server, phone, "vote")
    tab.frame()
    receipt = phone.post("/vote/ballot", data={"round": "1.1", "choice": "farah"})
    assert receipt.status_code == 200
    assert "C" in receipt.text
    voted = tab.until(lambda f: f.get("snapshot"))
    assert Screen(server, phone, "vote").frame()["content"] == voted["content"]


def test_without_a_session_the_socket_says_so_and_closes(server: LiveServer) -> None:
    import httpx

    screen = Screen(server, httpx.Client(), "play")
    with pytest.raises(ConnectionClosed) as closed:
        screen.frame()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401
    assert "link" in closed.value.rcvd.reason


def test_a_socket_from_another_site_is_refused(server: LiveServer) -> None:
    from websockets.exceptions import InvalidStatus

    with pytest.raises(InvalidStatus):
        Screen(server, server.client(Role.STAGE, "stage"), "stage", origin="https://evil.example")


def test_a_fresh_link_ends_the_old_session_on_its_next_request(server: LiveServer) -> None:
    director = Director(server)
    old = server.client(Role.FINALIST, "arjun")
    answer = director.organiser.post(
        "/organise/link", data={"role": "finalist", "who": "arjun", "reason": "lost laptop"}
    )
    assert answer.status_code == 200
    refused = old.get("/play")
    assert refused.status_code == 403
    assert "fresh" in refused.text
    assert server.client(Role.FINALIST, "arjun").get("/play").status_code == 200


def test_a_client_that_reads_nothing_delays_nobody_and_catches_up_with_a_snapshot(server: LiveServer) -> None:
    director = Director(server)
    director.act("open-round")
    director.act("start-clock")
    dead = _silent_socket(server)
    screen = Screen(server, server.client(Role.STAGE, "stage"), "stage")
    screen.frame()
    for number in range(30):
        director.act("show-hold", text=f"{number} " + "x" * 190)
        screen.until(lambda f, number=number: f"{number} x" in f.get("content", ""), seconds=2)
    dead.close()


def _silent_socket(server: LiveServer) -> sockets.socket:
    """A stage screen that shakes hands and then never reads, with the smallest buffer there is."""
    raw = sockets.socket()
    raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 1024)
    raw.connect(("127.0.0.1", server.port))
    cookie = server.cookie(server.client(Role.STAGE, "stage"))
    lines = [
        "GET /live/stage HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        f"Origin: {server.url}",
        f"Cookie: {cookie}",
    ]
    raw.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    return raw


def test_frames_are_json_that_htmx_swaps(server: LiveServer) -> None:
    screen = Screen(server, server.client(Role.ORGANISER, "organiser"), "organise")
    raw = screen.socket.recv(5)
    content = json.loads(raw)["content"]
    assert content.startswith('<hx-partial hx-target="#screen" hx-swap="outerMorph">')
