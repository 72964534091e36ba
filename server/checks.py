"""What the readiness board checks, put together from the parts of a running server."""

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

from server.arena.engines import Engine
from server.arena.readiness import Task
from server.domain.event import Event
from server.settings import Settings

Result = tuple[str, str, str]
SLOW_TTFT_MS = 1_500
LEAST_FREE_MB = 500


def checks(
    event: Event, engine: Engine, canaries: Callable[[], Awaitable[tuple[bool, str]]] | None, settings: Settings
) -> list[Task]:
    """One task per row of the board."""
    tasks = [Task("engine", f"Engine ({engine.name})", lambda: _engine(engine))]
    tasks += [
        Task(f"adapter-{finalist.id}", f"Model of {finalist.name}", _probe(engine, finalist.adapter))
        for finalist in event.finalists
    ]
    if canaries is not None:
        tasks.append(Task("judge", "LLM judge: canaries", lambda: _judge(canaries)))
    tasks.append(Task("address", "Public address", lambda: _address(settings)))
    tasks.append(Task("disk", "Disk", _disk))
    return tasks


async def _engine(engine: Engine) -> Result:
    health = await engine.health()
    return (
        ("green" if health.ok else "red"),
        health.message,
        "" if health.ok else "Restart the engine, then probe again.",
    )


def _probe(engine: Engine, adapter: str) -> Callable[[], Awaitable[Result]]:
    async def run() -> Result:
        probe = await engine.probe(adapter)
        if not probe.ok:
            return "red", probe.message, "Check this finalist's adapter, then probe again."
        ttft = probe.ttft_ms or 0.0
        detail = f"first token after {ttft:.0f} ms, {probe.tokens_per_second or 0:.0f} tokens/s"
        if ttft > SLOW_TTFT_MS:
            return "amber", detail, "Slow: probe again; if it stays, free the machine or restart the engine."
        return "green", detail, ""

    return run


async def _judge(canaries: Callable[[], Awaitable[tuple[bool, str]]]) -> Result:
    ok, message = await canaries()
    return ("green" if ok else "amber"), message, "" if ok else "Use another judge, or let its weight be 0."


async def _address(settings: Settings) -> Result:
    host = urlsplit(settings.base_url).hostname or ""
    if host in ("127.0.0.1", "localhost", "::1"):
        remedy = (
            "Phones in the hall cannot reach it: start with --host 0.0.0.0 and --public-url http://THIS-MACHINE:PORT."
        )
        return "amber", f"{settings.base_url} works on this machine only", remedy
    return "green", f"{settings.base_url}: try the QR code with one phone", ""


async def _disk() -> Result:
    free_mb = shutil.disk_usage(Path.cwd()).free // 2**20
    if free_mb < LEAST_FREE_MB:
        return "red", f"{free_mb} MB free", "Free some space: a full disk stops votes from being saved."
    return "green", f"{free_mb / 1024:.0f} GB free", ""
