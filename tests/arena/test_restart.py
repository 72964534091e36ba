"""After a crash at any instant the show goes on where it was (ARCHITECTURE section 4)."""

from fractions import Fraction
from pathlib import Path

from models.scripted import Script
from server.domain import commands as c
from server.domain.commands import Draft
from server.domain.marks import Scorecard
from server.domain.state import Phase
from tests.arena.conftest import Bench


async def test_the_time_the_server_was_down_does_not_count_against_the_finalists(bench: Bench) -> None:
    await bench.do(c.OpenRound())
    await bench.do(c.StartClock())
    bench.clock.pass_(20)
    await bench.arena._archive.beat(bench.clock.now())
    await bench.crash()
    bench.clock._now += 300_000
    await bench.start()
    assert bench.round.phase is Phase.PROMPTING
    assert bench.round.last_bell == bench.clock.now() + 40_000


async def test_a_stream_that_was_running_starts_again_with_its_seed(bench: Bench) -> None:
    adapter = bench.event.finalists[0].adapter
    bench.engine.scripts[adapter] = Script("One two three", stalls=True, fault_after=1)
    bench.arena.streams._generating._stall_seconds = 60
    await bench.do(c.OpenRound())
    await bench.do(c.StartClock())
    attempt = await bench.generate("mei-ling")
    await bench.until(lambda: attempt in bench.arena.streams.live)
    await bench.crash()
    bench.engine.scripts[adapter] = Script("One two three")
    await bench.start()
    await bench.until(lambda: bench.round.attempts[0].finish_reason)
    assert bench.round.attempts[0].text == "One two three"


async def test_drafts_ballots_and_scorecards_are_there_after_a_restart(bench: Bench) -> None:
    await bench.arena.desks.save_shelf("arjun", ("Be kind.",))
    await bench.judging()
    key = bench.round.key
    await bench.arena.ballots.cast("phone-1", key, "farah")
    await bench.arena.desks.save_card(key, Scorecard("expert-1", "arjun", {"accuracy": Fraction(17, 2)}, "Nice."))
    await bench.crash()
    await bench.start()
    assert bench.arena.ballots.choices == {"phone-1": "farah"}
    assert bench.arena.desks.cards["expert-1", "arjun"].marks == {"accuracy": Fraction(17, 2)}
    assert bench.arena.desks.shelves == {"arjun": ("Be kind.",)}


async def test_a_crash_between_the_close_and_the_count_is_made_good(bench: Bench) -> None:
    await bench.judging()
    await bench.arena.ballots.cast("phone-1", bench.round.key, "farah")
    bench.arena._collecting._round = bench.round.key  # the crash comes before the count begins
    await bench.do(c.CloseJudging())
    assert bench.round.closing
    await bench.crash()
    await bench.start()
    await bench.phase(Phase.SEALED)
    assert bench.round.tally.counted == 1


async def test_a_draft_typed_before_the_crash_is_sent_at_the_bell_after_it(bench: Bench) -> None:
    await bench.do(c.OpenRound())
    await bench.do(c.StartClock())
    await bench.arena.desks.save_draft("priya", Draft("Be funny."))
    await bench.crash()
    await bench.start()
    bench.clock.move_to(bench.round.last_bell or 0)
    await bench.phase(Phase.JUDGING)
    entry = bench.round.entry("priya")
    assert entry is not None
    assert entry.automatic


async def test_folding_the_journal_gives_the_same_state_bit_for_bit(bench: Bench, tmp_path: Path) -> None:
    await bench.judging()
    await bench.until(lambda: bench.round.verdicts)
    await bench.do(c.CloseJudging())
    await bench.phase(Phase.SEALED)
    before = bench.arena.state
    await bench.crash()
    await bench.start()
    assert bench.arena.state == before
