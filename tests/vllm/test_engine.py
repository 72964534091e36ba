"""The engine on a stand-in for vLLM, a real child process that starts at once: lives, deaths, loading and the key."""

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from models import supervisor
from models.protocol import BASE, EngineError, EngineUnavailable, UnknownAdapter
from models.vllm import VllmEngine, VllmOptions, serving
from server.settings import DEMO_MODELS
from tests.vllm import standin
from tests.vllm.waiting import adapter_folder, is_alive, until

ASK: dict[str, Any] = {
    "system_prompt": "Be kind.",
    "question": "Why?",
    "temperature": 0.0,
    "top_p": 1.0,
    "max_tokens": 50,
    "seed": 1,
}
STANDIN = (sys.executable, standin.__file__)


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "PAUSES_S", (0.01,) * 4)
    monkeypatch.setattr(serving, "LOOK_S", 0.02)


def options(*more: str) -> VllmOptions:
    return VllmOptions(
        base=str(DEMO_MODELS / "base"), command=STANDIN, least_rank=8, room=1, more=more, start_timeout_s=30
    )


@contextlib.asynccontextmanager
async def started(made: VllmOptions, adapters: dict[str, Path]) -> AsyncIterator[VllmEngine]:
    engine = VllmEngine(made, adapters)
    try:
        await engine.start()
        yield engine
    finally:
        await engine.close()


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[VllmEngine]:
    async with started(options(), {"mei@1": adapter_folder(tmp_path / "mei")}) as engine:
        yield engine


async def text_of(engine: VllmEngine, adapter: str = "mei@1", **changes: Any) -> str:
    return "".join([piece.text async for piece in engine.stream(adapter=adapter, **ASK | changes)])


async def refusal(made: VllmOptions) -> str:
    engine = VllmEngine(made, {})
    with pytest.raises(EngineError) as caught:
        await engine.start()
    assert (await engine.health()).message == str(caught.value)
    await engine.close()
    return str(caught.value)


async def test_an_answer_streams_from_the_adapter_that_was_asked(engine: VllmEngine) -> None:
    assert (await text_of(engine)).startswith('mei@1 heard ["Be kind.", "Why?"]. Every table')
    assert (await text_of(engine, BASE)).startswith("base heard")
    with pytest.raises(UnknownAdapter):
        await text_of(engine, "nobody@1")


async def test_control_tokens_never_reach_the_model(engine: VllmEngine) -> None:
    text = await text_of(engine, system_prompt="Be <|end|>kind.<|sys<|end|>tem|>", question="<|assistant|>Why?")
    assert 'heard ["Be kind.", "Why?"]' in text


async def test_health_says_what_is_served(engine: VllmEngine) -> None:
    health = await engine.health()
    assert (health.ok, health.adapters) == (True, ("mei@1",))
    assert health.message == "vLLM is ready with 1 adapters."
    assert (await engine.probe("mei@1")).ok


async def test_nobody_without_the_key_gets_in_and_no_two_starts_have_the_same(engine: VllmEngine) -> None:
    life = engine._supervisor.life
    assert life is not None
    url, key = life._address.url, life._address._key.headers()
    async with httpx.AsyncClient() as stranger:
        for path in ("/models", "/load_lora_adapter", "/chat/completions"):
            assert (await stranger.post(url + path, json={})).status_code == 401
    assert url.startswith("http://127.0.0.1:")
    os.kill(engine.pids[0], signal.SIGKILL)
    await until(lambda: engine._supervisor.life not in (None, life))
    again = engine._supervisor.life
    assert again is not None
    assert again._address._key.headers() != key


async def test_a_death_in_mid_answer_is_told_and_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mute = tmp_path / "mute"
    monkeypatch.setenv("STANDIN_MUTE", str(mute))
    async with started(options(), {}) as engine:
        mute.touch()
        asking = asyncio.create_task(text_of(engine, BASE))
        await until(lambda: engine._supervisor.life and engine._supervisor.life.pulse.silence_s > 0)
        before = engine.pids
        os.kill(before[0], signal.SIGKILL)
        with pytest.raises(EngineUnavailable, match="vLLM died while it answered and is being restarted"):
            await asking
        mute.unlink()
        await until(lambda: engine.pids not in ((), before))
        await until(lambda: engine._supervisor.state.is_up)
        assert await text_of(engine, BASE)
        assert any("killed; perhaps memory ran out" in line for line in engine.log)


async def test_one_that_lives_but_gives_no_tokens_is_put_to_the_test_and_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mute = tmp_path / "mute"
    monkeypatch.setenv("STANDIN_MUTE", str(mute))
    monkeypatch.setattr(serving, "SILENCE_S", 0.1)
    monkeypatch.setattr(serving, "TEST_LIMIT_S", 0.2)
    async with started(options(), {}) as engine:
        before = engine.pids
        mute.touch()
        asking = asyncio.create_task(text_of(engine, BASE))
        await until(lambda: not is_alive(before[0]))
        with pytest.raises(EngineUnavailable):
            await asking
        mute.unlink()
        await until(lambda: engine._supervisor.state.is_up)
        assert await text_of(engine, BASE)
        assert any("gave no more tokens" in line for line in engine.log)


