"""An organiser who takes the next step of the show whenever there is one, over the API."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx

from server.players.backstage import Backstage, Denied

LOST_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Tempo:
    """Seconds the conductor lets the room look at something before the next step."""

    welcome: float = 3.0
    question: float = 6.0
    marks: float = 2.0
    component: float = 3.0
    total: float = 5.0
    standings: float = 6.0

    def before(self, act: str) -> float:
        """How long to wait before an act."""
        return {
            "open-round": self.standings,
            "start-clock": self.question,
            "approve": self.marks,
            "reveal-component": self.component,
            "reveal-total": self.component,
            "show-standings": self.total,
            "finish": self.standings,
        }.get(act, self.marks)


class Conductor:
    """Plays the organiser until the champion is named, or `rounds` questions were played. Leaves pauses, hold slides
    and previews of a re-judging to the person who made them.
    """

    def __init__(
        self,
        backstage: Backstage,
        tempo: Tempo | None = None,
        *,
        rounds: int | None = None,
        patience: float | None = None,
    ) -> None:
        """`patience`: seconds after the vote before judging is closed without those who are still at it."""
        self._backstage, self._tempo, self._rounds, self._patience = backstage, tempo or Tempo(), rounds, patience
        self.on_state: Callable[[Mapping[str, Any]], None] = lambda state: None
        self._moved = asyncio.Event()
        self._is_waiting = False

    async def run(self) -> None:
        """Take step after step; returns when the show is over. Raises Denied when the token does not work."""
        listener = asyncio.create_task(self._listen())
        try:
            while not await self._step():
                await self._wait()
        finally:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)

    async def _step(self) -> bool:
        """Take every step that can be taken now; whether the show is over."""
        while True:
            self._moved.clear()
            state = await self._backstage.get("/state")
            self.on_state(state)
            self._is_waiting = state["phase"] == "judging" and state["round"]["voting_closed"]
            step = state["next"]
            if state["finished"] or self._is_played_out(state):
                return True
            if step is None:
                return False
            await self._take(state, step)

    async def _wait(self) -> None:
        """Until the journal grows; whoever keeps the hall waiting too long after a vote is not waited for."""
        try:
            await asyncio.wait_for(self._moved.wait(), self._patience if self._is_waiting else None)
        except TimeoutError:
            with suppress(Denied):
                await self._backstage.post("/acts/close-judging")

    def _is_played_out(self, state: Mapping[str, Any]) -> bool:
        if self._rounds is None or state["next"] is None:
            return False
        return state["next"]["act"] in ("open-round", "finish") and int(state["rounds_counted"]) >= self._rounds

    async def _take(self, state: Mapping[str, Any], step: Mapping[str, Any]) -> None:
        await asyncio.sleep(self._tempo.welcome if state["round"] is None else self._tempo.before(step["act"]))
        with suppress(Denied):
            now = (await self._backstage.get("/state"))["next"]
            if now == step:  # somebody else may have taken it, or paused the show, meanwhile
                await self._backstage.post(f"/acts/{step['act']}", step["fields"])

    async def _listen(self) -> None:
        """Notice every entry of the journal; a lost feed is taken up where it broke off."""
        after = 0
        while True:
            with suppress(httpx.HTTPError, Denied):
                async for number, _ in self._backstage.feed(after):
                    after = number
                    self._moved.set()
            self._moved.set()
            await asyncio.sleep(LOST_SECONDS)
