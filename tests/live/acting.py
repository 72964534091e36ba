"""A vocabulary for playing a show over HTTP and sockets."""

import json
import time
from collections.abc import Callable
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

from server.domain.actors import Role
from tests.live.server import LiveServer


class Director:
    """The organiser, and clients for everybody who is needed."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server
        self.organiser = server.client(Role.ORGANISER, "organiser")

    def act(self, name: str, **fields: object) -> httpx.Response:
        return self.organiser.post(f"/organise/act/{name}", data={k: str(v) for k, v in fields.items()})

    @property
    def round(self) -> Any:
        return self.server.house.arena.state.current

    def until(self, condition: Callable[[], object], seconds: float = 10) -> None:
        """Wait for a condition; fails when it does not come."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "the condition did not come"
            time.sleep(0.01)

    def judging(self) -> None:
        """Open the next round and bring it to judging, with an entry of everybody."""
        assert self.act("open-round").status_code == 204
        assert self.act("start-clock").status_code == 204
        for finalist in self.server.event.finalists:
            client = self.server.client(Role.FINALIST, finalist.id)
            answer = client.post("/play/generate", data={"system_prompt": "Be brief.", "attempt_id": "a1"})
            assert answer.status_code == 204
        self.until(lambda: all(a.finish_reason for a in self.round.attempts))
        assert self.act("end-prompting", reason="all are ready").status_code == 204
        self.until(lambda: self.round.phase.value == "judging")


class Screen:
    """A live socket, read frame by frame."""

    def __init__(self, server: LiveServer, client: httpx.Client, screen: str, origin: str | None = None) -> None:
        self.socket: ClientConnection = connect(
            f"ws://127.0.0.1:{server.port}/live/{screen}",
            additional_headers={"Cookie": server.cookie(client)},
            origin=origin or server.url,  # type: ignore[arg-type]
            compression=None,
            max_size=None,
            legacy=True,
        )

    def frame(self, seconds: float = 5) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.socket.recv(seconds))
        return found

    def until(self, condition: Callable[[dict[str, Any]], object], seconds: float = 5) -> dict[str, Any]:
        """The first frame that fits."""
        deadline = time.monotonic() + seconds
        while True:
            frame = self.frame(max(0.01, deadline - time.monotonic()))
            if condition(frame):
                return frame

    def close(self) -> None:
        self.socket.close()
