"""The one writer of an event: takes commands in order, commits what they decide, then tells everyone.

Commit, then publish. What the new state owes (streams, judges, alarm, counting) is derived from it each time,
so that a restart after a crash goes on exactly where it was.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from server.arena.agreeing import Agreeing, Measure
from server.arena.archive import Archive, Exchange
from server.arena.ballots import BallotBox
from server.arena.clock import Clock
from server.arena.collecting import Collecting
from server.arena.desks import Desks
from server.arena.engines import Engine, Judge
from server.arena.inspector import Inspect, Inspector
from server.arena.mailbox import Letter, Mailbox, decided
from server.arena.panel import Panel
from server.arena.reporting import Reporter
from server.arena.room import Change, Check, EngineNow, Model, Presence, Room
from server.arena.streams import Streams
from server.arena.timer import Timer
from server.domain import duties
from server.domain.actors import SYSTEM, Actor
from server.domain.commands import Command, EndPrompting, Generate, MakeUpDowntime, Tick
from server.domain.decide import Decision, decide
from server.domain.errors import ArenaError
from server.domain.events import Happening
from server.domain.evolve import evolve
from server.domain.state import CLOCKED, EventState

BEAT_SECONDS = 0.5


class Arena:
    """One running event. `room` is the picture that screens are drawn from; `on_change` tells when it moved."""

    def __init__(
        self,
        archive: Archive,
        engine: Engine,
        clock: Clock,
        *,
        judges: Sequence[Judge] = (),
        inspect: Inspect | None = None,
        measure: Measure | None = None,
        count_tokens: Callable[[str], int | None] = lambda text: None,
        spares: Sequence[Engine] = (),
        stall_seconds: float = 4.0,
        slow_tokens_per_second: float = 0.0,
        public_url: str = "",
        code: str = "",
    ) -> None:
        self.state, self._alive_at = archive.load()
        self.clock, self._archive, self._count_tokens = clock, archive, count_tokens
        self._mailbox = Mailbox()
        self._timer = Timer(clock, self._tick)
        self._report = Reporter(self.submit)
        self.streams = Streams(
            (engine, *spares),
            clock,
            self._report,
            probe_with=self._probe_with,
            stall_seconds=stall_seconds,
            slow_tokens_per_second=slow_tokens_per_second,
        )
        self._panel = Panel(judges, self._report, self._keep)
        self._inspector = Inspector(inspect, self._report)
        self._agreeing = Agreeing(measure, lambda: self.on_change(Change.CHECKS))
        self.ballots = BallotBox(archive, clock, lambda: self.state)
        self._collecting = Collecting(archive, self.ballots, self.submit)
        self.desks = Desks(archive, clock, self)
        self.presence = Presence()
        self.checks: tuple[Check, ...] = ()
        self.bots: dict[str, int] = {}
        self.models: Mapping[str, Model] | None = None
        self.public_url, self.code = public_url, code
        self.on_change: Callable[[Change], None] = lambda change: None
        self.on_briefing: Callable[[], None] = lambda: None
        self._tasks: set[asyncio.Task[None]] = set()
        self.version = 0

    @property
    def room(self) -> Room:
        """The room as it is now."""
        return Room(
            state=self.state,
            live=dict(self.streams.live),
            presence=self.presence,
            drafts=self.desks.drafts,
            shelves=self.desks.shelves,
            cards=self.desks.cards,
            sent=self.desks.sent,
            votes=len(self.ballots.choices),
            checks=self.checks,
            engines=tuple(EngineNow(rung.name, rung.resting, rung.why) for rung in self.streams.rungs),
            agreement=self._agreeing.found,
            bots=self.bots,
            models=self.models,
            public_url=self.public_url,
            code=self.code,
        )

    async def start(self) -> None:
        """Take up the event where the journal left it."""
        self._turn_desks()
        self._spawn(self._serve())
        self._spawn(self._beat())
        self.ballots.on_vote = lambda: self.on_change(Change.VOTES)
        self.streams.on_text = lambda: self.on_change(Change.TEXT)
        if self._alive_at:
            await self.submit(MakeUpDowntime(self._alive_at), SYSTEM)
        self._reconcile()

    async def close(self) -> None:
        """Stop serving; nothing is decided by stopping."""
        self._timer.disarm()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.streams.close()
        await self._panel.close()
        await self._inspector.close()
        await self._agreeing.close()
        await self._collecting.close()
        await self.ballots.drained()
        with suppress(ArenaError):
            await self._archive.beat(self.clock.now())

    async def submit(self, command: Command, actor: Actor) -> Decision:
        """Hand in a command; gives what it decided, () when it was ignored. Raises ArenaError."""
        return await self._mailbox.send(command, actor, self.clock.now())

    async def _serve(self) -> None:
        while True:
            letters = await self._mailbox.collect()
            while letters:
                letters = letters[await self._take(letters) :]

    async def _take(self, letters: Sequence[Letter]) -> int:
        """Decide letters in turn, each on what those before it decided, and commit all at once; gives how many.

        They are not committed one by one, or the last of five who press together would wait for five commits. A new
        round ends the turn: what only the shell knows (`_completed`) is laid out for the old one until it is there.
        """
        state, decisions = self.state, list[Decision | Exception]()
        for letter in letters:
            if state.current_key != self.state.current_key:
                break
            decision, state = self._decided(letter, state)
            decisions.append(decision)
        failure = await self._write(decided(letters, decisions))
        if failure and len(decisions) > 1:
            return await self._take(letters[:1])  # one by one, so that nobody suffers for another
        if failure is None and state is not self.state:
            failure = self._move_to(state)
        for letter, decision in zip(letters, decisions, strict=False):
            letter.reply(failure or decision)
        return len(decisions)

    def _decided(self, letter: Letter, state: EventState) -> tuple[Decision | Exception, EventState]:
        try:
            decision, after = decide(state, self._completed(letter.command), letter.actor, letter.at), state
            for happening in decision:
                after = evolve(after, happening, letter.at)
        except Exception as error:  # the sender hears of it; the writer must go on
            return error, state
        return decision, after

    async def _write(self, happened: Sequence[tuple[int, Happening]]) -> Exception | None:
        try:
            if happened:
                await self._archive.append(happened)
        except Exception as error:
            return error
        return None

    def _completed(self, command: Command) -> Command:
        """The command with what only the shell knows."""
        if isinstance(command, Tick | EndPrompting):
            return replace(command, drafts=self.desks.drafts)
        if isinstance(command, Generate) and self.state.current is not None:
            asked = f"{command.system_prompt}\n{self.state.current.question.text}"
            return replace(command, prompt_tokens=self._count_tokens(asked))
        return command

    def _move_to(self, state: EventState) -> Exception | None:
        is_new = state.current_key != self.state.current_key
        self.state = state
        try:
            if is_new:
                self._turn_desks()
                self.on_briefing()
            self.version += 1
            self._reconcile()
            self.on_change(Change.STATE)
        except Exception as error:  # it is committed and stands; whoever asked hears that something is wrong
            return error
        return None

    def _turn_desks(self) -> None:
        key = self.state.current_key
        desk = self._archive.desk(key)
        self.desks.turn_to(desk)
        self.ballots.turn_to(key, desk.choices)

    def _reconcile(self) -> None:
        state, round_ = self.state, self.state.current
        if round_ is not None:
            wanted, unfinished = duties.streams(state), duties.unfinished(state)
            self.streams.reconcile(wanted, unfinished, round_.question.text, round_.grace_over)
        self._panel.reconcile(duties.judge_calls(state), state)
        self._inspector.reconcile(duties.must_inspect(state), state)
        self._agreeing.reconcile(state)
        self._timer.arm(duties.alarm(state))
        self._collecting.reconcile(duties.must_collect(state), state)

    def _tick(self) -> None:
        self._spawn(self._report.failed_to_write(Tick()))

    def _probe_with(self) -> str:
        """The adapter that an engine has to answer with before it serves again."""
        return next((finalist.adapter for finalist in self.state.event.finalists), "")

    async def _keep(self, exchanges: Sequence[Exchange]) -> None:
        await self._archive.put_exchanges(exchanges, self.clock.now())

    async def _beat(self) -> None:
        while True:
            round_ = self.state.current
            if round_ is not None and round_.phase in CLOCKED:
                with suppress(ArenaError):
                    await self._archive.beat(self.clock.now())
            await asyncio.sleep(BEAT_SECONDS)

    def touch(self, change: Change) -> None:
        """Something besides the state changed: let the screens that show it be drawn again."""
        self.on_change(change)

    def _spawn(self, work: "Coroutine[Any, Any, object]") -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)  # type: ignore[arg-type]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
