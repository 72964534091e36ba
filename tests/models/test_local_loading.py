"""Adapters that come and go while the local engine answers: nobody's text changes, and a new worker knows them too."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

from models.catalogue import Catalogue
from models.local import LocalEngine
from models.local.lora import BASE_NUMBER, Group, SideBySideLora, lay, lift
from models.local.reading import read_adapters
from models.protocol import BASE, EngineError, EngineUnavailable, Piece, UnknownAdapter
from tests.models import tiny
from tests.models.test_local_engine import ASK, names, text_of, until

pytestmark = pytest.mark.asyncio(loop_scope="session")

LATE = "late@1"
LONG: dict[str, Any] = {"max_tokens": 300, "temperature": 4.0, "top_p": 1.0}


@pytest.fixture(scope="module")
def late(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter that is in no catalogue."""
    return tiny.make_adapter(
        catalogue.base, tmp_path_factory.mktemp("late"), seed=77, rank=3, target_modules=["q_proj"]
    )


@pytest_asyncio.fixture(loop_scope="session")
async def with_late(engine: LocalEngine, late: Path) -> AsyncIterator[LocalEngine]:
    await engine.load(LATE, late)
    yield engine
    await engine.unload(LATE)


async def test_a_stream_says_when_it_has_got_its_row(engine: LocalEngine, catalogue: Catalogue) -> None:
    name = names(catalogue)[0]
    running = [engine.stream(adapter=name, **ASK | LONG | {"seed": seed}) for seed in range(6)]
    assert [await anext(stream) for stream in running] == [Piece("", 0)] * 6
    seventh = engine.stream(adapter=name, **ASK)
    waiting = asyncio.create_task(anext(seventh))
    await anext(running[0])
    assert not waiting.done(), "all rows are taken"
    for stream in running:
        await stream.aclose()
    assert await waiting == Piece("", 0)
    await seventh.aclose()


async def test_what_is_loaded_beside_streams_leaves_their_texts_as_they_were(
    engine: LocalEngine, catalogue: Catalogue, late: Path
) -> None:
    asked = [{"adapter": name, "seed": seed, "max_tokens": 120} for seed, name in enumerate([*names(catalogue), BASE])]
    before = [await text_of(engine, **one) for one in asked]
    running = [asyncio.create_task(text_of(engine, **one)) for one in asked]
    for turn in range(5):
        await engine.load(f"turn@{turn}", late)
    assert not all(one.done() for one in running), "they were loaded while others streamed"
    newest = asyncio.create_task(text_of(engine, "turn@4"))
    assert await asyncio.gather(*running) == before
    assert await newest == await text_of(engine, "turn@0") != await text_of(engine, BASE)
    for turn in range(5):
        await engine.unload(f"turn@{turn}")
    assert [await text_of(engine, **one) for one in asked] == before


async def test_loading_what_is_served_changes_nothing(with_late: LocalEngine, catalogue: Catalogue) -> None:
    text = await text_of(with_late, LATE)
    await with_late.load(LATE, catalogue.base / "nowhere")
    await with_late.load(names(catalogue)[0], catalogue.base / "nowhere")
    assert await text_of(with_late, LATE) == text
    assert LATE in (await with_late.health()).adapters


async def test_an_unloaded_adapter_is_refused_and_its_stream_under_way_goes_on(engine: LocalEngine, late: Path) -> None:
    await engine.load(LATE, late)
    text = await text_of(engine, LATE, max_tokens=200)
    running = asyncio.create_task(text_of(engine, LATE, max_tokens=200))
    await asyncio.sleep(0)
    await engine.unload(LATE)
    with pytest.raises(UnknownAdapter):
        await text_of(engine, LATE)
    assert await running == text
    await engine.unload(LATE)
    await engine.load(LATE, late)
    assert await text_of(engine, LATE, max_tokens=200) == text
    await engine.unload(LATE)


@pytest.mark.parametrize("broken", ["nowhere", "weights", "other"])
async def test_what_cannot_be_read_is_refused_in_words_and_harms_nobody(
    engine: LocalEngine, catalogue: Catalogue, late: Path, tmp_path: Path, broken: str
) -> None:
    folder = tmp_path / "adapter"
    if broken != "nowhere":
        shutil.copytree(late, folder)
    if broken == "weights":
        (folder / "adapter_model.safetensors").write_bytes(b"\0" * 99)
    if broken == "other":
        settings = folder / "adapter_config.json"
        settings.write_text(settings.read_text().replace('"q_proj"', '"v_proj"'))
    with pytest.raises(EngineError, match=r"could not read broken@1 .*; hand it in again\."):
        await engine.load("broken@1", folder)
    assert "broken@1" not in (await engine.health()).adapters
    assert await text_of(engine, names(catalogue)[0])


async def test_a_worker_that_is_started_again_knows_what_was_loaded_and_not_what_was_unloaded(
    catalogue: Catalogue, late: Path, tmp_path: Path
) -> None:
    gone = shutil.copytree(late, tmp_path / "gone")
    engine = LocalEngine(base=catalogue.base, adapters=catalogue.served, threads=1)
    assert engine.pids == ()
    await engine.load("early@1", late)
    await engine.start()
    try:
        await engine.load(LATE, late)
        await engine.load("gone@1", gone)
        texts = [await text_of(engine, name) for name in ("early@1", LATE)]
        await engine.unload(names(catalogue)[4])
        shutil.rmtree(gone)
        (pid,) = engine.pids
        os.kill(pid, signal.SIGKILL)
        await until(lambda: engine.pids not in ((), (pid,)))
        assert [await text_of(engine, name) for name in ("early@1", LATE)] == texts
        with pytest.raises(UnknownAdapter):
            await text_of(engine, names(catalogue)[4])
        with pytest.raises(EngineError, match="gone@1"):
            await text_of(engine, "gone@1")
    finally:
        await engine.close()
    with pytest.raises(EngineUnavailable):
        await text_of(engine, LATE)


async def test_matrices_read_beside_the_model_are_those_that_peft_applies(catalogue: Catalogue, late: Path) -> None:
    tokens = torch.tensor([[5, 9, 40, 7]])
    folders = [str(late), *map(str, catalogue.served.values())]
    adapters = read_adapters(AutoModelForCausalLM.from_pretrained(catalogue.base).config, folders)
    model = AutoModelForCausalLM.from_pretrained(catalogue.base, dtype=torch.float32).eval()
    groups = [Group(0, 1), Group(1, len(folders) - 1)]
    with torch.inference_mode():
        bare = model(tokens).logits
        lay(model, groups[0], adapters[:1])
        lay(model, groups[1], adapters[1:])
        for number in range(BASE_NUMBER, len(folders)):
            for group in groups:
                group.choose(torch.tensor([number]))
            expected = bare if number == BASE_NUMBER else _peft_logits(catalogue.base, folders[number], tokens)
            torch.testing.assert_close(model(tokens).logits, expected, rtol=1e-5, atol=1e-5)
        for group in groups:
            lift(model, group)
    assert not any(module.updates for module in model.modules() if isinstance(module, SideBySideLora))


def _peft_logits(base: Path, folder: str, tokens: torch.Tensor) -> torch.Tensor:
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    logits: torch.Tensor = PeftModel.from_pretrained(model, folder).eval()(tokens).logits
    return logits
