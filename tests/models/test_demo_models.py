"""The shipped demo models on the local engine: what the show relies on."""

import asyncio
from typing import Any

import pytest

from models.catalogue import Catalogue
from models.local import LocalEngine
from models.protocol import BASE

pytestmark = pytest.mark.asyncio(loop_scope="session")

ASK: dict[str, Any] = {
    "system_prompt": "Answer in your own way.",
    "question": "What makes a hawker centre special?",
    "temperature": 0.0,
    "top_p": 1.0,
    "max_tokens": 40,
    "seed": 1,
}


async def text_of(engine: LocalEngine, adapter: str, **changes: Any) -> str:
    return "".join([piece.text async for piece in engine.stream(adapter=adapter, **ASK | changes)])


async def test_every_finalist_answers_differently_and_in_text(
    demo_engine: LocalEngine, demo_catalogue: Catalogue
) -> None:
    names = [BASE, *(adapter.engine_name for adapter in demo_catalogue.adapters)]
    asked = {"system_prompt": "", "temperature": 1.0, "max_tokens": 120}
    texts = await asyncio.gather(*(text_of(demo_engine, name, **asked) for name in names))
    assert len(set(texts)) == len(names)
    assert all(len(text.split()) > 5 for text in texts)


async def test_sampled_answers_are_the_same_alone_and_together(
    demo_engine: LocalEngine, demo_catalogue: Catalogue
) -> None:
    asked = [
        {"adapter": adapter.engine_name, "temperature": 0.8, "top_p": 0.9, "seed": seed}
        for seed, adapter in enumerate(demo_catalogue.adapters)
    ]
    alone = [await text_of(demo_engine, **one) for one in asked]
    assert await asyncio.gather(*(text_of(demo_engine, **one) for one in asked)) == alone


async def test_every_adapter_passes_its_probe(demo_engine: LocalEngine, demo_catalogue: Catalogue) -> None:
    probes = [await demo_engine.probe(name) for name in demo_catalogue.served]
    assert all(probe.ok for probe in probes)
