"""What judging costs beside the model: per request, and with 200 requests under way at an address of 50 ms.

The floor is the same client posting the same text to the same address in the same run, turn by turn; the ideal is what
the address allows: 200 in 50 ms.
"""

import asyncio
import json
import random
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from models.judging.listwise import ListwiseJudge
from models.judging.pairs import Fate, Order, Pair
from models.judging.pairwise import PairJudge
from models.judging.pointwise import PointwiseJudge
from models.judging.protocol import Judge
from models.openai_address import Address, Answer
from server.arena.archive import Exchange
from server.store.archive import EventArchive
from server.store.database import open_database
from server.store.founding import found
from server.store.writer import Writer
from tests import stagehand
from tests.bench.driving import Server, median, row
from tests.bench.judge_endpoint import DELAY_S

MOST_MS, JUDGEMENTS, ENTRY_CHARACTERS = 5.0, 40, 2_000
AT_ONCE, TURNS, SECONDS, ANSWER_CHARACTERS = 200, 3, 3.0, 600
LEAST_SHARE = 0.9
CRITERIA = (("accuracy", "What it says is true."), ("creativity", "It surprises."))
WORDS = [
    "laksa",
    "river",
    "light",
    "we",
    "eat",
    "by",
    "the",
    "old",
    "bridge",
    "and",
    "sing",
    "of",
    "rain",
    "好吃",
    "lah",
]


def main() -> None:
    """Run the benchmark and print it."""
    for name, judge in (("listwise, 5 entries", ListwiseJudge), ("pointwise", PointwiseJudge)):
        with tempfile.TemporaryDirectory() as folder:
            ms = uvloop.run(_overhead(judge(Instant(), name="judge", model="none"), Path(folder)))  # type: ignore[arg-type]
        row(f"{name}: render, fence, parse and store, a request", f"{ms:.2f} ms", f"under {MOST_MS:g} ms", ms < MOST_MS)
    endpoint = Server("judge", module="tests.bench.judge_endpoint")
    try:
        raw, judged = uvloop.run(_rates(f"http://127.0.0.1:{endpoint.port}/v1"))
    finally:
        endpoint.kill()
    ideal = AT_ONCE / DELAY_S
    row(f"raw posts, {AT_ONCE} at once, a second (ideal {ideal:,.0f})", f"{raw.rate:,.0f}")
    row(f"pair judgements, {AT_ONCE} at once, a second", f"{judged.rate:,.0f}")
    for what, floor in (("raw posts", raw.rate), ("ideal", ideal)):
        share = judged.rate / floor
        row(f"judgements ÷ {what}", f"{share:.2f}", f"at least {LEAST_SHARE}", share >= LEAST_SHARE)
    # Where other work shares the processors, these two tell what a quiet machine would do.
    most = 1e6 / (LEAST_SHARE * ideal)
    row("processor time of a raw post", f"{raw.each_us:.0f} µs")
    row(
        "processor time of a judgement, post included",
        f"{judged.each_us:.0f} µs",
        f"under {most:.0f} µs",
        judged.each_us < most,
    )


class Instant:
    """An address that answers at once: what is left is the judge's own work."""

    url = "instant"

    async def post(self, path: str, body: str) -> Answer:
        """Marks for every letter, or a digit."""
        schema = json.loads(body).get("response_format", {}).get("json_schema", {}).get("schema")
        text = json.dumps({"choices": [_listwise(schema) if schema else _digit()]})
        return Answer(json.loads(text), text)


def _listwise(schema: Any) -> dict[str, Any]:
    fields = schema["properties"]["verdicts"]["items"]["properties"]
    marks = dict.fromkeys(fields["marks"]["required"], 7.5)
    verdicts = [{"entry": letter, "reason": "True, and warm.", "marks": marks} for letter in fields["entry"]["enum"]]
    return {"message": {"content": json.dumps({"verdicts": verdicts})}, "finish_reason": "stop"}


