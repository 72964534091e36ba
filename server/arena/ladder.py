"""The engines in the order in which they step in, each behind a breaker.

An engine rests when it is down, when streams of two lanes failed on it with none going well between (the last one in
service only if it gives no tokens to a probe either), or when two lanes are slow on it while another stands by. It
comes back by a probe, never by a finalist's attempt. When all rest, that is an outage, and whoever waits for an engine
is woken by the first that answers again.
"""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from server.arena.engines import Engine
from server.domain.commands import NoteIncident, NoteOutage, NoteRecovery

LANES_TO_TRIP = 2
HEALTH_SECONDS = 2.0
RESTS_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""How long a resting engine is left alone before it is probed again; the last one repeats."""

Tell = Callable[[NoteIncident | NoteOutage | NoteRecovery], Coroutine[Any, Any, None]]


@dataclass(slots=True, eq=False)
class Rung:
    """One engine. `failing` and `slow`: lanes since its last good stream. `why`: what made it rest, in words."""

    engine: Engine
    resting: bool = False
    why: str = ""
    failing: set[str] = field(default_factory=set)
    slow: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        """What people call the engine."""
        return self.engine.name


class Ladder:
    """`rungs` in their order; `probe_with` gives the adapter that a resting engine has to answer with."""

    def __init__(
        self,
        engines: Sequence[Engine],
        tell: Tell,
        probe_with: Callable[[], str],
        *,
        slow_tokens_per_second: float = 0.0,
        rests_seconds: Sequence[float] = RESTS_SECONDS,
    ) -> None:
        """`slow_tokens_per_second`: an engine below it does not come back; 0 takes any."""
        self.rungs = tuple(Rung(engine) for engine in engines)
        self._tell, self._probe_with = tell, probe_with
        self._slow, self._rests = slow_tokens_per_second, tuple(rests_seconds)
        self._looking = asyncio.Lock()
        self._up = asyncio.Event()
        self._up.set()
        self._watches: set[asyncio.Task[None]] = set()

    def first(self, tried: Collection[Rung] = ()) -> Rung | None:
        """The first engine in service that is not among `tried`."""
        return next((rung for rung in self.rungs if not rung.resting and rung not in tried), None)

    @property
    def is_out(self) -> bool:
        """Whether no engine is in service."""
        return all(rung.resting for rung in self.rungs)

    async def until_up(self) -> None:
        """Wait until an engine is in service."""
        await self._up.wait()

    def worked(self, rung: Rung) -> None:
        """A stream went well: what was held against its engine is forgotten."""
        rung.failing.clear()

    async def failed(self, rung: Rung, lane: str, why: str) -> None:
        """A stream of `lane` failed for a reason that is the engine's."""
        rung.failing.add(lane)
        async with self._looking:  # lanes that fail together are one finding
            if rung.resting:
                return
            if down := await _down(rung.engine):
                await self._rest(rung, down)
            elif len(rung.failing) >= LANES_TO_TRIP:
                await self._rest_unless_needed(rung, why)

    async def found_slow(self, rung: Rung, lane: str, rate: float) -> None:
        """A stream of `lane` runs at `rate` tokens per second. A slow engine serves on where no other can."""
        rung.slow.add(lane)
        if rung.resting or len(rung.slow) != LANES_TO_TRIP:
            return
        words = f"about {rate:.1f} tokens per second"
        if any(not other.resting for other in self.rungs if other is not rung):
            await self._rest(rung, words)
        else:
            await self._tell(NoteIncident(f"{rung.name} is slow: {words}. No other engine stands by."))

    async def close(self) -> None:
        """Stop watching."""
        for watch in self._watches:
            watch.cancel()
        await asyncio.gather(*self._watches, return_exceptions=True)

    async def _rest_unless_needed(self, rung: Rung, why: str) -> None:
        """The last engine in service may be a fleet of which one part broke: it goes on if it still gives tokens."""
        is_last = all(other.resting for other in self.rungs if other is not rung)
        if is_last and await self._gives_tokens(rung):
            rung.failing.clear()
            return
        await self._rest(rung, why)

    async def _gives_tokens(self, rung: Rung) -> bool:
        try:
            async with asyncio.timeout(HEALTH_SECONDS):
                return (await rung.engine.probe(self._probe_with())).ok
        except Exception:  # whatever an engine throws, it gave no tokens
            return False

    async def _rest(self, rung: Rung, why: str) -> None:
        if rung.resting:
            return
        rung.resting, rung.why = True, why
        watch = asyncio.create_task(self._watch(rung), name=f"watch over {rung.name}")
        self._watches.add(watch)
        watch.add_done_callback(self._watches.discard)
        following = self.first()
        if following is None:
            self._up.clear()
            await self._tell(NoteOutage(f"No engine answers. {rung.name}: {why}"))
        else:
            await self._tell(NoteIncident(f"{rung.name} rests ({why}); {following.name} steps in."))

    async def _watch(self, rung: Rung) -> None:
        turn = 0
        while True:
            await asyncio.sleep(self._rests[min(turn, len(self._rests) - 1)])
            turn += 1
            with suppress(Exception):  # whatever an engine throws, it is asked again later
                if await self._is_back(rung):
                    break
        was_out = self.is_out
        rung.resting, rung.why = False, ""
        rung.failing.clear()
        rung.slow.clear()
        self._up.set()
        words = f"{rung.name} answers again."
        await self._tell(NoteRecovery(rung.name) if was_out else NoteIncident(words))

    async def _is_back(self, rung: Rung) -> bool:
        if await _down(rung.engine):
            return False
        probe = await rung.engine.probe(self._probe_with())
        return probe.ok and (probe.tokens_per_second or 0.0) >= self._slow


async def _down(engine: Engine) -> str:
    """Why the engine cannot answer, as far as it knows itself; empty when it can."""
    try:
        async with asyncio.timeout(HEALTH_SECONDS):
            health = await engine.health()
    except TimeoutError:
        return "it does not say how it is"
    except Exception as error:  # an engine that breaks when asked is down
        return str(error) or type(error).__name__
    return "" if health.ok else health.message
