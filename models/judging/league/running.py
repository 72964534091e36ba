"""Judging many pairs: bounded concurrency, a ledger that is never paid twice, a budget, and a clean way to stop.

What the looks add up to is `outcomes`' business.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from models.judging.league.costs import Budget, Estimate, Prices, TokenCounter, Usage, by_length, estimated, expected
from models.judging.league.ledger import Entry, Job, Ledger, key_of
from models.judging.pairs import Fate, Look, Order, Pair, PairComparer

GIVE_UP_AFTER = 10
"""So many looks in a row without any reply (and no fewer than are asked at once), and the address is taken for dead."""

PASSES = 3
"""What had no reply is asked again at the end, so often, as long as anything else had one: a busy address recovers."""


class Ending(StrEnum):
    """Why a run ended."""

    DONE = "done"
    BUDGET = "budget"
    STOPPED = "stopped"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Plan:
    """How to run. `repeat_failed`: ask again where replies could not be read. `count` counts an estimate's tokens."""

    at_once: int = 16
    prices: Prices | None = None
    budget: Decimal | None = None
    repeat_failed: bool = False
    count: TokenCounter = by_length


@dataclass(slots=True)
class Progress:
    """How far a run is; looks are counted, two to a pair. `known` were in the ledger before."""

    total: int
    known: int = 0
    made: dict[Fate, int] = field(default_factory=lambda: dict.fromkeys(Fate, 0))
    cost: Decimal | None = None

    @property
    def done(self) -> int:
        """Looks that need not be made any more."""
        return self.known + self.made[Fate.JUDGED] + self.made[Fate.FAILED]


@dataclass(frozen=True, slots=True)
class Run:
    """What a run did and why it ended; `reason` is the last thing that went wrong, `used` what this run alone used."""

    ending: Ending
    progress: Progress
    used: Usage
    reason: str = ""

    def in_words(self, ledger: Path) -> str:
        """What to say of a run that left looks to be made; empty for one that made them all."""
        done, total = self.progress.done, self.progress.total
        kept = f"{done:,} of {total:,} looks are kept in {ledger}; the same command goes on from there"
        without = f"{total - done:,} looks had no reply ({self.reason}) The same command asks for them again."
        return {
            Ending.DONE: without if done < total else "",
            Ending.BUDGET: f"The budget is used up: {kept}, with a larger one.",
            Ending.STOPPED: f"Stopped: {kept}.",
            Ending.UNANSWERED: f"Given up, because no reply comes any more ({self.reason}) {kept}.",
        }[self.ending]


@dataclass(frozen=True, slots=True)
class OpenLook:
    """A look that is still to be made, and the key it will have in the ledger."""

    key: str
    pair: Pair
    order: Order


def open_looks(jobs: Sequence[Job], comparer: PairComparer, ledger: Ledger, plan: Plan) -> dict[str, list[OpenLook]]:
    """What the ledger does not have yet, by job id; the same content twice is looked at once."""
    wanted, open_ = set[str](), dict[str, list[OpenLook]]()
    for job in jobs:
        for order in Order:
            key = key_of(comparer, job.pair, order)
            if key not in wanted and not _is_settled(ledger.entries.get(key), plan):
                wanted.add(key)
                open_.setdefault(job.id, []).append(OpenLook(key, job.pair, order))
    return open_


def estimate(jobs: Sequence[Job], comparer: PairComparer, ledger: Ledger, plan: Plan) -> Estimate:
    """What `run` would still do, at the speed of the looks in the ledger where there are any by this judge."""
    times = [entry.ms for entry in ledger.entries.values() if entry.judge == comparer.name and entry.ms]
    waiting = [look for looks in open_looks(jobs, comparer, ledger, plan).values() for look in looks]
    usages = [expected(comparer, look.pair, look.order, plan.count) for look in waiting]
    return estimated(usages, plan.at_once, plan.prices, times, is_tokenized=plan.count is not by_length)


