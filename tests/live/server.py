"""A whole server on a real port, for tests that need sockets or a browser: scripted engine, real everything else."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import uvicorn

from models.protocol import EngineError
from models.scripted import Script, ScriptedEngine
from server.app import create_app
from server.domain.actors import Role
from server.domain.event import Event
from server.engines import Models
from server.intake import Intake
from server.settings import Settings
from server.store.database import open_database
from server.store.founding import found
from server.store.writer import Writer
from server.web.house import House
from tests import stagehand
from tests.arena.conftest import FakeJudge

CODE = "4821"
ANSWER = "Singapore is many stories told over one table, and every table has room for one more."


def make_event(url: str, event: Event) -> None:
    """Write an event into a new database."""
    writer = Writer(open_database(url))
    writer.do_now(lambda connection: found(connection, event, stagehand.START, code=CODE))
    writer.close()


@dataclass
class LiveServer:
    """Runs in a thread of its own until `stop`."""

    folder: Path
    event: Event = field(default_factory=stagehand.event)
    changes: dict[str, object] = field(default_factory=dict)
    take_in: Callable[[Settings, ScriptedEngine], Intake] | None = None

    def start(self) -> "LiveServer":
        url = f"sqlite:///{self.folder}/finale.db"
        if not (self.folder / "finale.db").exists():
            make_event(url, self.event)
        settings = Settings(
            database=url, secret_file=self.folder / "secret", port=0, writes_per_second=500, **self.changes
        )  # type: ignore[arg-type]
        self.app = create_app(settings, self.models(settings))
        config = uvicorn.Config(
            self.app, port=0, ws="websockets-sansio", ws_per_message_deflate=False, log_level="warning"
        )
        self.uvicorn = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.uvicorn.run, daemon=True)
        self.thread.start()
        self._until_up()
        return self

    def models(self, settings: Settings) -> Models:
        """What runs beside the server; a kind of server with other models says so here."""
        # Each adapter answers in its own way, or the board would say that the engine has mixed them up.
        own = {f.adapter: f"{ANSWER} Version {lane}." for lane, f in enumerate(self.event.finalists, 1)}
        self.engine = ScriptedEngine({adapter: Script(text, pause_s=0.005) for adapter, text in own.items()})
        adapters = {f.id: (f.adapter, f.adapter_sha256) for f in self.event.finalists}
        self.judge = FakeJudge()
        intake = self.take_in(settings, self.engine) if self.take_in else None
        return Models(self.engine, (), (self.judge,), adapters, intake=intake)  # type: ignore[arg-type]

    def _until_up(self) -> None:
        deadline = time.monotonic() + 20
        while not self.uvicorn.started:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.01)
        self.port = self.uvicorn.servers[0].sockets[0].getsockname()[1]

    def stop(self) -> None:
        self.uvicorn.should_exit = True
        self.thread.join(10)

    @property
    def house(self) -> House:
        house: House = self.app.state.house
        return house

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def link(self, role: Role, who: str) -> str:
        """The address of somebody's link on this port."""
        return f"{self.url}/enter/{self.house.links.token(role, who)}"

    def client(self, role: Role, who: str) -> httpx.Client:
        """A browser-like client that opened its link."""
        client = httpx.Client(base_url=self.url, headers={"origin": self.url}, follow_redirects=True)
        client.get(self.link(role, who)).raise_for_status()
        return client

    def phone(self) -> httpx.Client:
        """A phone that scanned the code."""
        client = httpx.Client(base_url=self.url, headers={"origin": self.url}, follow_redirects=True)
        client.get(f"/vote?c={CODE}").raise_for_status()
        return client

    def cookie(self, client: httpx.Client) -> str:
        """The client's cookies as one header."""
        return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


__all__ = ["ANSWER", "CODE", "EngineError", "LiveServer"]
