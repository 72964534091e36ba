"""An arena on a real database with a scripted engine and a fake clock."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from models.scripted import Script, ScriptedEngine
from server.arena.arena import Arena
from server.domain import commands as c
from server.domain.actors import ORGANISER, Actor, Role
from server.domain.decide import Decision
from server.domain.marks import Finding
from server.domain.state import Phase, Round
from server.store import events
from server.store.archive import EventArchive
from server.store.database import open_database
from server.store.writer import Writer
from tests import stagehand
from tests.arena.fake_clock import FakeClock


@dataclass
class FakeVerdict:
    mark: float
    reason: str = "Because."


@dataclass
class FakeJudgement:
    verdicts: Mapping[str, FakeVerdict] | None
    abstained: str | None = None
    requests: Sequence[Any] = ()


@dataclass
class FakeJudge:
    """Marks every entry 7, or does what `answer` says."""

    name: str = "judge"
    label: str = "Demo judge"
    demo: bool = True
    prompt_sha256: str = ""
    asked: list[int] = field(default_factory=list)
    answer: Callable[[Mapping[str, str]], FakeJudgement] | None = None

    async def mark(self, *, question: str, criteria: Any, entries: Any, reference: Any, seed: int) -> FakeJudgement:
        self.asked.append(seed)
        if self.answer is not None:
            return self.answer(entries)
        return FakeJudgement({finalist: FakeVerdict(7.0) for finalist in entries})


class Bench:
    """A running arena with handles on everything around it."""

    def __init__(self, folder: Path, **changes: object) -> None:
        self.event = stagehand.event(**changes)
        self.url = f"sqlite:///{folder}/finale.db"
        self.clock = FakeClock()
        self.engine = ScriptedEngine({f.adapter: Script() for f in self.event.finalists})
        self.spares: tuple[ScriptedEngine, ...] = ()
        self.judge: Any = FakeJudge()
        self.judges: tuple[Any, ...] = ()
        self.inspect: Callable[[str], tuple[Finding, ...]] | None = None
        self.stall_seconds = 0.1
        self.open()
        self.writer.do_now(lambda connection: events.create(connection, self.event, "4821", self.clock.now()))

    def open(self) -> None:
        self.writer = Writer(open_database(self.url))

    async def start(self) -> Arena:
        """Open the arena on whatever the database holds: the first time, and after a crash."""
        await self.engine.start()
        self.arena = Arena(
            EventArchive(self.writer, self.event.id),
            self.engine,
            self.clock,
            judges=self.judges or (self.judge,),
            inspect=self.inspect,
            spares=self.spares,
            stall_seconds=self.stall_seconds,
        )
        await self.arena.start()
        return self.arena

    async def crash(self) -> None:
        """Lose the process: nothing is written any more, nothing is said."""
        for task in list(self.arena._tasks):
            task.cancel()
        await asyncio.gather(*self.arena._tasks, return_exceptions=True)
        await self.arena._collecting.close()
        await self.arena.streams.close()
        await self.arena._panel.close()
        self.arena._timer.disarm()

    @property
    def round(self) -> Round:
        assert self.arena.state.current is not None
        return self.arena.state.current

    async def do(self, command: c.Command, actor: Actor = ORGANISER) -> Decision:
        return await self.arena.submit(command, actor)

    async def generate(self, finalist: str, attempt: str | None = None, prompt: str = "Be brief.") -> str:
        attempt = attempt or f"{finalist}-{self.round.key}-{len(self.round.attempts_of(finalist)) + 1}"
        await self.do(c.Generate(attempt, prompt, 0.7, 0.9, 200, 7), Actor(Role.FINALIST, finalist))
        return attempt

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for a condition; fails after five seconds."""
        async with asyncio.timeout(5):
            while not condition():  # noqa: ASYNC110 (any condition, so there is no event to wait on)
                await asyncio.sleep(0.002)

    async def phase(self, phase: Phase) -> None:
        await self.until(lambda: self.arena.state.current is not None and self.round.phase is phase)

    async def judging(self) -> None:
        """To the judging phase, with an entry of everybody."""
        await self.do(c.OpenRound())
        await self.do(c.StartClock())
        for finalist in self.event.finalists:
            await self.generate(finalist.id)
        await self.until(lambda: all(a.finish_reason for a in self.round.attempts))
        self.clock.move_to(self.round.last_bell or 0)
        await self.phase(Phase.JUDGING)

    async def close(self) -> None:
        await self.arena.close()
        self.writer.close()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    await made.start()
    yield made
    await made.close()
