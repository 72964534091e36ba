"""Faults for rehearsals: the serving engine with one fault that is brought about for real while people generate.

An engine that has processes of its own (`pids`) is killed or stopped by signals; one that runs elsewhere is cut off or
held back here. Never offered to users in any other way.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncGenerator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Protocol, cast

from models.protocol import Engine, EngineUnavailable, Health, Piece, Probe

SLOW_PIECE_S = 1.0


class Fault(StrEnum):
    """What may go wrong with an engine on the day."""

    ENGINE_DIES = "engine-dies"
    ENGINE_STALLS = "engine-stalls"
    ENGINE_SLOW = "engine-slow"
    NETWORK_DROP = "network-drop"


class _Scorer(Protocol):
    async def score_tokens(
        self, *, adapter: str, system_prompt: str, question: str, choices: Sequence[str], assistant_prefix: str
    ) -> dict[str, float]: ...

    async def count_prompt_tokens(self, *, system_prompt: str, question: str) -> int: ...


class Faulty:
    """`engine` as it is, until `after_streams` of its streams have text at once: then `fault` comes, one time."""

    def __init__(self, engine: Engine, fault: Fault, *, after_streams: int = 3, seconds: float = 6.0) -> None:
        """`seconds`: how long it stalls, is slow or cut off. An engine that was killed comes back when it can."""
        self.name = engine.name
        self._engine, self._fault = engine, fault
        self._after_streams, self._seconds = after_streams, seconds
        self._speaking = 0
        self._words = ""
        self._over = asyncio.Event()
        self._ending: asyncio.Task[None] | None = None
        self._stopped: tuple[int, ...] = ()
        self._waits: set[asyncio.Timeout] = set()
        self._is_cut = self._is_held = self._is_slow = False

    @property
    def pids(self) -> tuple[int, ...]:
        """The engine's own processes, if it has any."""
        return tuple(getattr(self._engine, "pids", ()))

    @property
    def has_happened(self) -> bool:
        """Whether the fault has come."""
        return bool(self._words)

    @property
    def log(self) -> tuple[str, ...]:
        """The engine's log, and what was done to it."""
        return (*self._engine.log, *([self._words] if self._words else []))

    async def until_over(self) -> None:
        """Wait until the fault has come and gone."""
        await self._over.wait()

    async def start(self) -> None:
        """Start the engine. Raises EngineError."""
        await self._engine.start()

    async def close(self) -> None:
        """Take the fault away and stop the engine."""
        if self._ending is not None:
            self._ending.cancel()
        self._end()
        await self._engine.close()

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
        """Generate one answer as the engine does, and suffer what comes."""
        self._check_connection()
        answer = self._engine.stream(
            adapter=adapter,
            system_prompt=system_prompt,
            question=question,
            temperature=temperature,
            top_p=top_p,
            max_tokens=max_tokens,
            seed=seed,
        )
        speaks = False
        try:
            async with contextlib.aclosing(answer) as pieces:
                while (piece := await self._next(pieces)) is not None:
                    if piece.tokens and not speaks:
                        speaks = True
                        self._one_more_speaks()
                    await self._suffer(piece)
                    yield piece
        finally:
            self._speaking -= speaks

    async def score_tokens(
        self, *, adapter: str, system_prompt: str, question: str, choices: Sequence[str], assistant_prefix: str = ""
    ) -> dict[str, float]:
        """As the local engine's, for the demo judge."""
        self._check_connection()
        scorer = cast(_Scorer, self._engine)
        return await scorer.score_tokens(
            adapter=adapter,
            system_prompt=system_prompt,
            question=question,
            choices=choices,
            assistant_prefix=assistant_prefix,
        )

    async def count_prompt_tokens(self, *, system_prompt: str, question: str) -> int:
        """As the local engine's."""
        self._check_connection()
        return await cast(_Scorer, self._engine).count_prompt_tokens(system_prompt=system_prompt, question=question)

    async def probe(self, adapter: str) -> Probe:
        """A probe of the engine, which waits or fails as long as the fault lasts."""
        if self._is_cut:
            return Probe(False, adapter, None, None, None, _cut_words(self.name))
        if self._is_held:
            await self._over.wait()
        return await self._engine.probe(adapter)

    async def health(self) -> Health:
        """The engine's own, unless it is cut off."""
        return Health(False, _cut_words(self.name)) if self._is_cut else await self._engine.health()

    async def load(self, adapter: str, folder: Path) -> None:
        """As the engine does. Raises EngineError."""
        self._check_connection()
        await self._engine.load(adapter, folder)

    async def unload(self, adapter: str) -> None:
        """As the engine does."""
        await self._engine.unload(adapter)

    def _check_connection(self) -> None:
        if self._is_cut:
            raise EngineUnavailable(_cut_words(self.name))

    async def _next(self, pieces: AsyncGenerator[Piece, None]) -> Piece | None:
        """The next piece, unless the connection is cut while it is waited for."""
        self._check_connection()
        try:
            async with asyncio.timeout(None) as wait:
                self._waits.add(wait)
                return await anext(pieces, None)
        except TimeoutError:
            raise EngineUnavailable(_cut_words(self.name)) from None
        finally:
            self._waits.discard(wait)

    async def _suffer(self, piece: Piece) -> None:
        if self._is_held:
            await self._over.wait()
        if self._is_slow and piece.tokens:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), SLOW_PIECE_S * piece.tokens)
        self._check_connection()

    def _one_more_speaks(self) -> None:
        self._speaking += 1
        if self._speaking >= self._after_streams and not self.has_happened:
            self._begin()
            self._ending = asyncio.create_task(self._end_later(), name=f"end of {self._fault}")

    def _begin(self) -> None:
        pids = self.pids
        where = f"processes {', '.join(map(str, pids))}" if pids else "no process of its own"
        self._words = f"[rehearsal] {self._fault} was brought about ({where})."
        match self._fault:
            case Fault.ENGINE_DIES if pids:
                _signal(pids, signal.SIGKILL)
            case Fault.ENGINE_STALLS if pids:
                self._stopped = pids
                _signal(pids, signal.SIGSTOP)
            case Fault.ENGINE_STALLS:
                self._is_held = True
            case Fault.ENGINE_SLOW:
                self._is_slow = True
            case _:
                self._cut()

    def _cut(self) -> None:
        self._is_cut = True
        now = asyncio.get_running_loop().time()
        for wait in self._waits:
            wait.reschedule(now)

    async def _end_later(self) -> None:
        await asyncio.sleep(self._seconds)
        self._end()

    def _end(self) -> None:
        _signal(self._stopped, signal.SIGCONT)
        self._stopped = ()
        self._is_cut = self._is_held = self._is_slow = False
        self._over.set()


def _signal(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _cut_words(name: str) -> str:
    return f"The connection to the engine {name} is cut for a rehearsal; it comes back by itself."