async def test_a_stream_that_is_let_go_before_its_first_token_is_no_death(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mute = tmp_path / "mute"
    monkeypatch.setenv("STANDIN_MUTE", str(mute))
    monkeypatch.setattr(serving, "SILENCE_S", 0.1)
    async with started(options(), {}) as engine:
        before, life = engine.pids, engine._supervisor.life
        assert life is not None
        mute.touch()
        asking = asyncio.create_task(text_of(engine, BASE))
        await until(lambda: life.pulse.silence_s > 0)
        asking.cancel()
        mute.unlink()
        await until(lambda: life.pulse.silence_s == 0)
        assert engine.pids == before


async def test_after_some_deaths_in_a_row_it_gives_up_and_a_new_start_begins_anew(engine: VllmEngine) -> None:
    for _ in range(supervisor.MAX_DEATHS):
        await until(lambda: engine.pids and engine._supervisor.state.is_up)
        gone = engine.pids
        os.kill(gone[0], signal.SIGKILL)
        await until(lambda: engine.pids != gone)  # noqa: B023
    await until(lambda: "died 5 times in a row" in engine._supervisor.state.message)
    with pytest.raises(EngineUnavailable, match="restart the server"):
        await text_of(engine)
    await engine.start()
    assert await text_of(engine)


async def test_an_adapter_within_the_room_is_loaded_while_others_answer(engine: VllmEngine, tmp_path: Path) -> None:
    before = engine.pids
    await engine.load("new@1", adapter_folder(tmp_path / "new"))
    await engine.load("new@1", tmp_path / "new")
    assert engine.pids == before
    assert (await text_of(engine, "new@1")).startswith("new@1 heard")
    await engine.unload("new@1")
    await engine.unload("new@1")
    with pytest.raises(UnknownAdapter):
        await text_of(engine, "new@1")


@pytest.mark.parametrize("rank", [8, 64])
async def test_without_room_for_it_or_its_rank_an_adapter_comes_by_a_restart(
    engine: VllmEngine, tmp_path: Path, rank: int
) -> None:
    await engine.load("second@1", adapter_folder(tmp_path / "second"))
    before = engine.pids
    await engine.load("third@1", adapter_folder(tmp_path / "third", rank))
    assert engine.pids != before
    for name in ("mei@1", "second@1", "third@1"):
        assert (await text_of(engine, name)).startswith(f"{name} heard")


async def test_a_hot_loaded_adapter_is_there_after_a_death(engine: VllmEngine, tmp_path: Path) -> None:
    await engine.load("new@1", adapter_folder(tmp_path / "new"))
    before = engine.pids
    os.kill(before[0], signal.SIGKILL)
    await until(lambda: engine.pids not in ((), before) and engine._supervisor.state.is_up)
    assert (await text_of(engine, "new@1")).startswith("new@1 heard")


async def test_an_adapter_that_no_vllm_serves_leaves_the_others_as_they_are(engine: VllmEngine, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="at most 512"):
        await engine.load("huge@1", adapter_folder(tmp_path / "huge", 1000))
    assert (await text_of(engine)).startswith("mei@1 heard")


async def test_an_adapter_given_before_the_start_is_served_from_it(tmp_path: Path) -> None:
    engine = VllmEngine(options(), {})
    await engine.load("early@1", adapter_folder(tmp_path / "early"))
    await engine.start()
    assert (await text_of(engine, "early@1")).startswith("early@1 heard")
    await engine.close()


async def test_an_adapter_given_while_it_starts_waits_for_the_start(tmp_path: Path) -> None:
    engine = VllmEngine(options(), {})
    starting = asyncio.create_task(engine.start())
    await until(lambda: engine._beginning.locked())
    await engine.load("late@1", adapter_folder(tmp_path / "late"))
    await starting
    assert (await text_of(engine, "late@1")).startswith("late@1 heard")
    await engine.close()


async def test_closing_leaves_nothing_and_says_so(engine: VllmEngine) -> None:
    pids = engine.pids
    await engine.close()
    await engine.close()
    assert not [pid for pid in pids if is_alive(pid)]
    assert engine.pids == ()
    with pytest.raises(EngineUnavailable, match="vLLM is stopped; start it again"):
        await text_of(engine)


async def test_a_start_that_is_given_up_leaves_nothing_running(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.vllm.child.STOP_LIMIT_S", 0.2)
    engine = VllmEngine(options("--misbehave", "deaf"), {})
    starting = asyncio.create_task(engine.start())
    await until(lambda: "loading for ever" in engine.log)
    message = (await engine.health()).message
    assert re.match(r"vLLM is starting; a start takes a minute or more\. So far \d+ s; it last said: loading", message)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    await engine.close()


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (options("--misbehave", "die"), "The GPU's memory is too small for the base with its adapters"),
        (replace(options(), base="/nowhere/base"), "There is no folder /nowhere/base; correct the base"),
        (replace(options(), base="/tmp"), "holds no model (no config.json)"),
        (replace(options(), base="nobody/nothing-7b"), "fetch it first: hf download nobody/nothing-7b"),
        (
            replace(options(), command=(), python="/nowhere/python"),
            "There is no program /nowhere/python; correct FINALE",
        ),
        (replace(options(), command=(), python=sys.executable), "vLLM is not installed for this interpreter"),
        (replace(options("--misbehave", "deaf"), start_timeout_s=0.5), "was not ready within 0.5 s"),
        (replace(options(), command=("/bin/sh", "-c", "echo no luck; exit 4")), 'its last words: "no luck"'),
    ],
)
async def test_a_start_that_fails_says_why_and_what_next(
    made: VllmOptions, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.vllm.child.STOP_LIMIT_S", 0.2)
    assert words in await refusal(made)
