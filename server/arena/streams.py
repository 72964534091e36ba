"""The streams: one per running attempt. Token deltas live here; only starts and ends reach the journal.

A stream that gives no token within the stall time, or whose engine fails, is tried once more: on the spare engine
if there is one. What happened is told in the attempt's end.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from server.arena.clock import Clock
from server.arena.engines import Engine, Piece
from server.arena.room import LiveText
from server.domain.commands import FinishAttempt
from server.domain.state import Attempt

log = structlog.get_logger(__name__)
MOST_CHARS = 100_000


@dataclass(slots=True)
class _Run:
    """One attempt being streamed."""

    attempt: Attempt
    question: str
    text: str = ""
    tokens: int = 0
    first_at: int | None = None
    finish_reason: str = ""
    failure: str = ""
    retries: int = 0
    engine: str = ""
    stopping: str = ""
    task: "asyncio.Task[None] | None" = field(default=None)


class Streams:
    """Keeps the running streams equal to the wanted ones. `live`: attempt id → text so far."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        report: Callable[[FinishAttempt], Coroutine[Any, Any, None]],
        *,
        spares: Sequence[Engine] = (),
        stall_seconds: float = 4.0,
    ) -> None:
        self._engines, self._clock, self._report = (engine, *spares), clock, report
        self._stall_seconds = stall_seconds
        self._runs: dict[str, _Run] = {}
        self.live: dict[str, LiveText] = {}
        self.on_text: Callable[[], None] = lambda: None

    def reconcile(self, wanted: Sequence[Attempt], unfinished: Sequence[Attempt], question: str, cut: bool) -> None:
        """Start what is wanted, stop what is not. `cut`: the grace is over, so what stops now is cut."""
        names = {attempt.id for attempt in wanted}
        for attempt in unfinished:
            if attempt.id in self._runs:
                if attempt.id not in names:
                    self._stop(self._runs[attempt.id], "cut" if cut else "stopped")
                continue
            run = self._runs[attempt.id] = _Run(attempt, question)
            run.stopping = "" if attempt.id in names else ("cut" if cut else "stopped")
            run.task = asyncio.create_task(self._serve(run), name=f"stream {attempt.id}")

    def _stop(self, run: _Run, reason: str) -> None:
        if not run.stopping and run.task is not None:
            run.stopping = reason
            run.task.cancel()

    async def close(self) -> None:
        """Drop every stream without a report; a restart takes them up again."""
        tasks = [run.task for run in self._runs.values() if run.task is not None]
        self._runs.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, run: _Run) -> None:
        try:
            if not run.stopping:
                await self._generate(run)
        except asyncio.CancelledError:
            if run.attempt.id not in self._runs:
                raise
            asyncio.current_task().uncancel()  # type: ignore[union-attr]
        await self._finish(run)

    async def _finish(self, run: _Run) -> None:
        reason = run.finish_reason or run.stopping or "failed"
        ttft = None if run.first_at is None else run.first_at - run.attempt.started_at
        command = FinishAttempt(
            run.attempt.id, run.text, run.tokens, ttft, reason, run.failure, run.retries, run.engine
        )
        try:
            await self._report(command)
        finally:
            self._runs.pop(run.attempt.id, None)
            self.live.pop(run.attempt.id, None)

    async def _generate(self, run: _Run) -> None:
        for engine in self._engines if len(self._engines) > 1 else self._engines * 2:
            run.engine = engine.name
            failure = await self._attempt(run, engine)
            if not failure:
                run.failure = ""
                return
            log.warning("stream failed", attempt=run.attempt.id, engine=engine.name, failure=failure)
            run.failure = failure
            run.retries += 1
            self._note(run, "The engine faltered; trying once more")
        run.retries -= 1

    async def _attempt(self, run: _Run, engine: Engine) -> str:
        """Stream once; the failure in words, empty when all went well."""
        stream = self._open(run, engine)
        fresh = True
        try:
            while True:
                async with asyncio.timeout(self._stall_seconds):
                    piece = await anext(stream, None)
                if piece is None:
                    return "the engine ended the stream without saying why"
                if fresh:
                    run.text, run.tokens, fresh = "", 0, False
                self._take(run, piece)
                if piece.finish_reason is not None:
                    run.finish_reason = piece.finish_reason
                    return ""
        except TimeoutError:
            return f"no text for {self._stall_seconds:g} s"
        except asyncio.CancelledError:
            raise
        except Exception as error:  # whatever an engine throws must end as words on the finalist's screen
            return str(error) or type(error).__name__
        finally:
            with suppress(Exception):
                await stream.aclose()  # type: ignore[attr-defined]

    def _open(self, run: _Run, engine: Engine) -> AsyncIterator[Piece]:
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

    def _take(self, run: _Run, piece: Piece) -> None:
        now = self._clock.now()
        run.first_at = now if run.first_at is None else run.first_at
        # An engine may send half a character; nothing after here could write it down.
        text = piece.text.encode("utf-8", "replace").decode()
        run.text = (run.text + text)[:MOST_CHARS]
        run.tokens += piece.tokens
        seconds = (now - run.first_at) / 1000
        speed = (run.tokens - 1) / seconds if seconds > 0.05 and run.tokens > 1 else 0.0
        self.live[run.attempt.id] = LiveText(run.text, run.tokens, round(speed, 1))
        self.on_text()

    def _note(self, run: _Run, note: str) -> None:
        self.live[run.attempt.id] = replace(self.live.get(run.attempt.id, LiveText()), stalled=True, note=note)
        self.on_text()
