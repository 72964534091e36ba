"""A round on the running arena: clock, streams, entries, judging, seal."""

import pytest

from models.scripted import Script, ScriptedEngine
from server.domain import commands as c
from server.domain.actors import Actor, Role
from server.domain.commands import Draft
from server.domain.errors import TooLate
from server.domain.state import Phase
from tests.arena.conftest import Bench, FakeJudgement

MEI = Actor(Role.FINALIST, "mei-ling")


async def test_the_bell_rings_by_the_servers_clock_and_the_last_text_becomes_the_entry(bench: Bench) -> None:
    await bench.judging()
    assert list(bench.round.entries) == list(bench.event.finalist_ids)
    assert bench.round.entry("farah").text.startswith("Singapore")  # type: ignore[union-attr]


async def test_nothing_sent_after_the_bell_counts(bench: Bench) -> None:
    await bench.judging()
    with pytest.raises(TooLate, match="judged"):
        await bench.generate("mei-ling")


async def test_a_command_sent_at_the_bell_itself_is_too_late_and_one_before_it_counts(bench: Bench) -> None:
    await bench.do(c.OpenRound())
    await bench.do(c.StartClock())
    bell = bench.round.last_bell or 0
    bench.clock.move_to(bell - 1)
    await bench.generate("mei-ling")
    bench.clock._now = bell
    with pytest.raises(TooLate, match="bell"):
        await bench.generate("arjun")


async def test_a_draft_without_an_attempt_gets_one_at_the_bell_marked_as_automatic(bench: Bench) -> None:
    await bench.do(c.OpenRound())
    await bench.do(c.StartClock())
    await bench.arena.desks.save_draft("mei-ling", Draft("Answer as a poet.", 0.5, 0.8, 50, 3))
    bench.clock.move_to(bench.round.last_bell or 0)
    await bench.phase(Phase.JUDGING)
    entry = bench.round.entry("mei-ling")
    assert entry is not None
    assert entry.automatic
    assert entry.system_prompt == "Answer as a poet."
    assert bench.round.entry("arjun") is None


async def test_a_stream_still_running_when_the_grace_ends_is_cut_and_counts_as_it_stands(bench: Bench) -> None:
    adapter = bench.event.finalists[0].adapter
    bench.engine.scripts[adapter] = Script("One two three", stalls=True, fault_after=2)
    bench.arena.streams._generating._stall_seconds = 60
    await bench.do(c.OpenRound())
    await bench.do(c.StartClock())
    await bench.generate("mei-ling")
    await bench.until(lambda: any(x.tokens == 2 for x in bench.arena.streams.live.values()))
    bench.clock.move_to(bench.round.last_bell or 0)
    await bench.phase(Phase.SETTLING)
    bench.clock.pass_(5)
    await bench.phase(Phase.JUDGING)
    entry = bench.round.entry("mei-ling")
    assert entry is not None
    assert (entry.text, entry.finish_reason) == ("One two", "cut")


async def test_a_new_attempt_stops_the_one_that_streams(bench: Bench) -> None:
    adapter = bench.event.finalists[0].adapter
    bench.engine.scripts[adapter] = Script("One two", stalls=True, fault_after=1)
    bench.arena.streams._generating._stall_seconds = 60
    await bench.do(c.OpenRound())
    await bench.do(c.StartClock())
    first = await bench.generate("mei-ling")
    await bench.until(lambda: first in bench.arena.streams.live)
    bench.engine.scripts[adapter] = Script("Fresh text")
    second = await bench.generate("mei-ling")
    await bench.until(lambda: all(a.finish_reason for a in bench.round.attempts))
    reasons = {a.id: a.finish_reason for a in bench.round.attempts}
    assert reasons == {first: "stopped", second: "stop"}
    assert bench.engine.running == 0


async def test_the_same_attempt_sent_twice_is_one_attempt(bench: Bench) -> None:
    await bench.do(c.OpenRound())
    await bench.do(c.StartClock())
    await bench.generate("mei-ling", "same")
    assert await bench.do(c.Generate("same", "Other", 0.1, 0.5, 10, 1), MEI) == ()
    assert len(bench.round.attempts) == 1


