"""A vLLM that runs at an address already: found, given what it lacks, and left running."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from models.protocol import EngineError
from models.vllm import VllmEngine, VllmOptions, serving
from models.vllm.options import arguments
from models.vllm.serving import _free_port
from server.settings import DEMO_MODELS
from tests.vllm import standin
from tests.vllm.test_engine import text_of
from tests.vllm.waiting import adapter_folder, until

KEY = "TEST_VLLM_KEY"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "k3y")


@asynccontextmanager
async def vllm_elsewhere(*more: str) -> AsyncIterator[str]:
    """The stand-in, started by somebody else; gives its address."""
    port = _free_port()
    made = arguments(VllmOptions(str(DEMO_MODELS / "base"), more=more), {}, port)
    environment = os.environ | {"VLLM_API_KEY": "k3y"}
    process = await asyncio.create_subprocess_exec(sys.executable, standin.__file__, *made, env=environment)
    url = f"http://127.0.0.1:{port}/v1"
    try:
        await until(lambda: _answers(url))
        yield url
    finally:
        process.kill()
        await process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/models").status_code == 401
    except httpx.TransportError:
        return False


def engine_at(url: str, adapters: dict[str, Path], limit_s: float = 20.0) -> VllmEngine:
    options = VllmOptions(str(DEMO_MODELS / "base"), start_timeout_s=limit_s)
    return VllmEngine(options, adapters, url=url, key_variable=KEY)


async def test_what_it_lacks_is_loaded_there_and_it_is_left_running(tmp_path: Path) -> None:
    async with vllm_elsewhere() as url:
        engine = engine_at(url, {"mei@1": adapter_folder(tmp_path / "mei")})
        await engine.start()
        assert (await text_of(engine)).startswith("mei@1 heard")
        assert engine.pids == ()
        await engine.close()
        assert _answers(url)
        again = engine_at(url, {"mei@1": tmp_path / "mei"})
        await again.start()
        assert (await text_of(again)).startswith("mei@1 heard")
        await again.close()


async def test_when_it_goes_the_board_says_so_and_when_it_is_back_it_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "AWAY_LIMIT_S", 0.5)
    async with vllm_elsewhere() as url:
        engine = engine_at(url, {})
        await engine.start()
    await until(lambda: not engine._supervisor.state.is_up)
    assert f"nothing answers at {url}" in " ".join(engine.log) + engine._supervisor.state.message
    await engine.close()


async def test_one_under_another_name_and_one_with_another_key_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async with vllm_elsewhere("--served-model-name", "llama") as url:
        engine = engine_at(url, {})
        with pytest.raises(EngineError, match="serves no model named base; start it with --served-model-name base"):
            await engine.start()
        monkeypatch.setenv(KEY, "wrong")
        with pytest.raises(EngineError, match=KEY):
            await engine.start()
        await engine.close()


async def test_nothing_at_the_address_is_told_after_the_longest_wait() -> None:
    engine = engine_at("http://127.0.0.1:9/v1", {}, limit_s=0.3)
    with pytest.raises(EngineError, match=r"Nothing that serves answers at http://127.0.0.1:9/v1"):
        await engine.start()
    await engine.close()
