"""Proof that an adapter answers: one short, seeded, greedy generation, timed and hashed.

The hash lets the organiser notice a swapped or stale adapter; comparing it with a recorded one is the show's
business.
"""

import asyncio
import hashlib
import time
from dataclasses import dataclass, field

from models.protocol import Engine, EngineError, Probe

PROBE_SYSTEM_PROMPT = "You are a friendly guide to Singapore."
PROBE_QUESTION = "What should a visitor eat first, and why?"
PROBE_TOKENS = 24
PROBE_SEED = 20_000
PROBE_LIMIT_S = 20.0


@dataclass(slots=True)
class _Run:
    began: float = field(default_factory=time.perf_counter)
    first: float | None = None
    text: str = ""
    tokens: int = 0


async def probe_engine(engine: Engine, adapter: str, *, limit_s: float = PROBE_LIMIT_S) -> Probe:
    """Generate `PROBE_TOKENS` tokens with `adapter`; every failure becomes a Probe that is not ok."""
    run = _Run()
    try:
        async with asyncio.timeout(limit_s):
            await _generate(engine, adapter, run)
    except EngineError as error:
        return _failed(adapter, str(error))
    except TimeoutError:
        return _failed(
            adapter,
            f"No complete probe within {limit_s:g} s; the engine is stalled or overloaded: "
            "restart it or use the spare.",
        )
    return (
        _passed(adapter, run)
        if run.tokens
        else _failed(adapter, "The adapter answered with no token at all; upload it again.")
    )


async def _generate(engine: Engine, adapter: str, run: _Run) -> None:
    async for piece in engine.stream(
        adapter=adapter,
        system_prompt=PROBE_SYSTEM_PROMPT,
        question=PROBE_QUESTION,
        temperature=0.0,
        top_p=1.0,
        max_tokens=PROBE_TOKENS,
        seed=PROBE_SEED,
    ):
        if run.first is None and piece.tokens:
            run.first = time.perf_counter()
        run.text += piece.text
        run.tokens += piece.tokens


def _passed(adapter: str, run: _Run) -> Probe:
    ended, first = time.perf_counter(), run.first or run.began
    rate = run.tokens / max(ended - run.began, 1e-6)
    digest = hashlib.sha256(run.text.encode()).hexdigest()
    return Probe(
        True,
        adapter,
        (first - run.began) * 1000,
        rate,
        digest,
        f"First token after {(first - run.began) * 1000:.0f} ms.",
    )


def _failed(adapter: str, message: str) -> Probe:
    return Probe(False, adapter, None, None, None, message)
