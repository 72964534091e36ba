"""Commands that come together are decided in turn and committed together; none suffers for another."""

import asyncio
from collections.abc import Sequence
from typing import Any

from server.domain import commands as c
from server.domain.actors import ORGANISER, Actor, Role
from server.domain.chain import verify_chain
from server.domain.commands import Draft
from server.domain.errors import NotWritten, Refused
from server.domain.events import AttemptStarted
from server.store.errors import StoreFull
from tests.arena.conftest import Bench


def pressed(bench: Bench, attempt: str, finalist: str, prompt: str = "You are a poet.") -> Any:
    """A finalist's press, not yet awaited."""
    command = c.Generate(attempt, prompt, 0.7, 0.95, 60, 1)
    return bench.arena.submit(command, Actor(Role.FINALIST, finalist))


class Appends:
    """Counts what the archive is asked to write; `refuse` says which writes the disk has no room for."""

    def __init__(self, bench: Bench) -> None:
        self.sizes: list[int] = []
        self.refuse = lambda happened: False
        self._append = bench.arena._archive.append
        bench.arena._archive.append = self  # type: ignore[method-assign, assignment]

    async def __call__(self, happened: Sequence[tuple[int, Any]]) -> None:
        if self.refuse(happened):
            raise StoreFull("The disk is full.")
        self.sizes.append(len(happened))
        await self._append(happened)


async def test_five_who_press_together_share_one_commit_and_start_together(bench: Bench) -> None:
    await bench.do(c.OpenRound())
    await bench.do(c.StartClock())
    appends = Appends(bench)
    await asyncio.gather(*(pressed(bench, f"try-{who}", who) for who in bench.event.finalist_ids))
    assert appends.sizes[0] == 5
    assert [attempt.finalist for attempt in bench.round.attempts] == list(bench.event.finalist_ids)


async def test_a_command_is_decided_on_what_those_before_it_decided(bench: Bench) -> None:
    await bench.do(c.OpenRound())
    await bench.do(c.StartClock())
    first, second = await asyncio.gather(
        pressed(bench, "one", "mei-ling"), pressed(bench, "one", "mei-ling"), return_exceptions=True
    )
    assert any(isinstance(happening, AttemptStarted) for happening in first)
    assert second == ()


async def test_one_that_is_refused_leaves_the_others_as_they_are(bench: Bench) -> None:
    await bench.do(c.OpenRound())
    await bench.do(c.StartClock())
    found = await asyncio.gather(
        pressed(bench, "one", "mei-ling"),
        pressed(bench, "two", "arjun", "x" * 100_000),
        pressed(bench, "three", "farah"),
        return_exceptions=True,
    )
    assert [isinstance(one, Refused) for one in found] == [False, True, False]
    assert [attempt.finalist for attempt in bench.round.attempts] == ["mei-ling", "farah"]


async def test_where_the_commit_fails_each_is_tried_alone_and_only_what_cannot_be_written_is_told_so(
    bench: Bench,
) -> None:
    await bench.do(c.OpenRound())
    await bench.do(c.StartClock())
    appends = Appends(bench)
    appends.refuse = lambda happened: any(getattr(one, "finalist", "") == "arjun" for _, one in happened)
    found = await asyncio.gather(
        *(pressed(bench, f"try-{who}", who) for who in ("mei-ling", "arjun", "farah")), return_exceptions=True
    )
    assert [isinstance(one, NotWritten) for one in found] == [False, True, False]
    assert [attempt.finalist for attempt in bench.round.attempts] == ["mei-ling", "farah"]
    appends.refuse = lambda happened: False
    await pressed(bench, "try-arjun", "arjun")
    assert bench.round.attempt("try-arjun") is not None


async def test_nothing_is_shown_of_what_could_not_be_written(bench: Bench) -> None:
    await bench.do(c.OpenRound())
    await bench.do(c.StartClock())
    before = bench.arena.state
    Appends(bench).refuse = lambda happened: True
    found = await asyncio.gather(
        *(pressed(bench, f"try-{who}", who) for who in bench.event.finalist_ids), return_exceptions=True
    )
    assert all(isinstance(one, NotWritten) for one in found)
    assert bench.arena.state is before
    assert bench.arena.streams.live == {}


async def test_a_draft_of_the_round_before_is_no_entry_of_the_round_that_opens_with_the_next_press(
    bench: Bench,
) -> None:
    await bench.do(c.OpenRound())
    await bench.do(c.StartClock())
    await bench.arena.desks.save_draft("mei-ling", Draft("Of the first round.", 0.5, 0.8, 50, 3))
    steps = (c.Void("A test"), c.OpenRound(2), c.StartClock(), c.EndPrompting("A test"))
    await asyncio.gather(*(bench.arena.submit(step, ORGANISER) for step in steps))
    assert bench.round.key != "1.1"
    assert bench.round.attempts == ()


async def test_the_journal_of_commands_sent_together_is_that_of_commands_sent_one_by_one(bench: Bench) -> None:
    finalists = bench.event.finalist_ids
    opening = (c.OpenRound(), c.StartClock())
    await asyncio.gather(
        *(bench.arena.submit(step, ORGANISER) for step in opening),
        *(pressed(bench, f"try-{who}", who) for who in finalists),
    )
    await bench.do(c.Void("Once more, one by one"))
    together = kinds(bench)
    await bench.do(c.OpenRound(2))
    await bench.do(c.StartClock())
    for who in finalists:
        await pressed(bench, f"again-{who}", who)
    one_by_one = [kind for kind in kinds(bench)[len(together) :] if kind in STARTING]
    assert [kind for kind in together if kind in STARTING] == one_by_one
    assert len(one_by_one) == 7
    assert verify_chain(bench.arena._archive.entries()) is None  # type: ignore[attr-defined]


STARTING = ("RoundOpened", "ClockStarted", "AttemptStarted")


def kinds(bench: Bench) -> list[str]:
    """What the journal holds, by name."""
    return [entry.kind for entry in bench.arena._archive.entries()]  # type: ignore[attr-defined]
