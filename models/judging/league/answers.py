"""Answers that a league generates itself: a model on an engine answers every question once, and never again.

They are kept by the hash of model, prompt, sampling and question. Judging them is done elsewhere.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from models.judging.league.appending import AppendFile
from models.judging.league.questions import Answers, Question
from models.judging.prompts import digest
from models.protocol import Engine, EngineError

FORMAT = "finale-league-answers/1"
GIVE_UP_AFTER = 5
"""So many questions in a row without an answer, and the engine is taken for dead."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How answers are drawn: the finale's settings, and a seed so that they can be drawn again."""

    system_prompt: str = ""
    temperature: float = 0.7
    top_p: float = 0.9
    max_tokens: int = 512
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Author:
    """Who answers: `adapter` on `engine`; `identity` tells these very weights from any other (hashes, an address)."""

    engine: Engine
    adapter: str
    identity: str
    name: str


async def answered(
    author: Author,
    questions: tuple[Question, ...],
    sampling: Sampling,
    cache: Path,
    *,
    at_once: int = 4,
    only_kept: bool = False,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Answers:
    """Everybody's questions answered by `author`, from `cache` where they are in it. `tell(done, total)` as it goes.

    A question that the engine failed on is left out and asked again next time; with `only_kept`, nothing is asked.
    Raises EngineError when the engine fails on several in a row, FileRefused for a cache that cannot be used.
    """
    with AppendFile(cache, FORMAT) as kept:
        known = {str(row["key"]): (str(row["text"]), str(row["finish"])) for row in kept.rows}
        keys = {question.id: _key(author, sampling, question) for question in questions}
        asking = _Asking(author, sampling, kept, known)
        waiting = iter([one for one in questions if keys[one.id] not in known and not only_kept])

        async def worker() -> None:
            for question in waiting:
                await asking.ask(keys[question.id], question)
                tell(sum(key in known for key in keys.values()), len(questions))

        tell(sum(key in known for key in keys.values()), len(questions))
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(at_once):
                    group.create_task(worker())
        except ExceptionGroup as several:
            raise several.exceptions[0] from None
    found = {id_: known[key] for id_, key in keys.items() if key in known}
    cut = sum(finish == "length" for _, finish in found.values())
    return Answers(author.name, {id_: text for id_, (text, _) in found.items()}, cut=cut)


class _Asking:
    def __init__(self, author: Author, sampling: Sampling, kept: AppendFile, known: dict[str, tuple[str, str]]) -> None:
        self._author, self._sampling, self._kept, self._known = author, sampling, kept, known
        self._failed_in_a_row = 0

    async def ask(self, key: str, question: Question) -> None:
        """Answer one question and keep the answer. Raises the engine's error when it is one too many."""
        try:
            text, finish = await self._generated(question)
        except EngineError:
            self._failed_in_a_row += 1
            if self._failed_in_a_row >= GIVE_UP_AFTER:
                raise
            return
        self._failed_in_a_row = 0
        self._known[key] = text, finish
        self._kept.append(
            {"key": key, "model": self._author.identity, "question": question.id, "text": text, "finish": finish}
        )

    async def _generated(self, question: Question) -> tuple[str, str]:
        wanted, pieces, finish = self._sampling, list[str](), ""
        async for piece in self._author.engine.stream(
            adapter=self._author.adapter,
            system_prompt=wanted.system_prompt,
            question=question.text,
            temperature=wanted.temperature,
            top_p=wanted.top_p,
            max_tokens=wanted.max_tokens,
            seed=wanted.seed,
        ):
            pieces.append(piece.text)
            finish = piece.finish_reason or finish
        return "".join(pieces), finish


def _key(author: Author, sampling: Sampling, question: Question) -> str:
    settings = (sampling.system_prompt, sampling.temperature, sampling.top_p, sampling.max_tokens, sampling.seed)
    return digest("answer/1", author.identity, *settings, question.text)
