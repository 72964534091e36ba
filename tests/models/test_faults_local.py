"""Faults brought about on the local engine: its worker is stopped and killed for real."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import psutil
import pytest
import pytest_asyncio

from models.catalogue import Catalogue
from models.faults import Fault, Faulty
from models.local import LocalEngine
from models.protocol import BASE, EngineUnavailable
from tests.models.fleet.asking import text_of, until
from tests.models.test_faults import closed, speaking

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def local(catalogue: Catalogue) -> AsyncIterator[LocalEngine]:
    """An engine that may be broken."""
    engine = LocalEngine(base=catalogue.base, adapters=catalogue.served, threads=1)
    await engine.start()
    yield engine
    await engine.close()


@pytest.fixture
def ask(catalogue: Catalogue) -> dict[str, Any]:
    """An answer that does not end soon."""
    return {"adapter": catalogue.adapters[0].engine_name, "temperature": 5.0, "top_p": 1.0, "max_tokens": 300}


def is_stopped(pid: int) -> bool:
    return bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED)


async def test_a_stall_stops_the_worker_and_sets_it_going_again(local: LocalEngine, ask: dict[str, Any]) -> None:
    engine = Faulty(local, Fault.ENGINE_STALLS, after_streams=2, seconds=1.0)
    (pid,) = engine.pids
    running = await speaking(engine, 2, **ask)
    await until(lambda: is_stopped(pid))
    await asyncio.wait_for(engine.until_over(), 10)
    await until(lambda: not is_stopped(pid))
    await closed(running)
    assert await text_of(engine, adapter=BASE)


async def test_what_the_demo_judge_asks_passes_through(local: LocalEngine) -> None:
    engine = Faulty(local, Fault.ENGINE_DIES)
    scores = await engine.score_tokens(adapter=BASE, system_prompt="", question="?", choices=["1", "2"])
    assert list(scores) == ["1", "2"]
    assert await engine.count_prompt_tokens(system_prompt="", question="?") > 0


async def test_a_death_kills_the_worker_and_another_one_comes(local: LocalEngine, ask: dict[str, Any]) -> None:
    engine = Faulty(local, Fault.ENGINE_DIES, after_streams=2)
    (pid,) = engine.pids
    running = await speaking(engine, 2, **ask)
    with pytest.raises(EngineUnavailable, match="died"):
        await asyncio.wait_for(_rest_of(running[0]), 10)
    await closed(running)
    await until(lambda: engine.pids not in ((), (pid,)), limit_s=90)
    assert await text_of(engine, adapter=BASE)
    assert f"processes {pid}" in engine.log[-1]


async def _rest_of(stream: Any) -> None:
    async for _ in stream:
        pass


async def test_a_worker_that_is_stopped_still_ends_with_its_engine(local: LocalEngine, ask: dict[str, Any]) -> None:
    engine = Faulty(local, Fault.ENGINE_STALLS, after_streams=1, seconds=3600)
    (pid,) = engine.pids
    running = await speaking(engine, 1, **ask)
    await until(lambda: is_stopped(pid))
    await engine.close()
    assert not psutil.pid_exists(pid)
    await closed(running)
