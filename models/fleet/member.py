"""One address of a fleet: how much runs on it, how it has behaved, and how long it is left alone.

An address that failed is avoided until a probe has gone well. The pause before each probe grows, and only a whole
answer makes earlier failures forgotten. Which address gets a request is `engine`'s business.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from models.protocol import Engine, Health, Probe

PAUSES_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
PROBE_WITHIN_S = 10.0
HEALTH_WITHIN_S = 1.5
"""Whoever asks how a fleet is does not wait for its slowest address."""

Note = Callable[[str], None]


@dataclass(slots=True, eq=False)
class Member:
    """An `engine` for one address. `lacks`: the adapters that it is known not to serve."""

    place: str
    engine: Engine
    note: Note
    pauses_s: Sequence[float] = PAUSES_S
    running: int = 0
    lacks: set[str] = field(default_factory=set)
    why_avoided: str = ""
    is_closed: bool = False
    _pauses: int = 0
    _coming_back: asyncio.Task[None] | None = None

    @property
    def is_avoided(self) -> bool:
        """Whether others are asked first."""
        return self._coming_back is not None

    def failed(self, why: str, adapter: str) -> None:
        """Avoid it for a growing while, then try it with `adapter`. More failures meanwhile change nothing."""
        if self.is_avoided or self.is_closed:
            return
        self.why_avoided = why
        self.note(f"{self.place} is avoided: {why}")
        self._coming_back = asyncio.create_task(self._come_back(adapter), name=f"probes of {self.place}")

    def worked(self) -> None:
        """A whole answer came: nothing is held against it."""
        self._pauses = 0
        if self._coming_back is not None:
            self._coming_back.cancel()
            self._is_back()

    async def health(self) -> Health:
        """How it is, soon, and whether streams have failed on it."""
        health = await self._says()
        if health.ok and self.is_avoided:
            return Health(False, f"{self.place} is avoided until a probe goes well ({self.why_avoided})")
        return health

    async def probe(self, adapter: str) -> Probe:
        """One short generation with `adapter`. Reports every failure, also one that is no EngineError."""
        try:
            async with asyncio.timeout(PROBE_WITHIN_S):
                return await self.engine.probe(adapter)
        except TimeoutError:
            words = f"no complete probe within {PROBE_WITHIN_S:g} s."
        except Exception as error:  # whatever an engine throws, it is asked again later
            words = f"{type(error).__name__}: {error}"
        return Probe(False, adapter, None, None, None, words)

    async def close(self) -> None:
        """Stop probing and close the engine."""
        self.is_closed = True
        if self._coming_back is not None:
            self._coming_back.cancel()
        await self.engine.close()

    async def _come_back(self, adapter: str) -> None:
        while True:
            await asyncio.sleep(self.pauses_s[min(self._pauses, len(self.pauses_s) - 1)])
            self._pauses += 1
            probe = await self.probe(adapter)
            if probe.ok or await self._answers_without(adapter):
                break
            self.why_avoided = probe.message
        self._is_back()

    async def _answers_without(self, adapter: str) -> bool:
        """Whether it is well, and only no longer serves the adapter that it is probed with."""
        health = await self._says()
        return bool(health.adapters) and adapter not in health.adapters

    async def _says(self) -> Health:
        try:
            async with asyncio.timeout(HEALTH_WITHIN_S):
                return await self.engine.health()
        except TimeoutError:
            return Health(False, f"{self.place} does not answer within {HEALTH_WITHIN_S:g} s.")

    def _is_back(self) -> None:
        self.note(f"{self.place} answers again.")
        self._coming_back, self.why_avoided = None, ""
