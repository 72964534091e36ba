"""The same adapter at temperature 0 says the same on every engine: local, vllm, and openai pointed at that vLLM.

Token by token, up to the first near-tie: where the two best tokens are closer than `TIE` in log-probability, rounding
may decide, and from there on two texts may differ without either being wrong. vLLM itself tells how close they were.
"""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

from models import chat
from models.local import LocalEngine
from models.openai import OpenAIEngine
from models.openai_address import Address
from models.protocol import Engine
from models.vllm.tokens import control_tokens
from tests.vllm.real import VllmServer, demo_catalogue

pytestmark = [pytest.mark.vllm, pytest.mark.xdist_group("vllm")]

TIE, TOKENS, PROMPTS, AGREEING = 0.05, 40, 50, 0.95
PATIENCE_S = 400.0
T = TypeVar("T")
SYSTEM = ["", "You are a friendly guide to Singapore.", "Answer in one short paragraph. Be kind, and be exact."]
QUESTIONS = [
    "What is a kopitiam?",
    "Why do hawkers matter?",
    "Tell me about the void deck.",
    "What should a visitor eat first, and why?",
    "How do people here help their neighbours?",
    "What do festivals have in common?",
    "Explain chope to a stranger.",
    "What makes a good host?",
    "Which games did children play?",
    "Say something about rain.",
]


@dataclass(frozen=True)
class Question:
    """One prompt for one adapter."""

    adapter: str
    system: str
    text: str


def questions() -> list[Question]:
    adapters = [adapter.engine_name for adapter in demo_catalogue().adapters]
    systems = itertools.cycle(SYSTEM)
    return [Question(adapter, next(systems), text) for text in QUESTIONS for adapter in adapters][:PROMPTS]


async def said_by(engine: Engine, asked: Question) -> str:
    pieces = engine.stream(
        adapter=asked.adapter,
        system_prompt=asked.system,
        question=asked.text,
        temperature=0.0,
        top_p=1.0,
        max_tokens=TOKENS,
        seed=1,
    )
    return "".join([piece.text async for piece in pieces])


@dataclass(frozen=True)
class Certain:
    """How an answer must begin; `is_whole`: and that it must end there."""

    beginning: str
    is_whole: bool

    def agrees_with(self, text: str) -> bool:
        return text == self.beginning if self.is_whole else text.startswith(self.beginning)


async def of_each_question(answer: Callable[[Question], Awaitable[T]]) -> list[T]:
    """Five at a time, as in a show."""
    turn = asyncio.Semaphore(5)

    async def one(asked: Question) -> T:
        async with turn:
            return await answer(asked)

    return list(await asyncio.gather(*(one(asked) for asked in questions())))


async def all_said_by(engine: Engine) -> list[str]:
    return await of_each_question(lambda asked: said_by(engine, asked))


async def certain_beginnings(address: Address) -> list[Certain]:
    """What vLLM says up to the first near-tie."""
    return await of_each_question(lambda asked: _certain(address, asked))


async def _certain(address: Address, asked: Question) -> Certain:
    body: dict[str, Any] = {"model": asked.adapter, "messages": chat.messages(asked.system, asked.text)}
    body |= {"temperature": 0, "max_tokens": TOKENS, "logprobs": True, "top_logprobs": 2}
    answer = await address.post("/chat/completions", json.dumps(body))
    said, ends = b"", control_tokens(demo_catalogue().base)
    for token in answer.value["choices"][0]["logprobs"]["content"]:
        best, second = (one["logprob"] for one in token["top_logprobs"][:2])
        if best - second < TIE:
            break
        if token["token"] in ends:
            return Certain(said.decode(), is_whole=True)
        said += bytes(token["bytes"] or b"")
    return Certain(said.decode(errors="ignore"), is_whole=False)


async def said_by_local() -> list[str]:
    catalogue = demo_catalogue()
    engine = LocalEngine(base=catalogue.base, adapters=catalogue.served, threads=1)
    try:
        await engine.start()
        return await all_said_by(engine)
    finally:
        await engine.close()


async def said_by_openai(address: Address) -> list[str]:
    return await all_said_by(OpenAIEngine(address, {asked.adapter: asked.adapter for asked in questions()}))


def test_every_engine_says_the_same_up_to_the_first_near_tie(
    server: VllmServer, record_property: Callable[[str, object], None]
) -> None:
    life = server.vllm._supervisor.life
    assert life is not None
    certain = server.do(certain_beginnings(life._address), PATIENCE_S)
    told = {
        "vllm": server.do(all_said_by(server.vllm), PATIENCE_S),
        "openai": server.do(said_by_openai(life._address), PATIENCE_S),
        "local": server.do(said_by_local(), PATIENCE_S),
    }
    assert sum(len(one.beginning) for one in certain) / PROMPTS > 40, "the beginnings are too short to prove anything"
    for engine, texts in told.items():
        same = [one.agrees_with(text) for text, one in zip(texts, certain, strict=True)]
        record_property(f"{engine} agrees", sum(same) / PROMPTS)
        differing = [pair for pair, agrees in zip(zip(texts, certain, strict=True), same, strict=True) if not agrees]
        assert len(same) == PROMPTS
        assert sum(same) >= AGREEING * PROMPTS, (engine, differing)
