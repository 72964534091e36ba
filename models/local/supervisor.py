"""Keeping the local engine's worker alive: load it with the order, hand its replies on, start another when it dies."""

import asyncio
from collections.abc import Callable
from typing import Any

from models.local.process import Process
from models.protocol import EngineUnavailable
from models.supervisor import Supervisor, Words

WORDS = Words("The local engine", "try again in a few seconds")


class Worker:
    """A worker that is ready; `on_reply` gets its messages."""

    def __init__(self, process: Process, on_reply: Callable[[dict[str, Any]], None]) -> None:
        self.process, self._on_reply = process, on_reply

    async def ended(self) -> str:
        """Hand its replies on until it ends."""
        async for reply in self.process.replies():
            self._on_reply(reply)
        return ""

    async def stop(self) -> int:
        """End it; returns the exit code."""
        return await self.process.stop()


class WorkerSupervisor(Supervisor[Worker]):
    """Runs the worker that `order` describes; `on_reply` gets its messages, `on_death` the reason of each end."""

    def __init__(
        self,
        order: dict[str, Any],
        *,
        start_timeout_s: float,
        on_reply: Callable[[dict[str, Any]], None],
        on_death: Callable[[str], None],
    ) -> None:
        super().__init__(WORDS, self._load, on_death)
        self._order, self._start_timeout_s, self._on_reply = order, start_timeout_s, on_reply

    @property
    def pid(self) -> int | None:
        """The worker's process id while it is up."""
        return self.life.process.pid if self.life and self.state.is_up else None

    def send(self, message: dict[str, Any]) -> None:
        """Send a request to the worker. Raises EngineUnavailable while there is none."""
        if self.life is None or not self.state.is_up:
            raise EngineUnavailable(self.state.message)
        self.life.process.send(message)

    async def _load(self) -> Worker:
        process = await Process.spawn(self.log, self._order["threads"])
        try:
            process.send(self._order)
            await self._until_ready(process)
        except BaseException:
            await process.stop()
            raise
        return Worker(process, self._on_reply)

    async def _until_ready(self, process: Process) -> None:
        try:
            reply = await asyncio.wait_for(process.reply(), self._start_timeout_s)
        except TimeoutError:
            raise EngineUnavailable(
                f"The local engine was not ready within {self._start_timeout_s:g} s; use a smaller "
                "base model or allow more time."
            ) from None
        if reply is None or "ready" not in reply:
            raise EngineUnavailable(self._start_failure(reply))

    def _start_failure(self, reply: dict[str, Any] | None) -> str:
        if reply and "failed" in reply:
            return (
                f"The local engine could not load the models: {reply['failed']}. Check the "
                "catalogue's paths with `finale check`."
            )
        said = f' (its last words: "{self.log[-1][:200]}")' if self.log else ""
        return f"The local engine ended while loading{said}. Check free memory and the engine's log."
