"""Bots in the empty seats of a running server, so that one person can watch a whole show. They come in through the
front door: the same pages, posts and sockets, at the server's own address.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any

import httpx
import structlog

from server.arena.room import Change
from server.domain.actors import Role
from server.players.backstage import Backstage, connected
from server.players.conductor import Conductor
from server.players.expert import ExpertPlayer
from server.players.finalist import FinalistPlayer
from server.players.phone import Clumsiness, PhonePlayer
from server.players.session import Session
from server.players.sightings import Sightings

if TYPE_CHECKING:
    from server.settings import Settings
    from server.web.house import House

log = structlog.get_logger(__name__)
KINDS = ("finalists", "experts", "phones", "organiser")
AWAY_SECONDS = 20.0
WATCH_SECONDS = 1.0
HUMAN = Clumsiness(changes=0.2)
_ROLES = {"finalists": Role.FINALIST, "experts": Role.EXPERT}


class Autopilot:
    """The bots of one server. `set` says how many of each kind there shall be."""

    def __init__(self, house: "House") -> None:
        self._house = house
        self._seats: dict[str, dict[str, asyncio.Task[None]]] = {kind: {} for kind in KINDS}
        self._client: httpx.AsyncClient | None = None
        self._watch: asyncio.Task[None] | None = None
        self._wanted: Mapping[str, int] = {}
        self._away_since: dict[tuple[str, str], float] = {}

    async def set(self, wanted: Mapping[str, int]) -> None:
        """Seat as many bots as wanted, in empty seats only; send the others away."""
        self._wanted = dict(wanted)
        for kind in KINDS:
            for who in list(self._seats[kind])[max(0, wanted.get(kind, 0)) :]:
                await self._dismiss(kind, who)
            self._fill(kind, self._empty(kind))
        self._show()

    def _fill(self, kind: str, empty: list[str]) -> None:
        missing = self._wanted.get(kind, 0) - len(self._seats[kind])
        for who in empty[: max(0, missing)]:
            self._seat(kind, who)
            self._show()

    async def close(self) -> None:
        """Send every bot away."""
        if self._watch is not None:
            self._watch.cancel()
        await self.set({})
        if self._client is not None:
            await self._client.aclose()

    def _empty(self, kind: str) -> list[str]:
        """Who may be played: in lane order, without those who are here or played already."""
        event, presence = self._house.arena.state.event, self._house.arena.presence
        if kind == "finalists":
            everyone, here = list(event.finalist_ids), presence.finalists
        elif kind == "experts":
            everyone, here = [expert.id for expert in event.experts], presence.experts
        else:
            everyone, here = [f"bot-{n}" for n in range(1, 2001)] if kind == "phones" else ["organiser"], frozenset()
        return [who for who in everyone if who not in here and who not in self._seats[kind]]

    def _seat(self, kind: str, who: str) -> None:
        if self._client is None:
            self._client = connected(own_address(self._house.settings))
        if self._watch is None:
            self._watch = asyncio.create_task(self._make_room())
        play = self._player(kind, who, self._client)
        task = asyncio.create_task(play(), name=f"bot {kind} {who}")
        self._seats[kind][who] = task
        task.add_done_callback(lambda done: self._left(kind, who, done))

    def _player(self, kind: str, who: str, client: httpx.AsyncClient) -> "Callable[[], Coroutine[Any, Any, None]]":
        links, event = self._house.links, self._house.arena.state.event
        seed, session = event.seed, Session(own_address(self._house.settings))
        seen = Sightings(on_complaint=lambda complaint: log.warning("bot in trouble", complaint=complaint))
        if kind == "finalists":
            link = f"/enter/{links.token(Role.FINALIST, who)}"
            return FinalistPlayer(session, link, who, seen, seed=seed, lane=event.lane(who)).run
        if kind == "experts":
            return ExpertPlayer(session, f"/enter/{links.token(Role.EXPERT, who)}", who, seen, seed=seed).run
        if kind == "phones":
            return PhonePlayer(session, f"/vote?c={links.code}", who, seen, seed=seed, faults=HUMAN).run
        return Conductor(Backstage(client, links.token(Role.ORGANISER, "organiser"))).run

    async def _dismiss(self, kind: str, who: str) -> None:
        task = self._seats[kind].pop(who, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _left(self, kind: str, who: str, task: "asyncio.Task[None]") -> None:
        if self._seats[kind].get(who) is task:
            del self._seats[kind][who]
            self._show()
        if not task.cancelled() and task.exception() is not None:
            log.warning("bot left", kind=kind, who=who, error=str(task.exception()))

    async def _make_room(self) -> None:
        """A bot gets up when the person whose seat it is arrives, and takes a seat that stays empty."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            for kind, role in _ROLES.items():
                self._fill(kind, self._long_empty(kind))
                here = [feed.viewer.id for feed in self._house.hub.feeds(role)]
                for who in [who for who in self._seats[kind] if here.count(who) > 1]:
                    await self._dismiss(kind, who)
                    self._show()

    def _long_empty(self, kind: str) -> list[str]:
        """Seats whose person has been gone for a while: a tablet that only lost its Wi-Fi keeps its seat."""
        now, empty = time.monotonic(), self._empty(kind)
        known = {who: self._away_since.get((kind, who), now) for who in empty}
        self._away_since = {key: at for key, at in self._away_since.items() if key[0] != kind}
        self._away_since |= {(kind, who): at for who, at in known.items()}
        return [who for who, at in known.items() if now - at >= AWAY_SECONDS]

    def _show(self) -> None:
        arena = self._house.arena
        arena.bots = {kind: len(seats) for kind, seats in self._seats.items() if seats}
        arena.touch(Change.PRESENCE)


def own_address(settings: "Settings") -> str:
    """Where a server finds itself."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(settings.host, settings.host)
    return f"http://{host}:{settings.port}"
