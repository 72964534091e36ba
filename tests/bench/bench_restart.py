"""After `kill -9` in the middle of a vote with a thousand ballots: how long until the right screen; and memory."""

import asyncio
import os
import tempfile
import time
from pathlib import Path

import httpx
import psutil

from tests.bench.bench_ballots import _ballot
from tests.bench.crowd import Crowd, hello
from tests.bench.driving import Server, post_for, row

PHONES = 1000
MOST_SECONDS, MOST_MB = 3.0, 1200


def main() -> None:
    """Run the benchmark and print it."""
    with tempfile.TemporaryDirectory() as folder:
        _restart(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_memory(Path(folder)))


def _restart(folder: Path) -> None:
    server = Server("scripted", folder)
    round_ = server.ask("judging")
    cookies = server.ask("phones", count=PHONES)
    token = server.ask("links")["stage"]
    for start in range(0, PHONES, 100):
        ballots = [_ballot(cookie, round_, start) for cookie in cookies[start : start + 100]]
        while server.ask("votes") < start + 100:
            asyncio.run(post_for(server.port, ballots, 0.2))
    server.kill()
    began = time.perf_counter()
    server = Server("scripted", folder)
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", follow_redirects=True) as client:
        page = client.get(f"/enter/{token}")
    seconds = time.perf_counter() - began
    assert page.status_code == 200
    assert "1,000 votes" in page.text or "1000" in page.text
    assert server.ask("votes") == PHONES
    server.kill()
    row(
        "kill -9 with 1,000 ballots, start to the right screen",
        f"{seconds:.1f} s",
        f"under {MOST_SECONDS:g}",
        seconds < MOST_SECONDS,
    )


async def _memory(folder: Path) -> None:
    server = Server("local", folder)
    cookies = server.ask("phones", count=PHONES)
    crowd = Crowd()
    await crowd.join(server.port, [hello(server.port, "vote", f"finale_audience={c}") for c in cookies])
    await crowd.settled()
    assert server.ask("connected") == PHONES
    await asyncio.to_thread(_until_loaded, server)
    server.ask("prompting")
    await asyncio.sleep(1)
    main_process = psutil.Process(server.process.pid)
    family = [main_process, *main_process.children(recursive=True)]
    megabytes = sum(p.memory_info().rss for p in family) / 2**20
    crowd.leave()
    server.kill()
    row(
        f"memory with the demo models and {PHONES} phones",
        f"{megabytes:,.0f} MB",
        f"under {MOST_MB:,}",
        megabytes < MOST_MB,
    )


def _until_loaded(server: Server) -> None:
    """The worker has loaded when it has used no more processor time for a second."""
    children = psutil.Process(server.process.pid).children()
    used = -1.0
    while children and used != (now := sum(sum(c.cpu_times()[:2]) for c in children)):
        used = now
        time.sleep(1)
    os.sched_yield()


if __name__ == "__main__":
    main()
