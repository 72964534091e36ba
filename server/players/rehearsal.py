"""A whole show played against a running server: everybody takes their seat, the conductor leads, then the account."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from server.players.account import RoundAccount, account
from server.players.backstage import Backstage, connected
from server.players.conductor import Conductor, Tempo
from server.players.expert import ExpertPlayer
from server.players.finalist import FinalistPlayer
from server.players.phone import CLUMSY, Clumsiness, PhonePlayer
from server.players.session import Session
from server.players.sightings import Sightings
from server.players.stage import StageWatcher

SEATED_SECONDS = 60.0
LOOK_SECONDS = 0.1
LAST_WORDS_SECONDS = 1.0
PATIENCE_SECONDS = 30.0
Told = Callable[[Mapping[str, Any]], None]
QUICK = Tempo(welcome=0.2, question=1.0, marks=0.3, component=0.3, total=0.5, standings=0.5)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays. `experts` None takes all of the event; `rounds` None plays to the champion."""

    phones: int = 100
    experts: int | None = None
    seed: int = 1
    rounds: int | None = None
    faults: Clumsiness = CLUMSY
    tempo: Tempo = QUICK


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it. `bundle` is the server's results file."""

    bundle: Mapping[str, Any]
    seen: Sightings
    rounds: tuple[RoundAccount, ...]
    seconds: float

    @property
    def losses(self) -> int:
        """Everything that was acknowledged and is missing; 0 is the only good number."""
        return sum(round_.losses for round_ in self.rounds)


async def rehearse(base: str, token: str, cast: Cast, tell: Told = lambda state: None) -> Outcome:
    """Play the event that runs at `base` to its end. `tell` hears the state at every step. Raises Denied."""
    started, seen = time.monotonic(), Sightings()
    async with connected(base) as client:
        backstage = Backstage(client, token)
        tasks = await _seated(base, backstage, cast, seen)
        try:
            conductor = Conductor(backstage, cast.tempo, rounds=cast.rounds, patience=PATIENCE_SECONDS)
            conductor.on_state = tell
            await conductor.run()
            await asyncio.sleep(LAST_WORDS_SECONDS)
            bundle = await backstage.get("/results")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    return Outcome(bundle, seen, account(bundle, seen), time.monotonic() - started)


async def _seated(base: str, backstage: Backstage, cast: Cast, seen: Sightings) -> "list[asyncio.Task[None]]":
    """Everybody's task, when the server has seen them all."""
    event, people = await backstage.get("/event"), await backstage.get("/people")
    paths = {(one["role"], one["who"]): urlsplit(one["url"]).path for one in people["people"]}
    address = urlsplit(people["audience"]["url"])
    experts = [one["id"] for one in event["experts"]][: cast.experts]
    watcher = StageWatcher(Session(base), paths["stage", "stage"], seen)
    runs: dict[str, Coroutine[Any, Any, None]] = {"the stage": watcher.run()}
    for lane, finalist in enumerate(one["id"] for one in event["finalists"]):
        player = FinalistPlayer(
            Session(base), paths["finalist", finalist], finalist, seen, seed=cast.seed, lane=lane, watcher=watcher
        )
        runs[finalist] = player.run()
    for expert in experts:
        runs[expert] = ExpertPlayer(Session(base), paths["expert", expert], expert, seen, seed=cast.seed).run()
    for number in range(1, cast.phones + 1):
        name, join = f"phone {number}", f"{address.path}?{address.query}"
        runs[name] = PhonePlayer(Session(base), join, name, seen, seed=cast.seed, faults=cast.faults).run()
    tasks = [_watched(name, run, seen) for name, run in runs.items()]
    await _all_here(backstage, len(event["finalists"]), len(experts), cast.phones, seen)
    return tasks


def _watched(name: str, run: Coroutine[Any, Any, None], seen: Sightings) -> "asyncio.Task[None]":
    """A player's task; that somebody gave up is noted."""
    task = asyncio.create_task(run, name=name)

    def left(done: "asyncio.Task[None]") -> None:
        if not done.cancelled() and done.exception() is not None:
            seen.complain(name, f"gave up: {done.exception()!r}")

    task.add_done_callback(left)
    return task


async def _all_here(backstage: Backstage, finalists: int, experts: int, phones: int, seen: Sightings) -> None:
    """Wait until the server sees everybody; a seat that stays empty is noted, and the show begins without."""
    ends = time.monotonic() + SEATED_SECONDS
    while time.monotonic() < ends:
        here = (await backstage.get("/state"))["present"]
        if len(here["finalists"]) >= finalists and len(here["experts"]) >= experts and here["phones"] >= phones:
            return
        await asyncio.sleep(LOOK_SECONDS)
    seen.complain("the hall", f"after {SEATED_SECONDS:.0f} s only {here['phones']} of {phones} phones were in")
