"""A server for one rehearsal: its own process, a free port, a temporary database; or the make-up of a given one."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from server.cli._models import models_of
from server.cli._running import Running
from server.cli._store import links_of, now_ms, opened
from server.demo import EXPERTS, SHELVES, demo_event
from server.domain.actors import Role
from server.domain.errors import NotFound, Refused
from server.domain.event import Event, Expert
from server.settings import Settings
from server.store.events import Stored
from server.store.founding import found

START_SECONDS, STOP_SECONDS, LOOK_SECONDS = 180.0, 15.0, 0.2


@dataclass(frozen=True, slots=True)
class Plan:
    """The event to play."""

    experts: int
    seed: int
    round_seconds: int
    voting_seconds: int
    rounds: int

    def event(self, demo: Event) -> Event:
        """The demo with shortened clocks; the bonus question stays the last."""
        rules = replace(demo.rules, round_seconds=self.round_seconds, voting_seconds=self.voting_seconds)
        more = tuple(Expert(f"expert-{n}", f"Expert {n}") for n in range(len(EXPERTS) + 1, self.experts + 1))
        return replace(
            demo,
            id="rehearsal",
            name="Rehearsal",
            experts=(*EXPERTS, *more)[: self.experts],
            questions=(*demo.questions[: self.rounds - 1], demo.questions[-1]),
            rules=rules,
        )


@contextmanager
def started(
    plan: Plan, settings: Settings, console: Console, keep_log: Path | None = None
) -> Iterator[tuple[str, str]]:
    """A server with its models loaded; gives its address and the organiser's token, and stops it afterwards.

    `keep_log`: where its log goes; else it goes with the temporary folder.
    """
    with tempfile.TemporaryDirectory(prefix="finale-rehearsal-") as folder:
        own = settings.model_copy(update=_places(Path(folder)))
        token = _founded(plan, own)
        log = keep_log or Path(folder) / "server.log"
        with log.open("wb") as output:
            process = subprocess.Popen(_command(own), stdout=output, stderr=output, env=_environment(own))
        try:
            with console.status("Starting a server and loading the models …"):
                _wait(own.base_url, token, process, log, _start_limit(own))
            yield own.base_url, token
        finally:
            _stop(process)


def prepare(server: str, token: str, plan: Plan) -> None:
    """Shorten the clocks of the rehearsal at `server`, if it may still change. Raises Refused for a real event."""
    running = Running(server, token)
    state, event = running.get("/state"), running.get("/event")
    if not state["rehearsal"]:
        raise Refused(f"{state['name']} is no rehearsal: nothing is played into a real event. Run a rehearsal event.")
    if state["finished"]:
        raise Refused(f"{state['name']} has been played to its end. Run a fresh rehearsal event.")
    if not state["locked"]:
        rules = {**event["rules"], "round_seconds": plan.round_seconds, "voting_seconds": plan.voting_seconds}
        running.put("/event", {**event, "rules": rules})


def _places(folder: Path) -> dict[str, Any]:
    return {
        "host": "127.0.0.1",
        "port": _free_port(),
        "public_url": "",
        "database": f"sqlite:///{folder / 'rehearsal.db'}",
        "secret_file": folder / "secret",
        "event": "rehearsal",
    }


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


def _founded(plan: Plan, settings: Settings) -> str:
    """Make the event; gives the organiser's token."""
    models = models_of(settings)
    event = plan.event(demo_event(models.playable, models.seats, str(plan.seed)))
    with opened(settings) as writer:
        code = writer.do_now(lambda connection: found(connection, event, now_ms(), SHELVES))
        links = links_of(settings, writer, Stored(event, code, 0, 0))
        return links.token(Role.ORGANISER, "organiser")


def _command(settings: Settings) -> list[str]:
    return [sys.executable, "-m", "server.cli", "serve", "--port", str(settings.port), "--event", settings.event]


def _environment(settings: Settings) -> dict[str, str]:
    """The settings as the server of the rehearsal reads them."""
    told = {f"FINALE_{name.upper()}": str(value) for name, value in settings.model_dump().items()}
    return {**os.environ, **told}


def _wait(base: str, token: str, process: "subprocess.Popen[bytes]", log: Path, limit: float) -> None:
    """Until the board says that the engine answers. Raises Refused with the server's last words."""
    running, ends = Running(base, token), time.monotonic() + limit
    while time.monotonic() < ends:
        if process.poll() is not None:
            raise Refused(f"The server did not start: {_last_words(log)}")
        with suppress(NotFound, httpx.HTTPError):
            rows = {row["key"]: row for row in running.get("/readiness")}
            if rows["engine"]["level"] == "red":
                raise Refused(f"The engine did not start: {rows['engine']['detail']}")
            if all(row["level"] != "grey" for row in rows.values()):
                return
        time.sleep(LOOK_SECONDS)
    raise Refused(f"The server was not ready within {limit:.0f} s: {_last_words(log)}")


def _start_limit(settings: Settings) -> float:
    uses_vllm = "vllm" in (settings.engine, *settings.spare_engine.split(","))
    return START_SECONDS + (settings.vllm_start_seconds if uses_vllm else 0)


def _last_words(log: Path) -> str:
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing."


def _stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
