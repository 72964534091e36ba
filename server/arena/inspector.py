"""The search of a round's entries for instructions to the judges: on a thread, once, and never in the way of a mark."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import structlog

from server.domain.commands import NoteFindings
from server.domain.marks import Finding
from server.domain.state import EventState

log = structlog.get_logger(__name__)
Inspect = Callable[[str], tuple[Finding, ...]]
FAILED = Finding("inspection failed", "", "The search of this entry for instructions failed: read it yourself.")


class Inspector:
    """Looks at each entry with `inspect` (None: nothing is looked at) and reports what was found."""

    def __init__(self, inspect: Inspect | None, report: Callable[[NoteFindings], Coroutine[Any, Any, None]]) -> None:
        self._inspect, self._report = inspect, report
        self._round: str | None = None
        self._task: asyncio.Task[None] | None = None

    def reconcile(self, wanted: str | None, state: EventState) -> None:
        """Begin with the round that is wanted, unless it is under way."""
        round_ = None if wanted is None else state.round(wanted)
        if self._inspect is None or round_ is None or wanted == self._round:
            return
        texts = {f: attempt.text for f in round_.entries if (attempt := round_.entry(f)) is not None}
        self._round = wanted
        self._task = asyncio.create_task(self._look(round_.key, texts, self._inspect), name=f"inspect {wanted}")

    async def close(self) -> None:
        """Leave what is not finished; a restart looks again."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _look(self, round_: str, texts: Mapping[str, str], inspect: Inspect) -> None:
        found = {finalist: await asyncio.to_thread(_looked, inspect, text) for finalist, text in texts.items()}
        await self._report(NoteFindings(round_, {finalist: what for finalist, what in found.items() if what}))


def _looked(inspect: Inspect, text: str) -> tuple[Finding, ...]:
    try:
        return inspect(text)
    except Exception:  # what cannot be searched is for people to read, and must not stop the rest
        log.exception("an entry could not be searched for instructions")
        return (FAILED,)
