"""The server under measurement: a process of its own, told what to do over its standard input, one JSON line each.

Everything is real but the engine, which is scripted (and says at which instant it yielded each word).
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import AsyncGenerator, Iterable
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from models.protocol import Piece
from models.scripted import ScriptedEngine
from server.app import create_app
from server.domain import commands as c
from server.domain.actors import ORGANISER, Actor, Role
from server.domain.rules import Rules
from server.domain.state import Phase
from server.engines import Models, build_models
from server.settings import Settings
from server.store.database import open_database
from server.store.founding import found
from server.store.writer import Writer
from server.web.feeds import Frame
from server.web.house import House
from tests import stagehand

CODE = "4821"
MANY = 1_000_000.0


class StampingEngine(ScriptedEngine):
    """Yields the time at which it yields, word by word, `pace_s` apart."""

    pace_s = 0.02

    async def stream(self, *, max_tokens: int, **_: Any) -> AsyncGenerator[Piece, None]:
        for _number in range(max_tokens):
            await asyncio.sleep(self.pace_s)
            yield Piece(f" t{time.monotonic_ns()}", 1)
        yield Piece("", 0, "stop")


def models_for(kind: str, event: Any) -> Models:
    """The real demo models, or the stamping engine."""
    if kind == "local":
        return build_models(Settings(judge="none"))
    adapters = {f.id: (f.adapter, f.adapter_sha256) for f in event.finalists}
    return Models(StampingEngine([f.adapter for f in event.finalists]), (), (), adapters)  # type: ignore[arg-type]


def event_for(kind: str) -> Any:
    """An event with long rounds and no limits; with the demo's adapters where the models are real."""
    rules = Rules(round_seconds=3600, voting_seconds=3600, attempts_limit=10_000, seconds_per_attempt=0)
    made = stagehand.event(judges=(), rules=rules)
    if kind != "local":
        return made
    from server.demo import demo_event

    demo = demo_event(build_models(Settings(judge="none")).adapters, (), "seed")
    return stagehand.event(judges=(), finalists=demo.finalists, rules=made.rules)


def open_house(folder: Path, kind: str) -> Any:
    """The application on a database in `folder`, made if it is not there."""
    url = f"sqlite:///{folder}/bench.db"
    event = event_for(kind)
    if not (folder / "bench.db").exists():
        writer = Writer(open_database(url))
        writer.do_now(lambda connection: found(connection, event, stagehand.START, code=CODE))
        writer.close()
    settings = Settings(database=url, secret_file=folder / "secret", judge="none", writes_per_second=MANY)
    return create_app(settings, models_for(kind, event))


