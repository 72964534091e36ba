"""A stand-in judge behind an OpenAI-compatible address: it reads the two fenced answers and prefers as it was made to.

Answers carry their worth as "worth N": the honest judge goes by it, the others by place or length.
"""

import asyncio
import math
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from models.judging.league import Answers, Question
from models.judging.pairwise import PairJudge
from models.openai_address import Address
from tests.models.fake_address import Answer, FakeAddress, Request, fake_address, reply, whole

ANSWER = re.compile(
    r"\[(?P<mark>[0-9a-f]{20}) begin answer (?P<name>[mM])\]\n(?P<text>.*?)\n\[(?P=mark) end", re.DOTALL
)
Taste = Callable[[str, str], float]
"""From the first and the second answer to the probability that the first is better."""


def honest(first: str, second: str) -> float:
    """The worthier answer, with 0.9."""
    gap = worth(first) - worth(second)
    return 0.5 if gap == 0 else 0.9 if gap > 0 else 0.1


def first_lover(first: str, second: str) -> float:
    """The first answer, unless the second is far better."""
    return 0.8 if worth(second) - worth(first) < 5 else 0.3


def only_first(first: str, second: str) -> float:
    """Whatever is shown first."""
    return 0.75


def length_lover(first: str, second: str) -> float:
    """The longer answer."""
    return 0.5 if len(first) == len(second) else 0.95 if len(first) > len(second) else 0.05


def worth(text: str) -> float:
    return float(re.search(r"worth (\d+)", text)[1])  # type: ignore[index]


def shown(request: Request) -> tuple[str, str]:
    """The first and the second answer of a request."""
    found = {one["name"]: one["text"] for one in ANSWER.finditer(request.body["messages"][-1]["content"])}
    return found["m"], found["M"]


def tokens(taste: Taste, usage: tuple[int, int] | None = (500, 1)) -> Answer:
    """Verdicts as one token with log-probabilities."""

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        first = taste(*shown(request))
        logprobs = {"m": math.log(first), "M": math.log(1 - first), "The": -20.0}
        await whole(_with_usage(reply("m" if first > 0.5 else "M", logprobs=logprobs), usage))(request, writer)

    return answer


def written(taste: Taste) -> Answer:
    """Verdicts as JSON; asked for a token, a bare letter without log-probabilities."""

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        first = taste(*shown(request))
        better = "tie" if first == 0.5 else "first" if first > 0.5 else "second"
        text = f'{{"better": "{better}"}}' if "response_format" in request.body else "m"
        await whole(reply(text))(request, writer)

    return answer


def failing(status: int) -> Answer:
    return whole({"error": {"message": "no"}}, status)


def sometimes(spoil: Callable[[int], bool], bad: Answer, good: Answer) -> Answer:
    """`bad` for the requests (counted from 0) that `spoil` names."""
    count = iter(range(10**9))

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        await (bad if spoil(next(count)) else good)(request, writer)

    return answer


@asynccontextmanager
async def judging(answer: Answer, **settings: object) -> AsyncIterator[tuple[PairJudge, FakeAddress]]:
    """A pair judge on a stand-in."""
    async with fake_address(answer) as server:
        address = Address(server.url)
        try:
            yield PairJudge(address, name="stand-in", model="m1", **settings), server  # type: ignore[arg-type]
        finally:
            await address.close()


@dataclass
class League:
    """`count` questions; the candidate's answer to question n is worth n mod 10, the reference's always `reference`."""

    folder: Path
    count: int = 10
    reference_worth: int = 5
    name: str = "candidate"

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(Question(f"q{n}", f"What is {n}?") for n in range(self.count))

    @property
    def candidate(self) -> Answers:
        return Answers(self.name, {f"q{n}": f"Answer {n}, worth {n % 10}" for n in range(self.count)})

    @property
    def reference(self) -> Answers:
        return Answers("reference", {f"q{n}": f"Reply {n}, worth {self.reference_worth}" for n in range(self.count)})

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.jsonl"


def _with_usage(answer: dict[str, object], usage: tuple[int, int] | None) -> dict[str, object]:
    return (
        answer
        if usage is None
        else answer | {"usage": dict(zip(("prompt_tokens", "completion_tokens"), usage, strict=True))}
    )
