"""What the arena does when engines die, stall, slow down or come back: nobody loses an entry, the journal says why."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from models.protocol import EngineUnavailable, Piece, PromptTooLong
from models.scripted import Script, ScriptedEngine
from server.arena.ladder import Ladder
from server.domain import commands as c
from server.domain.decide._clock import HOLD_WORDS
from server.domain.errors import Refused, TooLate
from server.domain.state import Phase
from tests.arena.conftest import Bench


def kinds(bench: Bench) -> list[str]:
    return [act.kind for act in bench.arena.state.acts]


def reasons(bench: Bench) -> str:
    return " / ".join(act.reason for act in bench.arena.state.acts)


async def prompting(bench: Bench) -> None:
    await bench.do(c.OpenRound())
    await bench.do(c.StartClock())


async def with_spare(bench: Bench, script: Script | None = None) -> ScriptedEngine:
    spare = ScriptedEngine({f.adapter: script or Script("From the spare") for f in bench.event.finalists})
    spare.name = "spare"
    await spare.start()
    await bench.crash()
    bench.spares = (spare,)
    await bench.start()
    return spare


async def ended(bench: Bench) -> dict[str, Any]:
    await bench.until(lambda: all(a.finish_reason for a in bench.round.attempts))
    return {a.finalist: a for a in bench.round.attempts}


async def test_when_the_engine_dies_under_everybody_the_spare_steps_in_and_the_journal_says_so(bench: Bench) -> None:
    await with_spare(bench)
    for adapter in bench.engine.scripts:
        bench.engine.scripts[adapter] = Script("Half an answer", dies=True, fault_after=1)
    await prompting(bench)
    for finalist in bench.event.finalists:
        await bench.generate(finalist.id)
    attempts = await ended(bench)
    assert {a.text for a in attempts.values()} == {"From the spare"}
    assert {a.engine for a in attempts.values()} == {"spare"}
    assert "scripted rests" in reasons(bench)
    assert "spare steps in" in reasons(bench)
    assert not bench.arena.state.is_paused
    await bench.generate("mei-ling")
    await bench.until(lambda: bench.round.attempts[-1].finish_reason)
    assert bench.round.attempts[-1].retries == 0, "a resting engine is not tried again by a finalist's attempt"


async def test_a_rested_engine_comes_back_by_a_probe_and_serves_first_again(bench: Bench) -> None:
    await with_spare(bench)
    await bench.engine.close()
    await prompting(bench)
    await bench.generate("mei-ling")
    assert (await ended(bench))["mei-ling"].engine == "spare"
    await bench.engine.start()
    await bench.until(lambda: "scripted answers again" in reasons(bench))
    await bench.generate("arjun")
    await bench.until(lambda: bench.round.attempts[-1].finish_reason)
    assert bench.round.attempts[-1].engine == "scripted"


async def test_when_no_engine_answers_the_clock_stops_the_stage_holds_and_attempts_go_on_afterwards(
    bench: Bench,
) -> None:
    await prompting(bench)
    await bench.engine.close()
    await bench.generate("mei-ling")
    await bench.until(lambda: bench.arena.state.outage)
    state = bench.arena.state
    assert state.is_paused
    assert state.hold == HOLD_WORDS
    assert "scripted" in state.outage
    assert "scripted" not in state.pause_reason, "the hall is not told of processes"
    assert bench.round.attempts[0].is_running, "the attempt waits instead of failing"
    await bench.engine.start()
    await bench.until(lambda: not bench.arena.state.outage)
    attempt = (await ended(bench))["mei-ling"]
    assert attempt.finish_reason == "stop"
    assert attempt.text
    assert bench.arena.state.hold is None
    assert bench.arena.state.is_paused, "the organiser sees that everybody is ready, and resumes"
    await bench.do(c.Resume())
    assert kinds(bench)[-3:] == ["outage", "recovery", "resume"]


async def test_a_slide_of_the_organisers_own_stays_through_an_outage(bench: Bench) -> None:
    await prompting(bench)
    await bench.do(c.ShowHold("Back in a moment"))
    await bench.engine.close()
    await bench.generate("mei-ling")
    await bench.until(lambda: bench.arena.state.outage)
    assert bench.arena.state.hold == "Back in a moment"
    await bench.engine.start()
    await bench.until(lambda: not bench.arena.state.outage)
    assert bench.arena.state.hold == "Back in a moment"


async def test_an_attempt_that_waits_for_an_engine_is_cut_at_the_end_of_the_grace_like_any_other(
    bench: Bench,
) -> None:
    await prompting(bench)
    await bench.engine.close()
    await bench.generate("mei-ling")
    await bench.until(lambda: bench.arena.state.outage)
    await bench.do(c.Resume())
    bench.clock.move_to(bench.round.last_bell or 0)
    await bench.phase(Phase.SETTLING)
    bench.clock.pass_(5)
    await bench.until(lambda: bench.round.phase is not Phase.SETTLING)
    attempt = bench.round.attempts[0]
    assert (attempt.finish_reason, attempt.text) == ("cut", "")
    assert attempt.failure, "the finalist is told what was wrong"


async def test_one_lane_alone_does_not_put_an_engine_to_rest(bench: Bench) -> None:
    await with_spare(bench)
    adapter = bench.event.finalists[0].adapter
    bench.engine.scripts[adapter] = Script("x", dies=True)
    await prompting(bench)
    for _ in range(3):
        await bench.generate("mei-ling")
        await ended(bench)
    assert not bench.arena.streams.rungs[0].resting
    await bench.generate("arjun")
    await bench.until(lambda: bench.round.attempts[-1].finish_reason)
    assert bench.round.attempts[-1].engine == "scripted"


class HalfAFleet(ScriptedEngine):
    """Says that it is well and answers probes, but each lane's first stream breaks: one of two addresses died."""

    def __init__(self, bench: Bench) -> None:
        super().__init__([f.adapter for f in bench.event.finalists])
        self.is_up, self.broken = True, set[str]()

    async def stream(self, **request: Any) -> AsyncGenerator[Piece, None]:
        if request["adapter"] not in self.broken:
            self.broken.add(request["adapter"])
            yield Piece("Half", 1)
            raise EngineUnavailable("The connection broke.")
        yield Piece("A whole answer", 3)
        yield Piece("", 0, "stop")


