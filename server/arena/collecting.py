"""Counting at the close: ballots and scorecards are collected once and handed to the rules, whatever the store does."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from server.arena.archive import Archive
from server.arena.ballots import BallotBox
from server.arena.reporting import RETRY_SECONDS
from server.domain.actors import SYSTEM, Actor
from server.domain.commands import Seal
from server.domain.errors import NotWritten
from server.domain.state import EventState

log = structlog.get_logger(__name__)


class Collecting:
    """Collects the marks of one round at a time; `submit` is the arena's mailbox."""

    def __init__(
        self, archive: Archive, ballots: BallotBox, submit: Callable[[Seal, Actor], Coroutine[Any, Any, object]]
    ) -> None:
        self._archive, self._ballots, self._submit = archive, ballots, submit
        self._round: str | None = None
        self._task: asyncio.Task[None] | None = None

    def reconcile(self, key: str | None, state: EventState) -> None:
        """Collect the marks of the round of this key, unless that is under way."""
        if key is not None and key != self._round:
            self._round = key
            self._task = asyncio.create_task(self._collect(key, state), name=f"collect {key}")

    async def close(self) -> None:
        """Stop; a restart collects anew."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _collect(self, key: str, state: EventState) -> None:
        await self._ballots.drained()
        round_ = state.round(key)
        assert round_ is not None
        method = state.event.rules.scoring.audience_method
        while True:
            try:
                tally, cards = await self._archive.collect(key, method, round_.ballot_order)
                await self._submit(Seal(key, tally, cards), SYSTEM)
                break
            except NotWritten:
                log.exception("marks could not be collected; trying again", round=key)
                await asyncio.sleep(RETRY_SECONDS)
        self._round = None