async def run(
    jobs: Sequence[Job],
    comparer: PairComparer,
    ledger: Ledger,
    plan: Plan,
    *,
    tell: Callable[[Progress], None] = lambda progress: None,
    stop: asyncio.Event | None = None,
) -> Run:
    """Look at every pair that the ledger does not have yet. Once `stop` is set, only what is on its way comes in."""
    running = _Running(jobs, comparer, ledger, plan, tell, stop or asyncio.Event())
    tell(running.progress)
    for number in range(PASSES):
        done = running.progress.done
        running.queue(plan if number == 0 else replace(plan, repeat_failed=False))
        async with asyncio.TaskGroup() as group:
            for _ in range(plan.at_once):
                group.create_task(running.work())
        if running.ending is not Ending.DONE or done == running.progress.done or not running.has_unanswered:
            break
    return Run(running.ending, running.progress, running.used, running.reason)


def _is_settled(entry: Entry | None, plan: Plan) -> bool:
    if entry is None or entry.fate is Fate.UNANSWERED:
        return False
    return entry.fate is Fate.JUDGED or not plan.repeat_failed


class _Running:
    def __init__(
        self,
        jobs: Sequence[Job],
        comparer: PairComparer,
        ledger: Ledger,
        plan: Plan,
        tell: Callable[[Progress], None],
        stop: asyncio.Event,
    ) -> None:
        self._comparer, self._ledger, self._plan, self._tell, self._stop = comparer, ledger, plan, tell, stop
        self.ending, self.reason, self.used = Ending.DONE, "", Usage()
        self._unanswered_in_a_row = 0
        self._budget = Budget(plan.prices, plan.budget, ledger.used.get(comparer.name, Usage()))
        self._jobs, self._waiting = jobs, iter(list[list[OpenLook]]())
        total = len(Order) * len(jobs)
        left = sum(map(len, open_looks(jobs, comparer, ledger, plan).values()))
        self.progress = Progress(total, total - left, cost=self._budget.cost)

    @property
    def has_unanswered(self) -> bool:
        """Whether a look had no reply in this run; it may have had one later."""
        return bool(self.progress.made[Fate.UNANSWERED])

    def queue(self, plan: Plan) -> None:
        """Queue the looks that are not settled."""
        self._waiting = iter(list(open_looks(self._jobs, self._comparer, self._ledger, plan).values()))

    async def work(self) -> None:
        """Take pairs until there are none, or the run is to end. Both orders of a pair are one worker's."""
        for looks in self._waiting:
            for look in looks:
                if not await self._look(look):
                    return

    async def _look(self, wanted: OpenLook) -> bool:
        if self._stop.is_set():
            self.ending = Ending.STOPPED
        if self.ending is not Ending.DONE:
            return False
        reserved = self._budget.reserve(self._foreseen(wanted))
        if reserved is None:
            self.ending = Ending.BUDGET
            return False
        look = await self._comparer.look(wanted.pair, wanted.order, seed=int(wanted.key[:8], 16))
        self._keep(self._ledger.add(wanted.key, self._comparer.name, look), look, reserved)
        return True

    def _foreseen(self, wanted: OpenLook) -> Usage:
        """What a look will use; without prices nobody needs to know."""
        if self._plan.prices is None:
            return Usage()
        return expected(self._comparer, wanted.pair, wanted.order, self._plan.count)

    def _keep(self, entry: Entry, look: Look, reserved: Decimal) -> None:
        self._budget.settle(reserved, entry.usage)
        self.used += entry.usage
        self.progress.made[look.fate] += 1
        self.progress.cost = self._budget.cost
        self._unanswered_in_a_row = self._unanswered_in_a_row + 1 if look.fate is Fate.UNANSWERED else 0
        self.reason = look.reason or self.reason
        if self._unanswered_in_a_row >= max(GIVE_UP_AFTER, self._plan.at_once) and self.ending is Ending.DONE:
            self.ending = Ending.UNANSWERED
        self._tell(self.progress)
