"""A phone in the audience: joins, waits, votes; now and then as clumsily as real ones do."""

import asyncio
import random
from dataclasses import dataclass, field

from server.players import frames
from server.players.frames import Frame
from server.players.screen import Screen, offered
from server.players.session import Session
from server.players.sightings import Choice, Sightings
from server.players.wire import Lost

STARS = "stars-"


@dataclass(frozen=True, slots=True)
class Clumsiness:
    """Shares of phones that lose their connection in the vote, tap twice, change their mind, vote after the bell."""

    reconnects: float = 0.0
    double_taps: float = 0.0
    changes: float = 0.0
    late: float = 0.0


CAREFUL = Clumsiness()
CLUMSY = Clumsiness(reconnects=0.15, double_taps=0.15, changes=0.2, late=0.05)


@dataclass(frozen=True, slots=True)
class Vote:
    """One voting as planned; times are shares of the vote's clock."""

    at: float
    change_at: float | None
    reconnects: bool
    double_tap: bool
    late: bool
    rng: random.Random = field(repr=False)


class PhonePlayer:
    """Votes in every round while it runs. `join`: the address of the QR code."""

    def __init__(
        self,
        session: Session,
        join: str,
        name: str,
        sightings: Sightings,
        *,
        seed: object = 0,
        faults: Clumsiness = CAREFUL,
    ) -> None:
        self._session, self._join, self._name, self._sightings = session, join, name, sightings
        self._seed, self._faults = seed, faults
        self._screen = Screen(session, "/live/vote", sightings)
        self._page = ""
        self._voted: set[str] = set()

    async def run(self) -> None:
        """Join and vote until cancelled. Raises Turned if the code does not work."""
        async with self._sightings.timed("join"):
            await self._session.enter(self._join)
        async with self._screen.open():
            while True:
                frame = await self._screen.until(lambda f: f.is_voting and f.round not in self._voted)
                self._voted.add(frame.round)
                await self._vote(frame)

    async def _vote(self, frame: Frame) -> None:
        plan = planned(self._seed, frame.round, self._name, self._faults)
        begins, seconds = self._screen.now(), max(0.0, (frame.ends_at or 0) - self._screen.now()) / 1000
        if plan.late:
            await self._vote_late(frame, plan)
            return
        if not await self._wait(frame.round, begins, plan.at * seconds):
            return
        if plan.reconnects:
            self._screen.drop()
        choice = await self._choose(plan)
        if choice is None:
            return
        await asyncio.gather(*(self._cast(frame.round, choice) for _ in range(2 if plan.double_tap else 1)))
        if plan.change_at is not None and await self._wait(frame.round, begins, plan.change_at * seconds):
            changed = await self._choose(plan)
            if changed is not None:
                await self._cast(frame.round, changed)

    async def _vote_late(self, frame: Frame, plan: Vote) -> None:
        choice = await self._choose(plan)
        await self._screen.until(lambda f: f.round != frame.round or not (f.is_voting or f.paused))
        if choice is not None:
            await self._cast(frame.round, choice, late=True)

    async def _wait(self, round_: str, begins: float, seconds: float) -> bool:
        left = (begins - self._screen.now()) / 1000 + seconds
        return await self._screen.pause(left, lambda f: f.round == round_ and f.is_voting)

    async def _choose(self, plan: Vote) -> Choice | None:
        """A favourite, or stars for all; from the screen, or from a fresh page where the screen has no form yet."""
        for fetch in (False, True):
            if fetch:
                self._page = (await self._session.get("/vote")).text
            choices = offered(self._screen, self._page, "choice")
            if choices:
                return plan.rng.choices(choices, [popularity(self._seed, choice) for choice in choices])[0]
            starred = frames.names((*self._screen.pages, self._page), STARS)
            if starred:
                return tuple((finalist, plan.rng.randint(1, 5)) for finalist in starred)
        self._sightings.complain(self._name, "found nothing to vote for")
        return None

    async def _cast(self, round_: str, choice: Choice, late: bool = False) -> None:
        try:
            async with self._sightings.timed("late ballot" if late else "ballot"):
                response = await self._session.post("/vote/ballot", _form(round_, choice))
        except Lost as error:
            self._sightings.unsure.add((round_, self._name))
            self._sightings.complain(self._name, f"ballot got no answer: {error}")
            return
        if response.is_success:
            self._sightings.counts["receipts"] += 1
            self._sightings.receipts[round_, self._name] = choice
        else:
            self._sightings.refused(self._name, "ballot", response)


def planned(seed: object, round_: str, name: str, faults: Clumsiness) -> Vote:
    """How a phone votes in a round; the same for the same seed."""
    rng = random.Random(f"{seed}/{round_}/{name}")
    at = 0.04 + 0.7 * rng.betavariate(1.6, 2.4)
    changes = rng.random() < faults.changes
    return Vote(
        at=at,
        change_at=rng.uniform(at + 0.05, 0.9) if changes else None,
        reconnects=rng.random() < faults.reconnects,
        double_tap=rng.random() < faults.double_taps,
        late=rng.random() < faults.late,
        rng=rng,
    )


def popularity(seed: object, finalist: str) -> float:
    """How much the room likes a finalist, 1 to 3; the same all evening."""
    return random.Random(f"{seed}/{finalist}").uniform(1.0, 3.0)


def _form(round_: str, choice: Choice) -> dict[str, str]:
    if isinstance(choice, str):
        return {"round": round_, "choice": choice}
    return {"round": round_, **{f"{STARS}{finalist}": str(stars) for finalist, stars in choice}}
