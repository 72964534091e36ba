"""Ballots with a durable receipt against an empty POST to a bare Starlette route, turn by turn in one run."""

import itertools
import tempfile
from collections.abc import Callable
from pathlib import Path

import uvloop

from tests.bench.driving import median, percentile, post_for, row, running

PHONES, TURNS, SECONDS = 200, 3, 4.0
LEAST_SHARE, MOST_P99_MS = 0.40, 150.0
FINALISTS = ("mei-ling", "arjun", "farah", "wei-jie", "priya")


def main() -> None:
    """Run the benchmark and print it."""
    with tempfile.TemporaryDirectory() as folder, running("bare") as bare, running("scripted", Path(folder)) as arena:
        round_ = arena.ask("judging")
        cookies = arena.ask("phones", count=PHONES)
        ballots = [_ballot(cookie, round_, number) for number, cookie in enumerate(cookies)]
        empty = [lambda: b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"] * PHONES
        floors, floors_worst, rates, worst, middle = [], [], [], [], []
        for _ in range(TURNS):
            rate, took, _ = uvloop.run(post_for(bare.port, empty, SECONDS))
            floors.append(rate)
            floors_worst.append(percentile(took, 0.99))
            rate, took, statuses = uvloop.run(post_for(arena.port, ballots, SECONDS))
            assert set(statuses) == {b"200"}, statuses
            rates.append(rate)
            worst.append(percentile(took, 0.99))
            middle.append(percentile(took, 0.5))
        assert arena.ask("votes") == PHONES
    share = median(rates) / median(floors)
    row("empty POST to a bare Starlette route, a second", f"{median(floors):,.0f}")
    row("the same, p99", f"{median(floors_worst):.0f} ms")
    row("ballots with a durable receipt, a second", f"{median(rates):,.0f}")
    row("ballots ÷ floor", f"{share:.2f}", f"at least {LEAST_SHARE}", share >= LEAST_SHARE)
    row("receipt p50", f"{median(middle):.0f} ms")
    row(
        f"receipt p99 at {PHONES} phones",
        f"{median(worst):.0f} ms",
        f"under {MOST_P99_MS:g}",
        median(worst) < MOST_P99_MS,
    )


def _ballot(cookie: str, round_: str, number: int) -> Callable[[], bytes]:
    choices = itertools.cycle(FINALISTS[number % 5 :] + FINALISTS[: number % 5])

    def make() -> bytes:
        body = f"round={round_}&choice={next(choices)}"
        return (
            "POST /vote/ballot HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nHX-Request: true\r\n"
            f"Cookie: finale_audience={cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    return make


if __name__ == "__main__":
    main()
