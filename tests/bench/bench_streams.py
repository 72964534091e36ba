"""Streams through the arena: from the engine's yield to the stage's socket, and what five streams lose on the way."""

import asyncio
import json
import re
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from models.catalogue import load_catalogue
from models.local import LocalEngine
from tests.bench.driving import Server, median, percentile, row, running

MOST_P99_MS, MOST_LOSS = 120.0, 0.05
TOKENS, TURNS = 200, 3
CATALOGUE = Path(__file__).resolve().parents[2] / "models" / "demo" / "catalogue.json"
STAMP = re.compile(r"t(\d{12,})")


def main() -> None:
    """Run the benchmark and print it."""
    with tempfile.TemporaryDirectory() as folder, running("scripted", Path(folder)) as server:
        delays = asyncio.run(_delays(server))
    p99 = percentile(delays, 0.99)
    row("engine's yield to the stage's socket, p50", f"{percentile(delays, 0.5):.0f} ms")
    row("the same, p99 at five streams", f"{p99:.0f} ms", f"under {MOST_P99_MS:g}", p99 < MOST_P99_MS)
    bare, through = [], []
    with tempfile.TemporaryDirectory() as folder, running("local", Path(folder)) as server:
        asyncio.run(_alternate(server, bare, through))
    loss = 1 - median(through) / median(bare)
    row("five streams, bare engine, tokens a second", f"{median(bare):.0f}")
    row("five streams through the arena, tokens a second", f"{median(through):.0f}")
    row("lost on the way", f"{loss:.1%}", f"under {MOST_LOSS:.0%}", loss < MOST_LOSS)


async def _screen(server: Server, path: str, who: str, links: dict[str, str]) -> ClientConnection:
    base = f"http://127.0.0.1:{server.port}"
    async with httpx.AsyncClient(base_url=base, follow_redirects=False) as client:
        await client.get(f"/enter/{links[who]}")
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    url = f"ws://127.0.0.1:{server.port}/live/{path}"
    return await connect(url, additional_headers={"Cookie": cookie}, origin=base, compression=None, max_size=None)  # type: ignore[arg-type]


async def _delays(server: Server) -> list[float]:
    """Milliseconds from each word's yield to its first appearance on the stage."""
    links = server.ask("links")
    server.ask("prompting")
    screen = await _screen(server, "stage", "stage", links)
    audience = [await _screen(server, "play", who, links) for who in links if who in ("mei-ling", "arjun", "farah")]
    drains = [asyncio.create_task(_drain(socket)) for socket in audience]
    server.ask("generate", max_tokens=TOKENS)
    seen: set[int] = set()
    delays: list[float] = []
    while len(seen) < 5 * TOKENS:
        frame = json.loads(await asyncio.wait_for(screen.recv(), 15))
        now = time.monotonic_ns()
        fresh = {int(stamp) for stamp in STAMP.findall(frame.get("content", ""))} - seen
        seen |= fresh
        delays += [(now - stamp) / 1e6 for stamp in fresh]
    for drain in drains:
        drain.cancel()
    return delays


async def _drain(socket: ClientConnection) -> None:
    async for _ in socket:
        pass


async def _alternate(server: Server, bare: list[float], through: list[float]) -> None:
    catalogue = load_catalogue(CATALOGUE)
    names = [adapter.engine_name for adapter in catalogue.adapters]
    links = server.ask("links")
    server.ask("prompting")
    screens = [await _screen(server, "stage", "stage", links)]
    screens += [await _screen(server, "play", who, links) for who in links if who in {a.id for a in catalogue.adapters}]
    drains = [asyncio.create_task(_drain(socket)) for socket in screens]
    engine = LocalEngine(base=catalogue.base, adapters=catalogue.served)
    await engine.start()
    await _engine_is_up(server)
    for turn in range(TURNS):
        bare.append(await _bare(engine, names, turn))
        through.append(await _through(server, turn))
    await engine.close()
    for drain in drains:
        drain.cancel()


async def _engine_is_up(server: Server) -> None:
    """The arena's own engine loads in the background: wait for an attempt with text."""
    for take in range(1000, 1200):
        await asyncio.to_thread(server.ask, "generate", max_tokens=2, take=take)
        found = await _finished(server, f"-{take}")
        if all(one["tokens"] for one in found):
            return
    raise RuntimeError("the arena's engine did not start")


async def _finished(server: Server, suffix: str) -> list[dict[str, Any]]:
    while True:
        found = [a for a in await asyncio.to_thread(server.ask, "attempts") if a["id"].endswith(suffix)]
        if len(found) == 5:
            return found
        await asyncio.sleep(0.05)


async def _through(server: Server, turn: int) -> float:
    await asyncio.to_thread(server.ask, "generate", max_tokens=TOKENS, take=turn)
    found = await _finished(server, f"-{turn}")
    return sum(one["tokens"] for one in found) / (max(one["ms"] for one in found) / 1000)


async def _bare(engine: LocalEngine, names: list[str], turn: int) -> float:
    async def one(name: str) -> int:
        stream = engine.stream(
            adapter=name, system_prompt="You are a storyteller. Be warm.", question="Question one?",
            temperature=0.9, top_p=0.95, max_tokens=TOKENS, seed=7 + turn,
        )  # fmt: skip
        return sum([piece.tokens async for piece in stream])

    began = time.perf_counter()
    tokens = await asyncio.gather(*(one(name) for name in names))
    return sum(tokens) / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
