"""How far judges and experts agree, measured on a thread when marks have moved, and kept until they move again."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import structlog

from server.domain.agreement import MARKED, Agreement, RoundOpinions, opinions
from server.domain.state import EventState

log = structlog.get_logger(__name__)
Measure = Callable[[Sequence[RoundOpinions]], Agreement]
EVENT = ""  # the key of what was measured over all rounds


def measured(measure: Measure, rounds: Sequence[RoundOpinions]) -> dict[str, Agreement]:
    """Round key → agreement in that round, and EVENT → over all of them; empty without a round."""
    if not rounds:
        return {}
    return {round_.key: measure([round_]) for round_ in rounds} | {EVENT: measure(rounds)}


class Agreeing:
    """Measures with `measure` (None: nothing is measured); `found` is the newest that is known."""

    def __init__(self, measure: Measure | None, tell: Callable[[], None]) -> None:
        self._measure, self._tell = measure, tell
        self._state: EventState | None = None
        self._marks: tuple[object, ...] = ()
        self._task: asyncio.Task[None] | None = None
        self.found: Mapping[str, Agreement] = {}

    def reconcile(self, state: EventState) -> None:
        """Measure anew if marks have moved. What is under way is left to end; the newest marks are taken then."""
        # Marks that did not move are the same objects, so this comparison costs next to nothing.
        marks = tuple((r.key, r.verdicts, r.scorecards) for r in state.rounds if r.phase in MARKED)
        if self._measure is None or marks == self._marks:
            return
        self._state, self._marks = state, marks
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look(self._measure), name="agreement")

    async def close(self) -> None:
        """Leave what is not finished."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _look(self, measure: Measure) -> None:
        seen: EventState | None = None
        while self._state is not seen and self._state is not None:
            seen = self._state
            try:
                self.found = await asyncio.to_thread(_measured, measure, seen)
            except Exception:  # a measurement that fails is missing on the desk, and nothing else
                log.exception("agreement could not be measured")
            self._tell()


def _measured(measure: Measure, state: EventState) -> dict[str, Agreement]:
    return measured(measure, opinions(state))
