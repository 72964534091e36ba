"""The mailbox: commands in the order in which they came, handed over with everything else that waits."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from server.domain.actors import Actor
from server.domain.commands import Command
from server.domain.decide import Decision
from server.domain.errors import ArenaError
from server.domain.events import Happening

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Letter:
    """A command in the mailbox; `at` (epoch ms) is when it was put in, which is the time that counts."""

    command: Command
    actor: Actor
    at: int
    answer: "asyncio.Future[Decision]"

    def reply(self, decision: "Decision | Exception") -> None:
        """Tell the sender, unless they have gone. An error that nobody foresaw is logged, whoever hears of it."""
        if isinstance(decision, Exception) and not isinstance(decision, ArenaError):
            log.error("command failed", command=type(self.command).__name__, exc_info=decision)
        if self.answer.done():
            return
        if isinstance(decision, Exception):
            self.answer.set_exception(decision)
        else:
            self.answer.set_result(decision)


class Mailbox:
    """Where commands wait for the one writer."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Letter] = asyncio.Queue()

    async def send(self, command: Command, actor: Actor, at: int) -> Decision:
        """What became of the command; raises what its reply is, if that is an error."""
        answer: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait(Letter(command, actor, at, answer))
        return await answer

    async def collect(self) -> list[Letter]:
        """Wait for a letter; gives it and all that lie behind it."""
        letters = [await self._waiting.get()]
        while not self._waiting.empty():
            letters.append(self._waiting.get_nowait())
        return letters


def decided(letters: Sequence[Letter], decisions: Sequence[Decision | Exception]) -> list[tuple[int, Happening]]:
    """What the first letters decided, as (epoch ms, event) in order; errors decided nothing."""
    answered = zip(letters, decisions, strict=False)
    return [(letter.at, one) for letter, each in answered if not isinstance(each, Exception) for one in each]
