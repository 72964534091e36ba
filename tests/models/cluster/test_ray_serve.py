"""The fleet through Ray Serve, on a local Ray: it reads the shipped configuration, and streams stay streams.

What needs GPUs, a bucket and vLLM in Ray's own environment is not tried here; docs/organisers/fleet.md says what was.
"""

import asyncio
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from models.fleet.addresses import fleet_at
from tests.models.fake_address import FakeAddress, Request, delta, events, fake_address, whole
from tests.models.fleet.asking import ASK, MEI, text_of

# Ray is never imported here: it puts modules of its own in front of those that other tests use.
pytestmark = [
    pytest.mark.cluster,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(
        importlib.util.find_spec("grpc_reflection") is None or importlib.util.find_spec("ray") is None,
        reason="Ray Serve is not installed: pip install 'finale[cluster]'",
    ),
]
ROOT = Path(__file__).resolve().parents[3]
LIMIT_S = 300  # Ray takes 15 s to start on two quiet cores, and much longer on busy ones
SOUND = events(delta("kopi "), delta("please"), delta("", "stop"))
LISTED = whole({"data": [{"id": "base"}, {"id": f"base:{MEI}"}]})


@dataclass(frozen=True, slots=True)
class Served:
    """Ray Serve's `url`, how many models the configuration has, and the address `behind` it."""

    url: str
    models: int
    behind: FakeAddress


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served() -> AsyncIterator[Served]:
    """A Ray of its own that passes requests on to a small address."""
    place = Path(tempfile.mkdtemp(prefix="ray-"))
    environment = os.environ | {
        "HOME": str(place),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_memory_monitor_refresh_ms": "0",
        "RAY_OBJECT_STORE_ALLOW_SLOW_STORAGE": "1",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT),
    }
    async with fake_address(answer) as behind:
        log = (place / "log").open("wb")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.models.cluster.serve_through",
            str(ROOT / "deploy/ray/serve.yaml"), behind.url, str(place),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=environment,
        )  # fmt: skip
        assert process.stdin is not None
        try:
            url, models = await asyncio.wait_for(_ready(process, place / "log"), LIMIT_S)
            yield Served(url, models, behind)
        finally:
            process.stdin.close()
            try:
                await asyncio.wait_for(process.communicate(), LIMIT_S)
            except TimeoutError:
                process.kill()
            log.close()
            shutil.rmtree(place, ignore_errors=True)


async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
    """What the address behind Ray answers unless a test says otherwise."""
    await (LISTED if request.method == "GET" else SOUND)(request, writer)


async def _ready(process: asyncio.subprocess.Process, log: Path) -> tuple[str, int]:
    assert process.stdout is not None
    async for line in process.stdout:
        words = line.decode().split()
        if words[:1] == ["ready"]:
            return words[1], int(words[2])
    raise AssertionError(log.read_text()[-3000:])


async def test_the_shipped_configuration_is_one_that_ray_reads(served: Served) -> None:
    assert served.models == 1


async def test_a_fleet_is_served_through_ray_under_rays_names(served: Served) -> None:
    fleet = fleet_at(f"{served.url},http://127.0.0.1:9/v1", "", [MEI], name_there="base:{adapter}")
    await fleet.start()
    assert await text_of(fleet) == "kopi please"
    assert served.behind.requests[-1].body["model"] == f"base:{MEI}"
    assert "1 of 2 addresses ready" in (await fleet.health()).message
    await fleet.close()


async def test_text_comes_through_ray_as_it_is_made(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    may_end, left = asyncio.Event(), asyncio.Event()

    async def in_two_parts(request: Request, writer: asyncio.StreamWriter) -> None:
        await events(delta("first"), done=False)(request, writer)
        await may_end.wait()
        while not writer.transport.is_closing():
            writer.write(b": beat\n\n")
            await asyncio.sleep(0.01)
        left.set()

    monkeypatch.setattr(served.behind, "answer", in_two_parts)
    fleet = fleet_at(served.url, "", [MEI], name_there="base:{adapter}")
    running = fleet.stream(**ASK)
    async with asyncio.timeout(30):
        while not (piece := await anext(running)).text:
            pass
        assert piece.text == "first"
        may_end.set()
        await running.aclose()
        await left.wait()
    await fleet.close()
