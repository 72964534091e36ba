"""The local engine on the demo models: five streams against one, first tokens, cancelling. Prints ratios of one run.

Run as `python -m tests.bench.bench_local_engine`; the promises are in the serving issue (1.5 times, 300 ms, 100 ms).
"""

import asyncio
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.catalogue import Catalogue, load_catalogue
from models.local import LocalEngine
from models.protocol import BASE

CATALOGUE = Path(__file__).resolve().parents[2] / "models" / "demo" / "catalogue.json"
ROUNDS = 8
CANCELS = 30
SPREADS = 3
RESTLESS = {"temperature": 5.0, "top_p": 1.0}
"""Answers that hardly ever end before their last token."""
ASK: dict[str, Any] = {
    "system_prompt": "You are a storyteller from Toa Payoh. Be warm, be brief, give one example from a hawker centre.",
    "question": "How has the kampong spirit changed, and where can one still find it today?",
    "temperature": 0.9,
    "top_p": 0.95,
    "max_tokens": 200,
}


@dataclass(frozen=True, slots=True)
class Run:
    """One answer: when it was asked for, when it had a row, when each of its tokens came, when it ended."""

    asked: float
    row: float
    tokens_at: tuple[float, ...]
    ended: float

    @property
    def queued_ms(self) -> float:
        """Milliseconds until it had a row."""
        return (self.row - self.asked) * 1000

    @property
    def ttft_ms(self) -> float:
        """Milliseconds until its first token."""
        return (self.tokens_at[0] - self.asked) * 1000

    @property
    def rate(self) -> float:
        """Tokens per second, from the request to the end."""
        return len(self.tokens_at) / (self.ended - self.asked)

    def tokens_within(self, began: float, ended: float) -> int:
        """How many tokens came in that time."""
        return sum(began < at <= ended for at in self.tokens_at)


def main() -> None:
    """Run the benchmark and print it."""
    asyncio.run(_bench())


async def _bench() -> None:
    catalogue = load_catalogue(CATALOGUE)
    engine = LocalEngine(base=catalogue.base, adapters=catalogue.served)
    began = time.perf_counter()
    await engine.start()
    print(f"start                       {time.perf_counter() - began:6.1f} s")
    try:
        await _print_rates(engine, catalogue)
        cancels = sorted([await _cancel(engine, catalogue) for _ in range(CANCELS)])
        print(f"cancel, p50                 {statistics.median(cancels):6.0f} ms, worst {cancels[-1]:.0f} ms")
    finally:
        await engine.close()


async def _print_rates(engine: LocalEngine, catalogue: Catalogue) -> None:
    names = [adapter.engine_name for adapter in catalogue.adapters]
    # Alone and together take turns, so that a busy machine slows both alike.
    pairs = [(await _together(engine, names[:1], seed), await _together(engine, names, seed)) for seed in range(ROUNDS)]
    bases = await _together(engine, [BASE] * len(names), 0)
    one = statistics.median(_rate(alone) for alone, _ in pairs)
    five = statistics.median(_rate(together) for _, together in pairs)
    firsts = sorted(run.ttft_ms for _, together in pairs for run in together)
    print(f"one stream                  {one:6.0f} tokens/s")
    print(f"five streams                {five:6.0f} tokens/s, {five / one:.2f} times one")
    print(f"five of the base alone      {_rate(bases):6.0f} tokens/s, {_rate(bases) / five:.2f} times five adapters")
    print(
        f"first token of five, p50    {statistics.median(firsts):6.0f} ms, p99 {firsts[int(0.99 * len(firsts))]:.0f} ms"
    )
    queued = max(run.queued_ms for _, together in pairs for run in together)
    print(f"row after, worst of five    {queued:6.0f} ms")
    restless = [await _together(engine, names, seed, **RESTLESS) for seed in range(SPREADS)]
    spreads = [_spread(together) for together in restless]
    print(f"fastest lane over slowest   {statistics.median(spreads):6.3f}, worst {max(spreads):.3f}")


async def _together(engine: LocalEngine, adapters: list[str], seed: int, **changes: float) -> list[Run]:
    lanes = (_answer(engine, name, 100 * seed + index, **changes) for index, name in enumerate(adapters))
    return await asyncio.gather(*lanes)


async def _answer(engine: LocalEngine, adapter: str, seed: int, **changes: float) -> Run:
    asked, row, tokens_at = time.perf_counter(), 0.0, list[float]()
    async for piece in engine.stream(adapter=adapter, seed=seed, **ASK | changes):
        row = row or time.perf_counter()
        tokens_at += [time.perf_counter()] * piece.tokens
    return Run(asked, row, tuple(tokens_at), time.perf_counter())


def _spread(runs: list[Run]) -> float:
    """The fastest lane's tokens over the slowest's, while all of them stream."""
    began, ended = max(run.tokens_at[0] for run in runs), min(run.tokens_at[-1] for run in runs)
    tokens = [run.tokens_within(began, ended) for run in runs]
    return max(tokens) / max(1, min(tokens))


def _rate(runs: list[Run]) -> float:
    return sum(run.rate for run in runs)


async def _cancel(engine: LocalEngine, catalogue: Catalogue) -> float:
    """Milliseconds from cancelling one of five answers until the engine has answered a request sent after it."""
    names = [adapter.engine_name for adapter in catalogue.adapters]
    others = [asyncio.create_task(_answer(engine, name, index)) for index, name in enumerate(names[1:])]
    running = engine.stream(adapter=names[0], seed=1, **ASK)
    while not (await anext(running)).text:
        pass
    began = time.perf_counter()
    await running.aclose()
    await engine.score_tokens(adapter=BASE, system_prompt="", question="", choices=["1"])
    ended = time.perf_counter()
    for other in others:
        other.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    return (ended - began) * 1000


if __name__ == "__main__":
    main()
