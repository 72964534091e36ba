"""Faults for rehearsals: they come when enough streams are under way, they are real, and they go again."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from models.faults import Fault, Faulty
from models.protocol import Engine, EngineUnavailable, Piece
from models.scripted import Script, ScriptedEngine
from tests.models.fleet.asking import ASK, MEI, text_of, until

WORDS = "one two three four five six seven"
LONG = Script(" ".join([WORDS] * 50), pause_s=0.002)


async def speaking(engine: Engine, count: int, **changes: Any) -> list[AsyncGenerator[Piece, None]]:
    """`count` streams that have text; the last of them brings the fault on, so it may already have failed."""
    running = [engine.stream(**ASK | changes) for _ in range(count)]
    for stream in running:
        with contextlib.suppress(EngineUnavailable):
            while not (await asyncio.wait_for(anext(stream), 30)).text:
                pass
    return running


async def closed(running: list[AsyncGenerator[Piece, None]]) -> None:
    for stream in running:
        with contextlib.suppress(EngineUnavailable):
            await stream.aclose()


async def scripted(script: Script = LONG) -> ScriptedEngine:
    engine = ScriptedEngine({MEI: script})
    await engine.start()
    return engine


@pytest.mark.parametrize("fault", Fault)
async def test_with_fewer_streams_than_it_waits_for_the_engine_is_as_it_is(fault: Fault) -> None:
    engine = Faulty(await scripted(Script(WORDS)), fault, after_streams=2)
    assert [await text_of(engine) for _ in range(3)] == [WORDS] * 3
    assert not engine.has_happened
    assert (engine.name, engine.pids, engine.log) == ("scripted", (), ())
    assert (await engine.health()).ok
    await engine.close()


@pytest.mark.parametrize("fault", [Fault.NETWORK_DROP, Fault.ENGINE_DIES])
async def test_a_cut_fails_streams_under_way_and_new_ones_until_it_is_over(fault: Fault, tmp_path: Path) -> None:
    inner = await scripted(Script(WORDS, stalls=True, fault_after=1))
    engine = Faulty(inner, fault, after_streams=3, seconds=0.2)
    stuck = [engine.stream(**ASK) for _ in range(2)]
    for stream in stuck:
        await anext(stream)
    waiting = [asyncio.create_task(anext(stream)) for stream in stuck]
    await asyncio.sleep(0)
    await closed(await speaking(engine, 1))
    assert engine.has_happened
    for task in waiting:
        with pytest.raises(EngineUnavailable, match="is cut for a rehearsal"):
            await asyncio.wait_for(task, 2)
    with pytest.raises(EngineUnavailable, match="is cut"):
        await text_of(engine)
    with pytest.raises(EngineUnavailable, match="is cut"):
        await engine.load("new@1", tmp_path)
    assert not (await engine.health()).ok
    assert not (await engine.probe(MEI)).ok
    await asyncio.wait_for(engine.until_over(), 5)
    inner.scripts = {MEI: Script(WORDS)}
    assert await text_of(engine) == WORDS
    assert (await engine.health()).ok
    assert f"{fault} was brought about" in engine.log[-1]
    await engine.close()


async def test_a_stall_holds_pieces_back_and_lets_them_go() -> None:
    engine = Faulty(await scripted(Script(WORDS)), Fault.ENGINE_STALLS, after_streams=2, seconds=0.3)
    texts = [asyncio.create_task(text_of(engine)) for _ in range(2)]
    await until(lambda: engine.has_happened)
    late = asyncio.create_task(engine.probe(MEI))
    done, _ = await asyncio.wait([*texts, late], timeout=0.1)
    assert done == set()
    assert (await engine.health()).ok, "what has stalled does not say so"
    assert await asyncio.gather(*texts) == [WORDS] * 2
    assert (await late).ok
    await engine.close()


async def test_a_slow_engine_gives_about_a_token_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.faults.SLOW_PIECE_S", 0.05)
    engine = Faulty(await scripted(Script(WORDS)), Fault.ENGINE_SLOW, after_streams=1, seconds=3600)
    began = asyncio.get_running_loop().time()
    assert await text_of(engine) == WORDS
    assert asyncio.get_running_loop().time() - began >= 7 * 0.05
    await engine.close()


async def test_a_fault_comes_once() -> None:
    engine = Faulty(await scripted(Script(WORDS)), Fault.NETWORK_DROP, after_streams=1, seconds=0.01)
    with pytest.raises(EngineUnavailable):
        await text_of(engine)
    await asyncio.wait_for(engine.until_over(), 5)
    assert [await text_of(engine) for _ in range(3)] == [WORDS] * 3
    await engine.close()


async def test_closing_takes_the_fault_away() -> None:
    engine = Faulty(await scripted(), Fault.ENGINE_STALLS, after_streams=1, seconds=3600)
    waiting = asyncio.create_task(text_of(engine))
    await until(lambda: engine.has_happened)
    await engine.close()
    with pytest.raises(EngineUnavailable):
        await asyncio.wait_for(waiting, 5)
