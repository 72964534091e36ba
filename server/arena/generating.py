"""One attempt on its way through the engines: from the first that serves, over the spares, to its end.

A stream without a token for the stall time has failed, whatever else comes through it. What is the request's own fault
is not tried again.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog

from server.arena.clock import Clock
from server.arena.engines import Engine, Piece
from server.arena.ladder import Ladder, Rung
from server.arena.room import LiveText
from server.domain.commands import NoteIncident
from server.domain.state import Attempt

log = structlog.get_logger(__name__)
MOST_CHARS = 100_000
MOST_OUTAGES = 3
SLOW_AFTER_MS = 4_000


@dataclass(slots=True)
class Run:
    """One attempt being streamed. `taken_at`, `first_at`, `last_at` (epoch ms) are of the try that stands."""

    attempt: Attempt
    question: str
    text: str = ""
    tokens: int = 0
    taken_at: int | None = None
    first_at: int | None = None
    last_at: int | None = None
    tried_at: int | None = None
    lost_ms: int = 0
    finish_reason: str = ""
    failure: str = ""
    retries: int = 0
    engine: str = ""
    is_slow: bool = False
    stopping: str = ""
    task: "asyncio.Task[None] | None" = field(default=None)

    @property
    def tokens_per_second(self) -> float:
        """After the first token; 0 where there is too little to tell."""
        passed = (self.last_at or 0) - (self.first_at or 0)
        return (self.tokens - 1) * 1000 / passed if passed > 50 and self.tokens > 1 else 0.0


class Generating:
    """Serves runs. `on_text`: hears a run's new text as the screens show it."""

    def __init__(
        self,
        ladder: Ladder,
        clock: Clock,
        tell: Callable[[NoteIncident], Coroutine[Any, Any, None]],
        on_text: Callable[[Run, LiveText], None],
        *,
        stall_seconds: float,
        slow_tokens_per_second: float,
    ) -> None:
        self._ladder, self._clock, self._tell, self._on_text = ladder, clock, tell, on_text
        self._stall_seconds, self._slow = stall_seconds, slow_tokens_per_second

    async def serve(self, run: Run) -> None:
        """Stream the attempt to its end; afterwards `finish_reason` is set, or `failure` says why there is none."""
        tried, outages = Counter[Rung](), 0
        while True:
            rung = self._next(tried)
            if rung is None and self._ladder.is_out and outages < MOST_OUTAGES:
                self._note(run, "No engine answers; going on as soon as one does")
                await self._ladder.until_up()
                tried, outages = Counter(), outages + 1
                continue
            if rung is None:
                run.retries = max(0, run.retries - 1)
                return
            tried[rung] += 1
            if await self._try(run, rung):
                return

    def _next(self, tried: "Counter[Rung]") -> Rung | None:
        """An engine that was not tried yet; where there is only one, it gets a second chance."""
        fresh = self._ladder.first(tried)
        if fresh is None and len(self._ladder.rungs) == 1 and tried.total() == 1:
            return self._ladder.first()
        return fresh

    async def _try(self, run: Run, rung: Rung) -> bool:
        """Stream once on one engine; whether that was the end of it."""
        run.engine, run.tried_at = rung.name, self._clock.now()
        failure, is_own = await self._stream(run, rung)
        if not failure:
            run.failure = ""
            self._ladder.worked(rung)
            return True
        run.failure = failure
        log.warning("stream failed", attempt=run.attempt.id, engine=rung.name, failure=failure)
        if is_own:
            return True
        run.lost_ms += max(0, self._clock.now() - run.tried_at)
        run.retries += 1
        self._note(run, "The engine faltered; trying once more")
        finalist, number = run.attempt.finalist, run.attempt.number
        await self._tell(NoteIncident(f"Attempt {number} failed on {rung.name}: {failure}", finalist))
        await self._ladder.failed(rung, finalist, failure)
        return False

    async def _stream(self, run: Run, rung: Rung) -> tuple[str, bool]:
        """The failure in words, empty when all went well, and whether it is the request's own."""
        stream, fresh = self._open(run, rung.engine), True
        ends = time.monotonic() + self._stall_seconds
        run.taken_at = None
        try:
            while True:
                async with asyncio.timeout(max(0.0, ends - time.monotonic())):
                    piece = await anext(stream, None)
                if piece is None:
                    return "the engine ended the stream without saying why", False
                run.taken_at = run.taken_at or self._clock.now()
                if piece.text or piece.tokens or piece.finish_reason is not None:
                    self._take(run, piece, fresh=fresh)
                    fresh, ends = False, time.monotonic() + self._stall_seconds
                if piece.finish_reason is not None:
                    run.finish_reason = piece.finish_reason
                    return "", False
                if not run.is_slow and self._is_slow(run):
                    run.is_slow = True
                    await self._tell(NoteIncident(_slow_words(run), run.attempt.finalist))
                    await self._ladder.found_slow(rung, run.attempt.finalist, run.tokens_per_second)
        except TimeoutError:
            return f"no text for {self._stall_seconds:g} s", False
        except asyncio.CancelledError:
            raise
        except Exception as error:  # whatever an engine throws must end as words on the finalist's screen
            return str(error) or type(error).__name__, bool(getattr(error, "blames_request", False))
        finally:
            with suppress(Exception):
                await stream.aclose()  # type: ignore[attr-defined]

    def _open(self, run: Run, engine: Engine) -> AsyncIterator[Piece]:
        attempt = run.attempt
        return engine.stream(
            adapter=attempt.adapter,
            system_prompt=attempt.system_prompt,
            question=run.question,
            temperature=attempt.temperature,
            top_p=attempt.top_p,
            max_tokens=attempt.max_tokens,
            seed=attempt.seed,
        )

    def _take(self, run: Run, piece: Piece, *, fresh: bool) -> None:
        now = self._clock.now()
        if fresh:  # what an earlier try had given stays on the stage until now
            run.text, run.tokens, run.first_at = "", 0, now
        # An engine may send half a character; nothing after here could write it down.
        text = piece.text.encode("utf-8", "replace").decode()
        run.text = (run.text + text)[:MOST_CHARS]
        run.tokens += piece.tokens
        run.last_at = now
        self._on_text(run, LiveText(run.text, run.tokens, round(run.tokens_per_second, 1)))

    def _is_slow(self, run: Run) -> bool:
        passed = (run.last_at or 0) - (run.first_at or 0)
        return passed >= SLOW_AFTER_MS and run.tokens_per_second < self._slow

    def _note(self, run: Run, note: str) -> None:
        live = LiveText(run.text, run.tokens, round(run.tokens_per_second, 1), stalled=True, note=note)
        self._on_text(run, live)


def _slow_words(run: Run) -> str:
    return f"Attempt {run.attempt.number} runs at {run.tokens_per_second:.1f} tokens per second on {run.engine}"
