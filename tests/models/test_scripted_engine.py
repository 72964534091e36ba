"""The scripted engine's faults, the probe, and what importing `models` may cost."""

import asyncio
import subprocess
import sys
from typing import Any

import pytest

from models.probe import probe_engine
from models.protocol import EngineUnavailable, Piece
from models.scripted import Script, ScriptedEngine

ASK: dict[str, Any] = {
    "adapter": "a", "system_prompt": "", "question": "?", "temperature": 1.0, "top_p": 1.0, "max_tokens": 50, "seed": 0,
}  # fmt: skip


async def started(script: Script) -> ScriptedEngine:
    engine = ScriptedEngine({"a": script})
    await engine.start()
    return engine


async def collect(engine: ScriptedEngine, shown: list[Piece]) -> None:
    async for piece in engine.stream(**ASK):
        shown.append(piece)


async def test_it_plays_its_text_and_stops() -> None:
    pieces = [piece async for piece in (await started(Script("one two three"))).stream(**ASK)]
    assert pieces == [Piece("one", 1), Piece(" two", 1), Piece(" three", 1), Piece("", 0, "stop")]


async def test_it_keeps_to_the_token_limit() -> None:
    pieces = [piece async for piece in (await started(Script("one two three"))).stream(**ASK | {"max_tokens": 2})]
    assert pieces[-1].finish_reason == "length"
    assert sum(piece.tokens for piece in pieces) == 2


async def test_it_dies_after_as_many_pieces_as_scripted() -> None:
    engine, shown = await started(Script("one two three", dies=True, fault_after=2)), list[Piece]()
    with pytest.raises(EngineUnavailable):
        await collect(engine, shown)
    assert len(shown) == 2
    assert engine.running == 0


async def test_a_stalled_stream_can_be_cancelled() -> None:
    engine = await started(Script("one two three", stalls=True, fault_after=1))
    running = engine.stream(**ASK)
    await anext(running)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(running), 0.05)
    assert engine.running == 0


async def test_closing_it_ends_running_streams() -> None:
    engine = await started(Script("one two"))
    running = engine.stream(**ASK)
    await anext(running)
    await engine.close()
    with pytest.raises(EngineUnavailable):
        await anext(running)
    assert not (await engine.health()).ok


async def test_a_probe_of_a_stalled_engine_ends_in_time() -> None:
    probe = await probe_engine(await started(Script(stalls=True)), "a", limit_s=0.05)
    assert not probe.ok
    assert "within 0.05 s" in probe.message


def test_the_shows_side_of_models_costs_no_torch_and_knows_no_server() -> None:
    modules = "models.local, models.openai, models.catalogue, models.judging, models.scripted, models.chat"
    unwanted = "'torch', 'transformers', 'server', 'training'"
    check = f"import sys, {modules}; print([name for name in ({unwanted}) if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
