"""A pair of eyes on the stage: how long until the hall saw the first words of an answer."""

import re
import time

from server.players.frames import Frame, words
from server.players.screen import Screen
from server.players.session import Session
from server.players.sightings import Sightings

_LANE = re.compile(r'id="lane-(\d+)-text"([^>]*)>(.*?)</div>', re.DOTALL)


class StageWatcher:
    """Holds the stage open. `expect` starts the watch on a lane whose text is empty until then."""

    def __init__(self, session: Session, link: str, sightings: Sightings) -> None:
        self._session, self._link, self._sightings = session, link, sightings
        self._expected: dict[int, float] = {}
        self.screen = Screen(session, "/live/stage", sightings)
        self.screen.on_frame = self._look

    async def run(self) -> None:
        """Watch until cancelled. Raises Turned if the link does not work."""
        await self._session.enter(self._link)
        async with self.screen.open():
            await self.screen.until(lambda frame: False)

    def expect(self, lane: int) -> None:
        """From now on, until the first words of this lane are seen."""
        self._expected[lane] = time.perf_counter()

    def _look(self, frame: Frame) -> None:
        self._sightings.counts["stage frames"] += 1
        if not self._expected:
            return
        for _, markup in frame.regions:
            for lane, attributes, text in _LANE.findall(markup):
                if int(lane) in self._expected and "is-kept" not in attributes and words(text):
                    self._sightings.took("first text", time.perf_counter() - self._expected.pop(int(lane)))
