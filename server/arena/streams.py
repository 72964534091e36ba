"""The streams: one per running attempt. Token deltas live here; only starts and ends reach the journal.

How one attempt finds its way through the engines is `generating`'s; which engine is in service is `ladder`'s.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from server.arena.clock import Clock
from server.arena.engines import Engine
from server.arena.generating import Generating, Run
from server.arena.ladder import Ladder, Rung
from server.arena.room import LiveText
from server.domain.commands import FinishAttempt, NoteIncident, NoteOutage, NoteRecovery
from server.domain.state import Attempt

Report = Callable[[FinishAttempt | NoteIncident | NoteOutage | NoteRecovery], Coroutine[Any, Any, None]]


class Streams:
    """Keeps the running streams equal to the wanted ones. `live`: attempt id → text so far."""

    def __init__(
        self,
        engines: Sequence[Engine],
        clock: Clock,
        report: Report,
        *,
        probe_with: Callable[[], str] = lambda: "",
        stall_seconds: float = 4.0,
        slow_tokens_per_second: float = 0.0,
    ) -> None:
        """`engines`: the serving one and then the spares in their order. `probe_with`: see `Ladder`."""
        self._report = report
        slow = slow_tokens_per_second
        self.ladder = Ladder(engines, report, probe_with, slow_tokens_per_second=slow)
        self._generating = Generating(
            self.ladder, clock, report, self._heard, stall_seconds=stall_seconds, slow_tokens_per_second=slow
        )
        self._runs: dict[str, Run] = {}
        self.live: dict[str, LiveText] = {}
        self.on_text: Callable[[], None] = lambda: None

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """The engines and how they are, in the order in which they step in."""
        return self.ladder.rungs

    @property
    def logs(self) -> tuple[tuple[str, ...], ...]:
        """The last lines of every engine's log, in the same order."""
        return tuple(tuple(rung.engine.log) for rung in self.rungs)

    def reconcile(self, wanted: Sequence[Attempt], unfinished: Sequence[Attempt], question: str, cut: bool) -> None:
        """Start what is wanted, stop what is not. `cut`: the grace is over, so what stops now is cut."""
        names = {attempt.id for attempt in wanted}
        for attempt in unfinished:
            if attempt.id in self._runs:
                if attempt.id not in names:
                    self._stop(self._runs[attempt.id], "cut" if cut else "stopped")
                continue
            run = self._runs[attempt.id] = Run(attempt, question)
            run.stopping = "" if attempt.id in names else ("cut" if cut else "stopped")
            run.task = asyncio.create_task(self._serve(run), name=f"stream {attempt.id}")

    def _stop(self, run: Run, reason: str) -> None:
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
        await self.ladder.close()

    async def _serve(self, run: Run) -> None:
        try:
            if not run.stopping:
                await self._generating.serve(run)
        except asyncio.CancelledError:
            if run.attempt.id not in self._runs:
                raise
            asyncio.current_task().uncancel()  # type: ignore[union-attr]
        await self._finish(run)

    async def _finish(self, run: Run) -> None:
        try:
            await self._report(_end_of(run))
        finally:
            self._runs.pop(run.attempt.id, None)
            self.live.pop(run.attempt.id, None)

    def _heard(self, run: Run, live: LiveText) -> None:
        self.live[run.attempt.id] = live
        self.on_text()


def _end_of(run: Run) -> FinishAttempt:
    began, first = run.attempt.started_at, run.first_at
    return FinishAttempt(
        run.attempt.id,
        run.text,
        run.tokens,
        None if first is None else max(0, first - began),
        run.finish_reason or run.stopping or "failed",
        run.failure,
        run.retries,
        run.engine,
        None if run.taken_at is None else max(0, run.taken_at - (run.tried_at or began)),
        None if first is None else max(0, (run.last_at or first) - first),
        run.lost_ms,
    )
