"""An expert at a tablet: reads each answer, marks it, sends the scorecard."""

import random
from itertools import chain

from server.players import frames
from server.players.frames import Frame
from server.players.screen import Screen
from server.players.session import Session
from server.players.sightings import Sightings

FINISHED_BY = 0.85
SECONDS_WITHOUT_CLOCK = 10.0
GOOD_WORDS = ("hawker", "kampong", "kopi", "neighbour", "grandmother", "together", "table", "mrt", "lah", "home")


class ExpertPlayer:
    """Marks every round that is judged while it runs. `link`: the expert's own link."""

    def __init__(self, session: Session, link: str, expert: str, sightings: Sightings, *, seed: object = 0) -> None:
        self._session, self._link, self._expert, self._sightings = session, link, expert, sightings
        self._seed = seed
        self._screen = Screen(session, "/live/score", sightings)
        self._done: set[str] = set()

    async def run(self) -> None:
        """Take the seat and mark until cancelled. Raises Turned if the link does not work."""
        await self._session.enter(self._link)
        async with self._screen.open():
            while True:
                frame = await self._screen.until(lambda f: f.is_in("judging") and f.round not in self._done)
                self._done.add(frame.round)
                await self._judge(frame)

    async def _judge(self, frame: Frame) -> None:
        page = (await self._session.get("/score")).text
        pages = tuple(chain(self._screen.pages, (page,)))
        entries, criteria = frames.entries(pages), frames.names(pages, "mark-")
        if not entries or not criteria:
            self._sightings.complain(self._expert, f"found no answers to mark in round {frame.round}")
            return
        left = ((frame.ends_at or 0) - self._screen.now()) / 1000
        pace = (left if left > 0 else SECONDS_WITHOUT_CLOCK) * FINISHED_BY / len(entries)
        rng = random.Random(f"{self._seed}/{frame.round}/{self._expert}")
        for finalist, answer in entries.items():
            if not await self._screen.pause(pace * rng.uniform(0.6, 1.0), lambda f: _is_open(f, frame.round)):
                return
            await self._mark(frame.round, finalist, marks(frames.words(answer), criteria, rng))
        await self._send(frame.round)

    async def _mark(self, round_: str, finalist: str, given: dict[str, str]) -> None:
        form = {"round": round_, "finalist": finalist, "note": ""}
        form |= {f"mark-{criterion}": mark for criterion, mark in given.items()}
        if await self._sightings.acknowledged(self._expert, "card", self._session.post("/score/card", form)):
            self._sightings.cards[round_, self._expert, finalist] = given

    async def _send(self, round_: str) -> None:
        post = self._session.post("/score/send", {"round": round_})
        if await self._sightings.acknowledged(self._expert, "scorecard", post):
            self._sightings.sent.add((round_, self._expert))


def _is_open(frame: Frame, round_: str) -> bool:
    return frame.round == round_ and frame.phase == "judging"


def marks(text: str, criteria: tuple[str, ...], rng: random.Random) -> dict[str, str]:
    """Half points for each criterion: length and the place's own words help, taste decides."""
    lowered = text.lower()
    liking = 5 + min(len(lowered.split()), 90) / 45 + 0.4 * sum(word in lowered for word in GOOD_WORDS)
    given = {}
    for criterion in criteria:
        mark = min(10.0, max(0.0, rng.gauss(liking, 1.2)))
        given[criterion] = f"{round(mark * 2) / 2:g}"
    return given