async def test_the_last_engine_goes_on_while_it_still_gives_tokens_to_a_probe(bench: Bench) -> None:
    bench.engine.stream = HalfAFleet(bench).stream  # type: ignore[method-assign]
    await prompting(bench)
    for finalist in ("mei-ling", "arjun", "farah"):
        await bench.generate(finalist)
    attempts = await ended(bench)
    assert {a.text for a in attempts.values()} == {"A whole answer"}
    assert [a.retries for a in attempts.values()] == [1, 1, 1]
    assert "outage" not in kinds(bench)
    assert not bench.arena.state.is_paused


class TooLong(ScriptedEngine):
    async def stream(self, **request: Any) -> AsyncGenerator[Piece, None]:
        raise PromptTooLong(5_000, 1_000)
        yield


async def test_what_is_the_requests_own_fault_is_told_and_not_tried_elsewhere(bench: Bench) -> None:
    spare = await with_spare(bench)
    bench.engine.stream = TooLong([]).stream  # type: ignore[method-assign]
    await prompting(bench)
    await bench.generate("mei-ling")
    attempt = (await ended(bench))["mei-ling"]
    assert (attempt.finish_reason, attempt.retries, attempt.lost_ms) == ("failed", 0, 0)
    assert "5,000 tokens" in attempt.failure
    assert not spare.running
    assert "incident" not in kinds(bench)


class Chattering(ScriptedEngine):
    """Sends empty pieces for ever."""

    async def stream(self, **request: Any) -> AsyncGenerator[Piece, None]:
        while True:
            yield Piece("", 0)
            await asyncio.sleep(0.01)


async def test_a_stream_without_tokens_has_stalled_however_much_it_chatters(bench: Bench) -> None:
    await with_spare(bench)
    bench.engine.stream = Chattering([]).stream  # type: ignore[method-assign]
    await prompting(bench)
    await bench.generate("mei-ling")
    attempt = (await ended(bench))["mei-ling"]
    assert (attempt.engine, attempt.text, attempt.retries) == ("spare", "From the spare", 1)
    assert "no text for 0.1 s" in reasons(bench)