def _digit() -> dict[str, Any]:
    tops = [{"token": str(digit), "logprob": -0.5 - 2 * abs(digit - 7)} for digit in range(10)]
    return {"message": {"content": "7"}, "finish_reason": "length", "logprobs": {"content": [{"top_logprobs": tops}]}}


async def _overhead(judge: Judge, folder: Path) -> float:
    """Milliseconds a request, the store's commit included: the median over judgements."""
    event, writer = stagehand.event(), Writer(open_database(f"sqlite:///{folder}/bench.db"))
    writer.do_now(lambda connection: found(connection, event, stagehand.START))
    archive, took = EventArchive(writer, event.id), []
    for seed in range(JUDGEMENTS):
        entries = {
            name: _text(ENTRY_CHARACTERS, f"{seed}/{name}") for name in ("mei", "arjun", "farah", "wei", "priya")
        }
        began = time.perf_counter()
        judgement = await judge.mark(
            question="What is laksa?", criteria=CRITERIA, entries=entries, reference="A noodle soup.", seed=seed
        )
        kept = [Exchange("1", "judge", False, r.prompt, r.reply, r.sha256, r.order, r.ms) for r in judgement.requests]
        await archive.put_exchanges(kept, seed)
        took.append((time.perf_counter() - began) * 1000 / len(kept))
        assert judgement.verdicts is not None, judgement.abstained
    writer.close()
    return median(took)


@dataclass(frozen=True, slots=True)
class Pace:
    """How many a second, and the processor time of each in this process."""

    rate: float
    each_us: float


async def _rates(url: str) -> tuple[Pace, Pace]:
    """Raw posts and pair judgements, each the median over turns."""
    address = Address(url, connections=AT_ONCE)
    judge = PairJudge(address, name="judge", model="none")
    pairs = _pairs()
    sent = (await judge.look(pairs[0], Order.A_FIRST, seed=0)).requests[0].prompt

    async def post(number: int) -> None:
        await address.post("/chat/completions", sent)

    async def look(number: int) -> None:
        order = Order.A_FIRST if number % 2 else Order.B_FIRST
        outcome = await judge.look(pairs[number // 2 % len(pairs)], order, seed=number)
        assert outcome.fate is Fate.JUDGED, outcome.reason

    raw, judged = [], []
    for _ in range(TURNS):
        raw.append(await _pace(post))
        judged.append(await _pace(look))
    await address.close()
    return _middle(raw), _middle(judged)


def _middle(turns: list[Pace]) -> Pace:
    return Pace(median([turn.rate for turn in turns]), median([turn.each_us for turn in turns]))


def _pairs() -> list[Pair]:
    """So many that none comes twice within reach of any cache, but for its other order."""
    page, chance = _text(100_000, "page"), random.Random(1)
    starts = [chance.randrange(len(page) - ANSWER_CHARACTERS) for _ in range(40_000)]
    texts = [page[start : start + ANSWER_CHARACTERS] for start in starts]
    return [Pair("What is laksa?", a, b) for a, b in zip(texts[::2], texts[1::2], strict=True)]


async def _pace(one: Callable[[int], Awaitable[None]]) -> Pace:
    """How quickly they are done, `AT_ONCE` under way at any time."""
    begun, done, ends = 0, 0, time.perf_counter() + SECONDS

    async def worker() -> None:
        nonlocal begun, done
        while time.perf_counter() < ends:
            begun += 1
            await one(begun)
            done += 1

    began, used = time.perf_counter(), time.process_time()
    await asyncio.gather(*[worker() for _ in range(AT_ONCE)])
    return Pace(done / (time.perf_counter() - began), (time.process_time() - used) / done * 1e6)


def _text(characters: int, seed: str) -> str:
    chance = random.Random(seed)
    return " ".join(chance.choices(WORDS, k=characters // 4))[:characters]


if __name__ == "__main__":
    main()