async def test_a_stalled_stream_is_tried_on_the_spare_engine(tmp_path: object, bench: Bench) -> None:
    adapter = bench.event.finalists[0].adapter
    bench.engine.scripts[adapter] = Script("Half an", stalls=True, fault_after=1)
    spare = ScriptedEngine({adapter: Script("A whole answer")})
    spare.name = "spare"
    await spare.start()
    await bench.crash()
    bench.spares = (spare,)
    await bench.start()
    await bench.do(c.OpenRound())
    await bench.do(c.StartClock())
    await bench.generate("mei-ling")
    await bench.until(lambda: bench.round.attempts[0].finish_reason)
    attempt = bench.round.attempts[0]
    assert (attempt.text, attempt.finish_reason, attempt.retries, attempt.engine) == (
        "A whole answer",
        "stop",
        1,
        "spare",
    )


async def test_an_engine_that_stays_dead_ends_in_words_and_the_text_so_far_is_kept(bench: Bench) -> None:
    adapter = bench.event.finalists[0].adapter
    bench.engine.scripts[adapter] = Script("Half an answer", dies=True, fault_after=2)
    await bench.do(c.OpenRound())
    await bench.do(c.StartClock())
    await bench.generate("mei-ling")
    await bench.until(lambda: bench.round.attempts[0].finish_reason)
    attempt = bench.round.attempts[0]
    assert attempt.finish_reason == "failed"
    assert "died" in attempt.failure
    assert attempt.text == "Half an"


async def test_judging_closes_by_itself_when_votes_experts_and_judges_are_in(bench: Bench) -> None:
    await bench.judging()
    await bench.until(lambda: bench.round.verdicts)
    await bench.arena.ballots.cast("phone-1", bench.round.key, "farah")
    await send_scorecards(bench)
    assert bench.round.phase is Phase.JUDGING
    bench.clock.move_to(bench.round.voting_ends_at or 0)
    await bench.phase(Phase.SEALED)
    assert bench.round.tally.favourites["farah"] == 1
    assert len(bench.round.scorecards) == 25


async def send_scorecards(bench: Bench) -> None:
    from fractions import Fraction

    from server.domain.marks import Scorecard

    for expert in bench.event.experts:
        for finalist in bench.event.finalist_ids:
            marks = {x.key: Fraction(8) for x in bench.event.rules.scoring.criteria}
            await bench.arena.desks.save_card(bench.round.key, Scorecard(expert.id, finalist, marks))
        await bench.arena.desks.send(bench.round.key, expert.id)


async def test_a_judge_that_skips_an_entry_abstains(bench: Bench) -> None:
    bench.judge.answer = lambda entries: FakeJudgement({})
    await bench.judging()
    await bench.until(lambda: bench.round.abstained)
    assert "did not mark every answer" in bench.round.abstained["judge"]


async def test_a_judge_that_raises_abstains_with_the_reason(bench: Bench) -> None:
    def fail(entries: object) -> FakeJudgement:
        raise RuntimeError("the address does not answer")

    bench.judge.answer = fail
    await bench.judging()
    await bench.until(lambda: bench.round.abstained)
    assert bench.round.abstained == {"judge": "the address does not answer"}


async def test_a_rejudging_is_a_preview_until_it_is_applied(bench: Bench) -> None:
    await bench.judging()
    await bench.until(lambda: bench.round.verdicts)
    await bench.do(c.CloseJudging())
    await bench.phase(Phase.SEALED)
    await bench.do(c.Rejudge("The judge missed the joke.", seed=99))
    await bench.until(lambda: bench.round.rejudging and bench.round.rejudging.verdicts)
    assert bench.judge.asked[-1] == 99
    with pytest.raises(TooLate, match="preview"):
        await bench.do(c.Approve())
    await bench.do(c.ApplyRejudging())
    await bench.do(c.Approve())
    assert bench.round.rejudging is None
    assert bench.round.approved
