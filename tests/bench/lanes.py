"""Answers side by side on an engine, one a lane, with the times of their tokens."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.protocol import Engine

TOKENS = 200
WARM = {"temperature": 0.9, "top_p": 0.95}
"""As finalists play, and as the arena's process of the benches asks."""
RESTLESS = {"temperature": 2.0, "top_p": 1.0}
"""Answers that hardly ever end before their last token: all lanes stream side by side until the end."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One answer: its tokens, the time to the first of them, and the time to its end."""

    tokens: int
    ttft_ms: float
    ms: float

    @property
    def rate(self) -> float:
        """Tokens per second after the first."""
        return (self.tokens - 1) * 1000 / max(1.0, self.ms - self.ttft_ms)


async def together(engine: Engine, names: Sequence[str], seed: int, sampling: Mapping[str, float] = WARM) -> list[Lane]:
    """All lanes asked in the same instant, the same of each."""
    return list(await asyncio.gather(*(_one(engine, name, seed, sampling) for name in names)))


async def _one(engine: Engine, name: str, seed: int, sampling: Mapping[str, float]) -> Lane:
    began, first, tokens = time.perf_counter(), 0.0, 0
    async for piece in engine.stream(
        adapter=name, system_prompt="You are a storyteller. Be warm.", question="Question one?",
        temperature=sampling["temperature"], top_p=sampling["top_p"], max_tokens=TOKENS, seed=seed,
    ):  # fmt: skip
        first = first or (time.perf_counter() if piece.tokens else 0.0)
        tokens += piece.tokens
    return Lane(tokens, (first - began) * 1000, (time.perf_counter() - began) * 1000)


def rate(lanes: Sequence[Lane]) -> float:
    """Tokens per second of all lanes together, until the last one ends."""
    return sum(lane.tokens for lane in lanes) * 1000 / max(lane.ms for lane in lanes)


def spread(lanes: Sequence[Lane]) -> float:
    """The fastest lane's tokens per second over the slowest's."""
    return max(lane.rate for lane in lanes) / min(lane.rate for lane in lanes)
