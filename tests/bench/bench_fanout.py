"""Fan-out to a thousand phones: the highest rate of 200-byte frames with p99 under 250 ms, against raw transports."""

import asyncio
import tempfile
import time
from pathlib import Path

from tests.bench.crowd import Crowd, hello
from tests.bench.driving import Server, percentile, row

PHONES, SIZE, SECONDS = 1000, 200, 2.0
MOST_P99_MS, LEAST_SHARE = 250.0, 0.70
HEADER_BYTES = 4
RATES = (20, 40, 60, 80, 100, 120, 140, 160, 180, 200, 220, 240, 270, 300, 350, 400, 450, 500, 600, 700, 800)


def main() -> None:
    """Run the benchmark and print it."""
    import uvloop

    uvloop.run(_bench())


async def _bench() -> None:
    floor = await _highest(Server("bare", module="tests.bench.bare_fan"), arena=False)
    with tempfile.TemporaryDirectory() as folder:
        ours = await _highest(Server("scripted", Path(folder)), arena=True)
    row(f"raw transports, {PHONES} clients, messages a second", f"{floor * PHONES:,.0f}")
    row(f"the arena's hub, {PHONES} phones, messages a second", f"{ours * PHONES:,.0f}")
    share = ours / floor if floor else 0.0
    row("fan-out ÷ floor", f"{share:.2f}", f"at least {LEAST_SHARE}", share >= LEAST_SHARE)


async def _highest(server: Server, *, arena: bool) -> float:
    """The highest rate of the ladder that every client gets in time."""
    crowd = Crowd()
    await crowd.join(server.port, _hellos(server, arena))
    await crowd.settled()
    crowd.header_bytes, crowd.frame_bytes = HEADER_BYTES, SIZE + HEADER_BYTES
    best = 0.0
    for rate in RATES:
        if not await _keeps_up(server, crowd, rate):
            break
        best = rate
    crowd.leave()
    server.kill()
    return best


def _hellos(server: Server, arena: bool) -> list[bytes]:
    if not arena:
        return [b"hello"] * PHONES
    cookies = server.ask("phones", count=PHONES)
    return [hello(server.port, "vote", f"finale_audience={cookie}") for cookie in cookies]


async def _keeps_up(server: Server, crowd: Crowd, rate: float) -> bool:
    """Whether every client has every frame in time, and the sender itself kept to the rate."""
    frames, began = int(rate * SECONDS), time.perf_counter()
    server.tell("fan", rate=rate, seconds=SECONDS, size=SIZE)
    delays = await crowd.receive(frames, SECONDS * 3)
    took = time.perf_counter() - began
    await asyncio.to_thread(server.answer)
    in_time = took < SECONDS + MOST_P99_MS / 1000
    return in_time and len(delays) >= frames * PHONES and percentile(delays, 0.99) < MOST_P99_MS


if __name__ == "__main__":
    main()
