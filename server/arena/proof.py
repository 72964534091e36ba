"""Proof before the clock: each adapter answers one fixed, seeded question, and the answer says whether it is the one.

The text of its first probe is recorded per engine. A later text that differs, that is another finalist's, or that is
the bare base's, shows a stale, swapped or unapplied adapter, which no hash of a file can.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from server.arena.clock import Clock
from server.arena.engines import BASE, Engine, Probe
from server.arena.readiness import Result
from server.domain.event import Finalist

SLOW_TTFT_MS = 1_500


class Book(Protocol):
    """Where first probes are recorded: adapter → hash of the text, by engine."""

    async def recorded(self, engine: str) -> Mapping[str, str]: ...
    async def record(self, engine: str, adapter: str, text_sha256: str, at_ms: int) -> None: ...
    async def forget(self, engine: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Known:
    """What a probe's text is held against. `own`: as recorded; `others`: text → whose adapter answers so."""

    own: str | None = None
    bare: str | None = None
    others: Mapping[str, str] | None = None


class Proof:
    """Probes finalists' adapters on an engine. `least_rate`: tokens per second below which an adapter is slow."""

    def __init__(self, book: Book, clock: Clock, least_rate: float = 0.0) -> None:
        self._book, self._clock, self._least_rate = book, clock, least_rate
        self._bare: dict[str, str | None] = {}

    async def look_at_base(self, engine: Engine) -> Probe:
        """Probe the bare base; its text is what an adapter that is not applied would answer."""
        probe = await engine.probe(BASE)
        self._bare[engine.name] = probe.text_sha256 if probe.ok else None
        return probe

    async def look_at(self, engine: Engine, finalist: Finalist, everyone: Sequence[Finalist]) -> Result:
        """Level, what was found, and the remedy. The first answer of an adapter on an engine is recorded."""
        probe = await engine.probe(finalist.adapter)
        recorded = await self._book.recorded(engine.name)
        own, bare = recorded.get(finalist.adapter), self._bare.get(engine.name)
        known = Known(own, bare, _of_others(finalist, everyone, recorded))
        result = judged(probe, known, self._least_rate)
        if known.own is None and probe.text_sha256 and result.level != "red":
            await self._book.record(engine.name, finalist.adapter, probe.text_sha256, self._clock.now())
        return result

    async def forget(self, engine: Engine) -> None:
        """Let every adapter's next probe be recorded anew: after the engine or its settings were changed."""
        await self._book.forget(engine.name)


def _of_others(finalist: Finalist, everyone: Sequence[Finalist], recorded: Mapping[str, str]) -> dict[str, str]:
    strangers = (f for f in everyone if f.id != finalist.id and f.adapter_sha256 != finalist.adapter_sha256)
    return {recorded[f.adapter]: f.name for f in strangers if f.adapter in recorded}


def judged(probe: Probe, known: Known, least_rate: float = 0.0) -> Result:
    """Level, detail and remedy of one adapter's probe."""
    if not probe.ok:
        return Result("red", probe.message, "Check this finalist's adapter, then probe again.")
    text, ttft, rate = probe.text_sha256, probe.ttft_ms or 0.0, probe.tokens_per_second or 0.0
    detail = f"first token after {ttft:.0f} ms, {rate:.0f} tokens/s"
    if text == known.bare and text is not None:
        remedy = (
            "Its adapter is not applied, or does nothing: restart the engine; if it stays, ask for another adapter."
        )
        return Result("red", "answers word for word as the bare base does", remedy)
    if text is not None and known.others and text in known.others and text != known.own:
        remedy = "The engine has mixed up adapters: restart it, then probe again."
        return Result("red", f"answers as the model of {known.others[text]} does", remedy)
    if known.own is not None and text != known.own:
        remedy = "Restart the engine. If it was changed on purpose since then, record the probes anew."
        words = f"{detail}; its answer is not the one recorded when it was handed in"
        return Result("amber", words, remedy, may_record=True)
    if ttft > SLOW_TTFT_MS or rate < least_rate:
        return Result("amber", detail, "Slow: probe again; if it stays, free the machine or restart the engine.")
    return Result("green", f"{detail}, {'answer as recorded' if known.own else 'answer recorded'}")
