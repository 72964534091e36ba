"""Keeping something alive that an engine depends on: begin it, and when it dies say so at once and begin another.

Pauses between deaths grow; after `MAX_DEATHS` in a row it gives up and says what to do. What is kept alive, and how it
is begun, the engine says.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from models.protocol import EngineError

MAX_DEATHS = 5
LOG_LINES = 400
PAUSES_S = (0.2, 0.5, 1.0, 2.0)
STEADY_S = 60.0
"""A life this long makes earlier deaths forgotten."""


class Life(Protocol):
    """What is kept alive, from ready to dead."""

    async def ended(self) -> str:
        """Wait until it ends by itself, and say how: the end of "… died", such as "(killed by signal 9)"."""

    async def stop(self) -> int:
        """End it, by force if it must be; returns the exit code."""


L = TypeVar("L", bound=Life)


@dataclass(frozen=True, slots=True)
class State:
    """What the supervisor is doing, in words for the organiser; `is_up` says whether requests are answered."""

    is_up: bool
    message: str


@dataclass(frozen=True, slots=True)
class Words:
    """How it speaks of what it keeps alive: `name` begins sentences, `patience` says how long a start takes."""

    name: str
    patience: str


class Supervisor(Generic[L]):
    """Keeps one life going. `begin` returns a ready one or raises EngineError, having cleared up after itself."""

    def __init__(
        self, words: Words, begin: Callable[[], Awaitable[L]], on_death: Callable[[str], None] = lambda reason: None
    ) -> None:
        """`on_death` gets the reason of each end, the last one included."""
        self._words, self._begin, self._on_death = words, begin, on_death
        self._watching: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._gave_up = False
        self.life: L | None = None
        self.log: deque[str] = deque(maxlen=LOG_LINES)
        self.state = State(False, f"{words.name} has not been started; start it first.")

    @property
    def is_watching(self) -> bool:
        """Whether it was started: it is up, on its way, or dead for good."""
        return self._watching is not None

    async def start(self) -> None:
        """Return when it is ready. Raises EngineError with the cause; while it is watched, changes nothing."""
        async with self._starting:  # an engine and its wrapper may both be told to start
            if self._watching is not None and not self._watching.done():
                if not self._gave_up:
                    return
                await asyncio.wait([self._watching])  # it buries the last life, then ends
            self._gave_up = False
            await self._raise_one()
            self._watching = asyncio.create_task(self._watch(), name=f"{self._words.name}: supervisor")

    async def restart(self) -> None:
        """End it and begin it again, as `begin` now does. Raises EngineError; then nothing runs."""
        await self._rest()
        self._on_death(f"{self._words.name} is being restarted; {self._words.patience}.")
        await self.start()

    async def close(self) -> None:
        """End it and the watch over it."""
        await self._rest()
        self.state = State(False, f"{self._words.name} is stopped; start it again to generate.")
        self._on_death(self.state.message)

    async def _rest(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
            self._watching = None
        await self._bury()

    async def _raise_one(self) -> None:
        self.state = State(False, f"{self._words.name} is starting; {self._words.patience}.")
        try:
            self.life = await self._begin()
        except EngineError as error:
            self.state = State(False, str(error))
            raise
        self.state = State(True, f"{self._words.name} is ready.")

    async def _bury(self) -> int:
        life, self.life = self.life, None
        return await life.stop() if life is not None else 0

    async def _watch(self) -> None:
        deaths, began = 0, time.monotonic()
        while True:
            how = await self.life.ended() if self.life is not None else ""
            deaths = 1 if time.monotonic() - began > STEADY_S else deaths + 1
            await self._note_death(deaths, how)
            if self._gave_up:
                return
            await asyncio.sleep(PAUSES_S[deaths - 1])
            await self._revive()
            began = time.monotonic()

    async def _note_death(self, deaths: int, how: str) -> None:
        name, how = self._words.name, f" {how}" if how else ""
        self._gave_up = deaths == MAX_DEATHS
        if self._gave_up:
            message = f"{name} died {deaths} times in a row{how}; read its log, then restart the server."
        else:
            message = f"{name} died{how} and is restarting (death {deaths}); {self._words.patience}."
        self.state = State(False, message)
        self._on_death(message)
        code = await self._bury()
        self.log.append(f"[supervisor] {message} It ended with exit code {code}.")

    async def _revive(self) -> None:
        try:
            await self._raise_one()
        except EngineError as error:
            self.log.append(f"[supervisor] {error}")