class Stage:
    """What the measuring process may ask for."""

    def __init__(self, house: House) -> None:
        self.house = house

    async def links(self, **_: Any) -> dict[str, str]:
        """Tokens by person."""
        event = self.house.arena.state.event
        return {link.who: self.house.links.token(link.role, link.who) for link in self.house.links.all(event)}

    async def phones(self, count: int, **_: Any) -> list[str]:
        """Cookies of so many phones."""
        return [self.house.keys.cookie(Actor(Role.AUDIENCE, f"phone-{n}")) for n in range(count)]

    async def ready(self, **_: Any) -> bool:
        """Whether the serving engine answers."""
        return (await self.house.arena.streams.rungs[0].engine.health()).ok

    async def prompting(self, **_: Any) -> str:
        """Open a round and start the clock."""
        await self.house.arena.submit(c.OpenRound(), ORGANISER)
        await self.house.arena.submit(c.StartClock(), ORGANISER)
        return "prompting"

    async def generate(self, max_tokens: int, take: int = 0, **_: Any) -> str:
        """Five attempts in the same instant."""
        finalists = self.house.arena.state.event.finalists
        await asyncio.gather(*(self._generate(f.id, max_tokens, take) for f in finalists))
        return "generating"

    async def _generate(self, finalist: str, max_tokens: int, take: int) -> None:
        prompt = "You are a storyteller. Be warm."
        command = c.Generate(f"{finalist}-{take}", prompt, 0.9, 0.95, max_tokens, 7 + take)
        await self.house.arena.submit(command, Actor(Role.FINALIST, finalist))

    async def attempts(self, **_: Any) -> list[dict[str, Any]]:
        """The finished attempts so far."""
        round_ = self.house.arena.state.current
        found = round_.attempts if round_ else ()
        return [
            {"id": a.id, "tokens": a.tokens, "ttft_ms": a.ttft_ms, "ms": a.ended_at - a.started_at}
            for a in found
            if a.ended_at is not None
        ]

    async def judging(self, **_: Any) -> str:
        """On to the vote, each finalist with an entry; gives the round's key."""
        arena = self.house.arena
        await self.prompting()
        await self.generate(max_tokens=5, take=99)
        while not all(a.finish_reason for a in arena.state.current.attempts):  # type: ignore[union-attr]  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await arena.submit(c.EndPrompting("bench"), ORGANISER)
        while arena.state.current.phase is not Phase.JUDGING:  # type: ignore[union-attr]  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        return arena.state.current.key  # type: ignore[union-attr]

    async def votes(self, **_: Any) -> int:
        """Ballots that are durable."""
        return len(self.house.arena.ballots.choices)

    async def choices(self, **_: Any) -> dict[str, str]:
        """Voter → choice, as the store has it."""
        return dict(self.house.arena.ballots.choices)

    async def clock(self, **_: Any) -> dict[str, Any]:
        """Phase, and the milliseconds left to vote."""
        round_ = self.house.arena.state.current
        assert round_ is not None
        left = (round_.voting_ends_at or 0) - self.house.arena.clock.now()
        return {"phase": round_.phase.value, "left_ms": left, "entries": sorted(round_.entries)}

    async def connected(self, **_: Any) -> int:
        """Phones whose socket is open."""
        return self.house.hub.presence().phones

    async def fan(self, rate: float, seconds: float, size: int, **_: Any) -> int:
        """Send frames of `size` bytes to every phone, `rate` a second; each carries the time it was sent at."""
        hub, loop = self.house.hub, asyncio.get_running_loop()
        self.house.painter.heartbeat = lambda: Frame(stamped(size))  # type: ignore[method-assign]  # one size for all
        begin, count = loop.time(), int(rate * seconds)
        for number in range(count):
            wait = begin + number / rate - loop.time()
            await asyncio.sleep(max(0.0, wait))
            frame = Frame(stamped(size))
            for key in hub.keys(Role.AUDIENCE):
                hub.publish(key, frame)
        return count


def stamped(size: int) -> bytes:
    """A payload of `size` bytes that begins with the monotonic time in nanoseconds, 20 digits."""
    return b"%020d" % time.monotonic_ns() + b"x" * (size - 20)


async def _listen(stage: Stage, port: int) -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    _say({"port": port})
    while line := await reader.readline():
        order = json.loads(line)
        _say({"answer": await getattr(stage, order.pop("do"))(**order)})


def _say(what: Iterable[Any]) -> None:
    print(json.dumps(what), flush=True)


async def serve(app: Any) -> None:
    """Run the application on a free port and obey orders."""
    # Pings would stand between the frames that are timed.
    config = uvicorn.Config(
        app,
        port=0,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        log_level="error",
        access_log=False,
        backlog=4096,
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 (uvicorn gives no event for it)
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    house = getattr(app.state, "house", None)
    listener = asyncio.create_task(_listen(Stage(house), port))
    await asyncio.wait({running, listener}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await running


def bare_app() -> Starlette:
    """The floor for posts: a Starlette route that reads nothing and answers nothing."""
    return Starlette(routes=[Route("/", lambda request: Response(b""), methods=["POST"])])


def main() -> None:
    """Entry of the process."""
    import structlog
    import uvloop

    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # standard output has the answers
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--kind", choices=["bare", "scripted", "local"], default="scripted")
    given = parser.parse_args()
    app = bare_app() if given.kind == "bare" else open_house(given.folder, given.kind)
    uvloop.run(serve(app))


if __name__ == "__main__":
    main()
