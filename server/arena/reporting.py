"""How the shell tells the rules what became of its work: outcomes that must not be lost."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from server.arena.panel import Answer
from server.domain.actors import SYSTEM, Actor
from server.domain.commands import Command, FinishAttempt, NoteFindings, NoteIncident, NoteOutage, NoteRecovery
from server.domain.errors import ArenaError, NotWritten

log = structlog.get_logger(__name__)
RETRY_SECONDS = 0.5

Outcome = FinishAttempt | NoteIncident | NoteOutage | NoteRecovery | Answer | NoteFindings


class Reporter:
    """Hands outcomes to `submit`, the arena's mailbox."""

    def __init__(self, submit: Callable[[Command, Actor], Coroutine[Any, Any, object]]) -> None:
        self._submit = submit

    async def __call__(self, command: Outcome) -> None:
        """Report, again and again until the store takes it."""
        while await self.failed_to_write(command):  # noqa: ASYNC110 (the disk gives no event to wait on)
            await asyncio.sleep(RETRY_SECONDS)

    async def failed_to_write(self, command: Command) -> bool:
        """Report once; whether the store could not write it. What the rules refuse is logged."""
        try:
            await self._submit(command, SYSTEM)
        except NotWritten as error:
            log.error("outcome not written", command=type(command).__name__, error=str(error))
            return True
        except ArenaError:
            log.exception("outcome refused", command=type(command).__name__)
        return False
