"""The engine "openai" for several addresses: each request goes to the one with the fewest streams under way.

What has not streamed yet is tried on another address when one fails; what has streamed never is. How one address is
doing is `fleet_member`'s business.
"""

import asyncio
import contextlib
import itertools
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from pathlib import Path

from models.fleet.member import PAUSES_S, Member
from models.fleet.probing import joined
from models.fleet.request import Request, Trying, Waiting
from models.openai_errors import AddressWrong, ModelMissing
from models.protocol import Engine, EngineError, EngineUnavailable, Health, Piece, Probe, check_sampling

HURRY_S = 3.0
"""An address that gives no text for so long is left for another one, where another one stands by."""
SUSPECT_S = 2.5
"""An address that was silent for so long when its stream was given up has failed."""
LOG_LINES = 200


class Fleet:
    """Engines at several addresses, as one engine; `engines` maps an address, in words, to its engine."""

    name = "openai"

    def __init__(
        self,
        engines: Mapping[str, Engine],
        adapters: Collection[str],
        *,
        hurry_s: float = HURRY_S,
        suspect_s: float = SUSPECT_S,
        pauses_s: Sequence[float] = PAUSES_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`adapters` are those that some address has to serve. `pauses_s` before each probe of one that failed."""
        self._members = [Member(place, engine, self._note, pauses_s) for place, engine in engines.items()]
        self._adapters = set(adapters)
        self._hurry_s, self._suspect_s, self._clock = hurry_s, suspect_s, clock
        self._turns = itertools.count()
        self._log: deque[str] = deque(maxlen=LOG_LINES)
        self._is_closed = False

    async def start(self) -> None:
        """Return when every adapter is served by some address. Raises EngineUnavailable."""
        health = await self.health()
        if not health.ok:
            raise EngineUnavailable(health.message)

    async def close(self) -> None:
        """Close every connection; running streams raise EngineError."""
        self._is_closed = True
        await asyncio.gather(*(member.close() for member in self._members))

    async def stream(
        self,
        *,
        adapter: str,
        system_prompt: str,
        question: str,
        temperature: float,
        top_p: float,
        max_tokens: int,
        seed: int,
    ) -> AsyncGenerator[Piece, None]:
        """Generate one answer (see `models.protocol.Engine.stream`), on one address after the other until text came."""
        check_sampling(temperature=temperature, top_p=top_p, max_tokens=max_tokens, seed=seed)
        request = Request(adapter, system_prompt, question, temperature, top_p, max_tokens, seed)
        trying = Trying()
        while not trying.has_ended:
            member = self._next_for(adapter, trying.failures)
            hurry = bool(self._ready(adapter, {*trying.failures, member}))
            async with contextlib.aclosing(self._on(member, request, hurry)) as pieces:
                with trying.may_fail_on(member):
                    async for piece in pieces:
                        if trying.is_news(piece):
                            yield piece

    async def probe(self, adapter: str) -> Probe:
        """One short greedy generation with `adapter` on every address that is in use: all of them are to be warm."""
        members = self._ready(adapter, ()) or self._members
        found = await asyncio.gather(*(member.probe(adapter) for member in members))
        return joined(adapter, {member.place: probe for member, probe in zip(members, found, strict=True)})

    async def health(self) -> Health:
        """Whether every adapter is served by an address that answers; words for each that is not ready."""
        found = await asyncio.gather(*(member.health() for member in self._members))
        for member, health in zip(self._members, found, strict=True):
            self._learn(member, health)
        served = {adapter for health in found for adapter in health.adapters}
        ok = bool(found) and self._adapters <= served
        return Health(ok, _in_words(found), tuple(sorted(served)), whole=all(one.ok for one in found))

    async def load(self, adapter: str, folder: Path) -> None:
        """Serve `adapter` on every address that takes it. Raises EngineError when none does."""
        asked = (member.engine.load(adapter, folder) for member in self._members)
        refusals = [error for error in await asyncio.gather(*asked, return_exceptions=True) if error is not None]
        unexpected = [error for error in refusals if not isinstance(error, EngineError)]
        if unexpected or len(refusals) == len(self._members):
            raise [*unexpected, *refusals][0]
        self._adapters.add(adapter)
        await self.health()

    async def unload(self, adapter: str) -> None:
        """Serve `adapter` no longer."""
        self._adapters.discard(adapter)
        await asyncio.gather(*(member.engine.unload(adapter) for member in self._members))

    @property
    def log(self) -> tuple[str, ...]:
        """When which address failed and came back, oldest first."""
        return tuple(self._log)

    async def _on(self, member: Member, request: Request, hurry: bool) -> AsyncGenerator[Piece, None]:
        member.running += 1
        waiting = Waiting(self._clock, self._hurry_s if hurry else None)
        try:
            async with contextlib.aclosing(request.stream_on(member.engine)) as pieces:
                while (piece := await waiting.next_of(pieces, member.place)) is not None:
                    yield piece
            member.worked()
        except ModelMissing:
            member.lacks.add(request.adapter)
            raise
        except (EngineUnavailable, AddressWrong) as error:
            member.failed(str(error), request.adapter)
            raise
        except (asyncio.CancelledError, GeneratorExit):
            if (silence := waiting.seconds) >= self._suspect_s:
                member.failed(f"it was silent for {silence:.1f} s when its stream was given up.", request.adapter)
            raise
        finally:
            member.running -= 1

    def _next_for(self, adapter: str, failed: Mapping[Member, EngineError]) -> Member:
        if self._is_closed:
            raise EngineUnavailable("The engine is stopped; start it again to generate.")
        avoided = [member for member in self._members if member not in failed and adapter not in member.lacks]
        left = self._ready(adapter, failed) or avoided or ([] if failed else self._members)
        if not left:
            raise _none_could(failed)
        turn, all_of_them = next(self._turns), len(self._members)
        return min(left, key=lambda one: (one.running, (self._members.index(one) - turn) % all_of_them))

    def _ready(self, adapter: str, without: Collection[Member]) -> list[Member]:
        left = (member for member in self._members if member not in without)
        return [member for member in left if not member.is_avoided and adapter not in member.lacks]

    def _learn(self, member: Member, health: Health) -> None:
        if health.ok or health.adapters:
            member.lacks = self._adapters - set(health.adapters)
        elif self._adapters:
            member.failed(health.message, min(self._adapters))

    def _note(self, words: str) -> None:
        self._log.append(f"{time.strftime('%H:%M:%S')} {words}")


def _none_could(failed: Mapping[Member, EngineError]) -> EngineError:
    errors = list(failed.values())
    if len(errors) == 1:
        return errors[0]
    return EngineUnavailable(f"No address could answer. {' '.join(dict.fromkeys(map(str, errors)))}")


def _in_words(found: Sequence[Health]) -> str:
    ready, unready = [one for one in found if one.ok], [one.message for one in found if not one.ok]
    if len(found) == 1:
        return found[0].message
    if not unready:
        return f"All {len(found)} addresses are ready."
    return f"{len(ready)} of {len(found)} addresses ready. {' '.join(unready)}"
