"""Models that answer as the tests want: a writer in this process, and replies in the form that is asked for."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from models.judging.league.costs import Usage
from models.protocol import EngineError
from tests.models.fake_address import Answer, Request, reply, whole
from training.data.rows import Source
from training.synthetic.prompts import Form, Kind
from training.synthetic.subjects import Subject
from training.synthetic.tasks import Task, Wishes, tasks_on
from training.synthetic.writers import Asked, Reply

PLACES = ("Bedok", "Bishan", "Clementi", "Geylang", "Hougang", "Jurong", "Kallang", "Novena", "Punggol", "Yishun")
FOODS = ("laksa", "satay", "rojak", "prata", "kaya toast", "mee siam", "popiah", "thosai", "congee", "nasi lemak")


def subjects(count: int, first: int = 0) -> list[Subject]:
    """Topics that have little in common."""
    return [
        Subject(f"{FOODS[n % 10]} in {PLACES[n // 10 % 10]} number {n}", Source("topics.txt", n + 1, "0" * 64, "topic"))
        for n in range(first, first + count)
    ]


def tasks(count: int, form: Form = Form.SECTIONS, each: int = 1) -> list[Task]:
    """Tasks on that many topics."""
    return tasks_on(subjects(count), Kind.TOPIC, Wishes(form, per_subject=each))


def sections(instruction: str, response: str, context: str = "None") -> str:
    """A reply under headings."""
    return f"### Instruction\n{instruction}\n### Context\n{context}\n### Response\n{response}"


def good(asked: str) -> str:
    """A reply that passes every check and differs for every prompt."""
    number = sum(map(ord, asked)) * 7919 % 99991
    topic = asked.split("<text>")[1].split("</text>")[0].strip() if "<text>" in asked else asked
    body = " ".join(
        f"The stall numbered {number + k * 13} near {PLACES[k]} sells {FOODS[k]} before dawn." for k in range(6)
    )
    return sections(f"What should a visitor know about {topic}?", f"About {topic}, people say this. {body}")


@dataclass
class ScriptedWriter:
    """Answers by `script`, which may raise; `asked` is every request, `at_once` the most that were on their way."""

    script: Callable[[Asked], str]
    identity: str = "scripted"
    usage: Usage = field(default_factory=lambda: Usage(100, 50))
    asked: list[Asked] = field(default_factory=list)
    at_once: int = 0
    _now: int = 0

    async def write(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        self._now += 1
        self.at_once = max(self.at_once, self._now)
        try:
            await asyncio.sleep(0)
            return Reply(self.script(asked), "stop", self.usage, 10.0)
        finally:
            self._now -= 1

    async def close(self) -> None:
        """Nothing to close."""


def failing(error: EngineError) -> Callable[[Asked], str]:
    """A script that always fails."""

    def script(asked: Asked) -> str:
        raise error

    return script


def answering(script: Callable[[str], str], usage: bool = True) -> Answer:
    """An address that answers each request's user prompt by `script`, counting a token a word."""

    async def answer(request: Request, writer: Any) -> None:
        asked = request.body["messages"][-1]["content"]
        value = reply(script(asked))
        counted = {"prompt_tokens": len(asked.split()), "completion_tokens": len(script(asked).split())}
        await whole(value | ({"usage": counted} if usage else {}))(request, writer)

    return answer


def in_turn(*answers: Answer) -> Answer:
    """The first answer to the first request, and so on; the last one from then on."""
    left = list(answers)

    async def answer(request: Request, writer: Any) -> None:
        await (left.pop(0) if len(left) > 1 else left[0])(request, writer)

    return answer


def as_json(text: str) -> Any:
    """The value of a JSON text."""
    return json.loads(text)