class Timed(ScriptedEngine):
    """Moves the arena's clock between its pieces: 300 ms in a queue, 200 ms to the first token, 100 ms a token."""

    def __init__(self, bench: Bench) -> None:
        super().__init__([f.adapter for f in bench.event.finalists])
        self.clock = bench.clock

    async def stream(self, **request: Any) -> AsyncGenerator[Piece, None]:
        for ms, piece in ((300, Piece("", 0)), (200, Piece("a", 1)), (100, Piece("b", 1)), (100, Piece("", 1, "stop"))):
            self.clock.pass_(ms / 1000)
            yield piece


async def test_an_attempt_says_how_long_it_queued_waited_and_streamed_and_by_which_weights(bench: Bench) -> None:
    bench.engine.stream = Timed(bench).stream  # type: ignore[method-assign]
    await prompting(bench)
    await bench.generate("mei-ling")
    attempt = (await ended(bench))["mei-ling"]
    assert (attempt.queue_ms, attempt.ttft_ms, attempt.stream_ms) == (300, 500, 200)
    assert attempt.tokens_per_second == 10.0
    assert attempt.adapter_sha256 == bench.event.finalists[0].adapter_sha256


class DiesLate(ScriptedEngine):
    """Two seconds of the arena's clock, then nothing."""

    def __init__(self, bench: Bench) -> None:
        super().__init__([])
        self.clock = bench.clock

    async def stream(self, **request: Any) -> AsyncGenerator[Piece, None]:
        self.clock.pass_(2)
        raise EngineUnavailable("The engine died.")
        yield


async def test_time_that_a_fault_took_is_owed_until_the_organiser_gives_it_back(bench: Bench) -> None:
    await with_spare(bench)
    bench.engine.stream = DiesLate(bench).stream  # type: ignore[method-assign]
    await prompting(bench)
    await bench.generate("mei-ling")
    await ended(bench)
    assert bench.round.owed_ms("mei-ling") == 2_000
    assert bench.round.owed_ms("arjun") == 0
    await bench.do(c.Extend(2, "mei-ling", "engine fault"))
    assert bench.round.owed_ms("mei-ling") == 0


async def test_pressing_again_and_again_is_slowed_down_in_words(bench: Bench) -> None:
    await prompting(bench)
    at_once = bench.event.rules.attempts_at_once
    for _ in range(at_once):
        await bench.generate("mei-ling")
    with pytest.raises(TooLate, match="press again in 4 s"):
        await bench.generate("mei-ling")
    bench.clock.pass_(4)
    await bench.generate("mei-ling")
    await bench.generate("arjun")


async def test_a_prompt_of_too_many_tokens_is_refused_with_both_numbers(bench: Bench) -> None:
    await prompting(bench)
    counted: list[str] = []
    bench.arena._count_tokens = lambda text: counted.append(text) or 2_001  # type: ignore[func-returns-value]
    with pytest.raises(Refused, match=r"2,001 tokens long; at most 2,000"):
        await bench.generate("mei-ling", prompt="Long")
    assert counted == ["Long\nQuestion one?"], "the question is counted with the prompt"


async def test_a_slow_engine_rests_where_another_stands_by_and_serves_on_where_none_does() -> None:
    told: list[str] = []

    async def tell(note: object) -> None:
        told.append(str(note))

    first, second = ScriptedEngine(["a"]), ScriptedEngine(["a"])
    for engine in (first, second):
        await engine.start()
    pair = Ladder((first, second), tell, lambda: "a", rests_seconds=(60.0,))
    await pair.found_slow(pair.rungs[0], "a", 1.2)
    assert not pair.rungs[0].resting, "one slow lane may be its own prompt"
    await pair.found_slow(pair.rungs[0], "b", 1.1)
    assert pair.rungs[0].resting
    assert pair.first() is pair.rungs[1]
    alone = Ladder((first,), tell, lambda: "a")
    for lane in ("a", "b", "c"):
        await alone.found_slow(alone.rungs[0], lane, 1.0)
    assert not alone.rungs[0].resting
    assert sum("No other engine stands by" in words for words in told) == 1
    await pair.close()
    await alone.close()
