"""A screen held open: connects again whenever it is cut off, knows the latest frame, and lets a player wait for one."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import chain

from websockets.exceptions import WebSocketException

from server.players import frames
from server.players.frames import Frame
from server.players.session import Session
from server.players.sightings import Sightings

LONGEST_WAIT_SECONDS = 5.0


class Screen:
    """One live socket. `on_frame` is called with each frame as it comes."""

    def __init__(self, session: Session, path: str, sightings: Sightings) -> None:
        self._session, self._path, self._sightings = session, path, sightings
        self.frame = Frame()
        self.connected = False
        self.on_frame: Callable[[Frame], None] = lambda frame: None
        self._regions: dict[str, str] = {}
        self._offset_ms = 0.0
        self._was_here = False
        self._moved = asyncio.Event()
        self._cut: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Screen"]:
        """Hold the screen open for as long as the block runs."""
        task = asyncio.create_task(self._hold())
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    @property
    def pages(self) -> tuple[str, ...]:
        """The HTML of the regions, the latest first."""
        return tuple(reversed(self._regions.values()))

    def now(self) -> float:
        """The server's time, epoch milliseconds."""
        return time.time() * 1000 + self._offset_ms

    async def until(self, holds: Callable[[Frame], bool]) -> Frame:
        """Wait for a frame; at once if the latest will do."""
        while not holds(self.frame):
            await self._moved.wait()
        return self.frame

    async def pause(self, seconds: float, holds: Callable[[Frame], bool]) -> bool:
        """Let time pass while the latest frame holds; whether it still does at the end."""
        ends = time.monotonic() + seconds
        while holds(self.frame):
            left = ends - time.monotonic()
            if left <= 0:
                return True
            moved = self._moved
            try:
                await asyncio.wait_for(moved.wait(), left)
            except TimeoutError:
                return holds(self.frame)
        return False

    def drop(self) -> None:
        """Cut the connection, as a tunnel or a locked phone does; it is taken up again at once."""
        if self._cut is not None:
            self._cut.cancel()

    async def _hold(self) -> None:
        wait = 0.1
        while True:
            started = time.perf_counter()
            self._cut = asyncio.create_task(self._listen(started))
            try:
                await asyncio.wait([self._cut])
            finally:
                self._cut.cancel()
                self.connected = False
            failed = None if self._cut.cancelled() else self._cut.exception()
            if failed is not None and not isinstance(failed, OSError | WebSocketException | TimeoutError):
                raise failed
            wait = 0.1 if failed is None else min(2 * wait, LONGEST_WAIT_SECONDS)
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))

    async def _listen(self, started: float) -> None:
        async with self._session.socket(self._path) as socket:
            async for message in socket:
                frame = frames.read(message)
                if frame is None:
                    continue
                if not self.connected:
                    self._note_arrival(time.perf_counter() - started)
                self._take(frame)

    def _note_arrival(self, seconds: float) -> None:
        self.connected = True
        self._sightings.took("reconnect" if self._was_here else "connect", seconds)
        self._was_here = True

    def _take(self, frame: Frame) -> None:
        if frame.snapshot:
            self._regions.clear()
        for target, markup in frame.regions:
            if target == frames.SCREEN:
                self._regions.clear()
            self._regions.pop(target, None)
            self._regions[target] = markup
        self._offset_ms = frame.now - time.time() * 1000
        self.frame = frame
        self.on_frame(frame)
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()


def offered(screen: Screen, first_page: str, name: str) -> tuple[str, ...]:
    """The values a screen offers under a control's name; from the page it began with if no frame has any."""
    return frames.values(chain(screen.pages, (first_page,)), name)
