"""Asking for every task: bounded concurrency, nothing paid twice, a budget, retries, and a clean way to stop.

What the replies amount to is `assembling`'s business.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from models.judging.league.costs import Usage
from models.protocol import EngineError, EngineUnavailable, PromptTooLong
from training.synthetic.budget import Meter
from training.synthetic.checks import accepted
from training.synthetic.journal import Journal, asked_for, key_of
from training.synthetic.plan import Plan, settled
from training.synthetic.replies import ReplyRefused
from training.synthetic.tasks import Task
from training.synthetic.writers import Asked, Reply, Writer, usage_expected

GIVE_UP_AFTER = 5
"""So many requests in a row without any reply (and no fewer than are asked at once): the address is taken for dead."""


class Ending(StrEnum):
    """Why a run ended."""

    DONE = "done"
    BUDGET = "budget"
    STOPPED = "stopped"
    UNANSWERED = "unanswered"


@dataclass(slots=True)
class Progress:
    """How far a run is. A task is settled when it has a good reply, or none is left to try.

    `asked` and `refused` count replies of this run alone.
    """

    total: int
    settled: int
    asked: int = 0
    refused: int = 0
    cost: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run did and why it ended; `failed` are tasks without a reply, by their place, with the reason."""

    ending: Ending
    reason: str
    progress: Progress
    used: Usage
    failed: dict[int, str] = field(default_factory=dict)

    def in_words(self, journal: Path) -> str:
        """What to say of a run that left tasks open; empty for one that settled them all."""
        kept = (
            f"{self.progress.settled:,} of {self.progress.total:,} tasks are settled and kept in {journal}; "
            "the same command goes on from there"
        )
        return {
            Ending.DONE: f"{len(self.failed):,} tasks had no reply ({self.reason}) {kept}." if self.failed else "",
            Ending.BUDGET: f"Stopped, because {self.reason}. {kept}, with a larger budget.",
            Ending.STOPPED: f"Stopped. {kept}.",
            Ending.UNANSWERED: f"Given up, because no reply comes any more. {self.reason} {kept}.",
        }[self.ending]


async def run(
    tasks: Sequence[Task],
    writer: Writer,
    journal: Journal,
    plan: Plan,
    *,
    tell: Callable[[Progress], None] = lambda progress: None,
    stop: asyncio.Event | None = None,
) -> Run:
    """Ask until every task is settled. Once `stop` is set, only replies on their way come in.

    Raises EngineError for what asking again cannot mend (a wrong key, an unknown model); what came in is kept.
    """
    running = _Running(tasks, writer, journal, plan, tell, stop or asyncio.Event())
    async with asyncio.TaskGroup() as group:
        for _ in range(plan.at_once):
            group.create_task(running.work())
    if running.fatal is not None:
        raise running.fatal
    return Run(running.ending, running.reason, running.progress, running.used, running.failed)


class _Running:
    def __init__(
        self,
        tasks: Sequence[Task],
        writer: Writer,
        journal: Journal,
        plan: Plan,
        tell: Callable[[Progress], None],
        stop: asyncio.Event,
    ) -> None:
        self._writer, self._journal, self._plan, self._tell, self._stop = writer, journal, plan, tell, stop
        self._meter = Meter(plan.limits, plan.prices, journal.used)
        self._changed = asyncio.Condition()
        self._in_a_row = 0
        self.ending, self.reason, self.used = Ending.DONE, "", Usage()
        self.failed: dict[int, str] = {}
        self.fatal: EngineError | None = None
        twins: dict[str, list[int]] = {}  # the same question twice is asked once
        for place, task in enumerate(tasks):
            if not self._is_settled(task):
                twins.setdefault(key_of(writer.identity, asked_for(task, plan.sampling, 0)), []).append(place)
        self._tasks, self._waiting = tasks, iter(list(twins.values()))
        self.progress = Progress(len(tasks), len(tasks) - sum(map(len, twins.values())))
        self._report()

    async def work(self) -> None:
        """Take tasks until there are none, or the run is to end."""
        for place, *others in self._waiting:
            while self._goes_on and not self._is_settled(self._tasks[place]) and await self._ask(place):
                pass
            if self._is_settled(self._tasks[place]):
                self.progress.settled += 1 + len(others)
                self._report()
            if not self._goes_on:
                return

    async def _ask(self, place: int) -> bool:
        """Make the next attempt of a task; False when it cannot be made or had no reply."""
        task = self._tasks[place]
        _, attempt, _ = settled(task, self._writer.identity, self._journal, self._plan)
        asked = asked_for(task, self._plan.sampling, attempt)
        wanted = usage_expected(asked)
        if not await self._may_send(wanted):
            return False
        self._meter.send(wanted)
        used = Usage()
        try:
            reply = await self._replied(asked)
            self._journal.add(key_of(self._writer.identity, asked), self._writer.identity, task, asked, reply)
            used = reply.usage
        except EngineError as error:
            self._unanswered(place, error)
            return False
        finally:
            await self._settle(wanted, used)
        self._answered(task, reply)
        return True

    @property
    def _goes_on(self) -> bool:
        return self.ending is Ending.DONE and self.fatal is None

    def _answered(self, task: Task, reply: Reply) -> None:
        self._in_a_row = 0
        self.progress.asked += 1
        try:
            accepted(task, reply.text, reply.finish, self._plan.rules)
        except ReplyRefused:
            self.progress.refused += 1
        self._report()

    async def _may_send(self, wanted: Usage) -> bool:
        """Wait for replies on their way where their leftover may make room; set the ending where it does not."""
        async with self._changed:
            while self._goes_on and not self._stop.is_set():
                limit = self._meter.spent_limit(wanted)
                if not limit:
                    return True
                if not self._meter.away.tokens_out:
                    self.ending, self.reason = Ending.BUDGET, limit
                    return False
                await self._changed.wait()
            if self._goes_on:
                self.ending = Ending.STOPPED
            return False

    async def _replied(self, asked: Asked) -> Reply:
        for retry in range(self._plan.retries + 1):
            try:
                return await self._writer.write(asked)
            except EngineUnavailable:
                if retry == self._plan.retries or self._stop.is_set():
                    raise
                await asyncio.sleep(self._plan.pause_s * 2**retry)
        raise AssertionError("the last retry returns or raises")

    async def _settle(self, wanted: Usage, used: Usage) -> None:
        self.used += used
        async with self._changed:
            self._meter.settle(wanted, used)
            self._changed.notify_all()

    def _unanswered(self, place: int, error: EngineError) -> None:
        self.failed[place], self.reason = str(error), str(error)
        if isinstance(error, PromptTooLong):
            return
        if not isinstance(error, EngineUnavailable):
            self.fatal = error
        self._in_a_row += 1
        if self._in_a_row >= max(GIVE_UP_AFTER, self._plan.at_once) and self.ending is Ending.DONE:
            self.ending = Ending.UNANSWERED

    def _is_settled(self, task: Task) -> bool:
        draft, attempt, _ = settled(task, self._writer.identity, self._journal, self._plan)
        return draft is not None or attempt == self._plan.attempts

    def _report(self) -> None:
        if self._plan.prices is not None:
            self.progress.cost = f"{self._plan.prices.of(self._meter.spent):.2f} {self._plan.prices.currency}"
        self._tell(self.progress)
