"""Keeping a worker alive: load it, hand its replies on, and when it dies say so at once and start another.

Pauses between deaths grow; after `MAX_DEATHS` in a row it gives up and says what to do.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models.local.process import Process
from models.protocol import EngineUnavailable

MAX_DEATHS = 5
LOG_LINES = 400
PAUSES_S = (0.2, 0.5, 1.0, 2.0)
STEADY_S = 60.0
"""A life this long makes earlier deaths forgotten."""


@dataclass(frozen=True, slots=True)
class State:
    """What the supervisor is doing, in words for the organiser; `is_up` says whether requests are answered."""

    is_up: bool
    message: str


class Supervisor:
    """Runs the worker that `order` describes; `on_reply` gets its messages, `on_death` the reason of each end."""

    def __init__(
        self,
        order: dict[str, Any],
        *,
        start_timeout_s: float,
        on_reply: Callable[[dict[str, Any]], None],
        on_death: Callable[[str], None],
    ) -> None:
        self._order, self._start_timeout_s = order, start_timeout_s
        self._on_reply, self._on_death = on_reply, on_death
        self._process: Process | None = None
        self._watching: asyncio.Task[None] | None = None
        self.log: deque[str] = deque(maxlen=LOG_LINES)
        self.state = State(False, "The local engine has not been started; start it first.")

    @property
    def pid(self) -> int | None:
        """The worker's process id while it is up."""
        return self._process.pid if self._process and self.state.is_up else None

    @property
    def is_watching(self) -> bool:
        """Whether it was started: a worker is up, on its way, or dead for good."""
        return self._watching is not None

    async def start(self) -> None:
        """Return when the worker is ready. Raises EngineUnavailable with the cause; a second call changes nothing."""
        if self._watching is not None:
            return
        try:
            await self._raise_one()
        except BaseException:
            await self._bury()
            raise
        self._watching = asyncio.create_task(self._watch(), name="local engine supervisor")

    async def close(self) -> None:
        """Stop the worker and the watch over it."""
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
            self._watching = None
        await self._bury()
        self.state = State(False, "The local engine is stopped; start it again to generate.")
        self._on_death(self.state.message)

    def send(self, message: dict[str, Any]) -> None:
        """Send a request to the worker. Raises EngineUnavailable while there is none."""
        if self._process is None or not self.state.is_up:
            raise EngineUnavailable(self.state.message)
        self._process.send(message)

    async def _raise_one(self) -> None:
        self.state = State(False, "The local engine is loading the models; wait a few seconds.")
        self._process = await Process.spawn(self.log, self._order["threads"])
        self._process.send(self._order)
        try:
            reply = await asyncio.wait_for(self._process.reply(), self._start_timeout_s)
        except TimeoutError:
            raise EngineUnavailable(
                f"The local engine was not ready within {self._start_timeout_s:g} s; use a smaller "
                "base model or allow more time."
            ) from None
        if reply is None or "ready" not in reply:
            raise EngineUnavailable(self._start_failure(reply))
        self.state = State(True, "The local engine is ready.")

    def _start_failure(self, reply: dict[str, Any] | None) -> str:
        if reply and "failed" in reply:
            return (
                f"The local engine could not load the models: {reply['failed']}. Check the "
                "catalogue's paths with `finale check`."
            )
        return f"The local engine ended while loading{self._last_words()}. Check free memory and the engine's log."

    def _last_words(self) -> str:
        return f' (its last words: "{self.log[-1][:200]}")' if self.log else ""

    async def _bury(self) -> int:
        process, self._process = self._process, None
        return await process.stop() if process is not None else 0

    async def _watch(self) -> None:
        deaths = 0
        while True:
            began = time.monotonic()
            if self._process is not None:
                async for reply in self._process.replies():
                    self._on_reply(reply)
            deaths = 1 if time.monotonic() - began > STEADY_S else deaths + 1
            await self._note_death(deaths)
            if deaths == MAX_DEATHS:
                return
            await asyncio.sleep(PAUSES_S[deaths - 1])
            await self._revive()

    async def _note_death(self, deaths: int) -> None:
        self.state = State(False, self._death_message(deaths))
        self._on_death(self.state.message)
        code = await self._bury()
        self.log.append(f"[supervisor] the worker ended with exit code {code}")

    def _death_message(self, deaths: int) -> str:
        if deaths == MAX_DEATHS:
            words = self._last_words()
            return f"The local engine died {deaths} times in a row{words}; read its log, then restart the server."
        return f"The local engine's worker died and is restarting (death {deaths}); try again in a few seconds."

    async def _revive(self) -> None:
        try:
            await self._raise_one()
        except EngineUnavailable as error:
            self.log.append(f"[supervisor] {error}")
            await self._bury()
