"""A league played against stand-in judges: planted biases show, nothing is paid twice, nothing is ranked too early."""

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from models.judging.league import Ending, Ledger, Outcome, Plan, Prices, Result, Run, play
from models.judging.league.answers import Answers
from models.judging.league.costs import by_length
from models.judging.league.ledger import requests_in
from models.judging.league.running import Progress, estimate
from models.judging.league.season import Season, win_rate_against
from models.judging.pairs import Fate
from tests.models.fake_address import Answer, Request, events, reply, whole
from tests.models.league.standin import (
    League,
    Taste,
    failing,
    first_lover,
    honest,
    judging,
    length_lover,
    only_first,
    sometimes,
    tokens,
    written,
)

MADE_AT = "2026-01-01T00:00:00Z"
PRICES = Prices(Decimal(1000), Decimal(1000))  # 501 tokens a request: 0.501


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.judging.asking.PAUSE_S", 0.0)


@pytest.fixture
def league(tmp_path: Path) -> League:
    return League(tmp_path)


async def played(
    league: League, answer: Answer, plan: Plan | None = None, **settings: object
) -> tuple[Run, Result, int]:
    """The run, the result and how many requests the stand-in got."""
    async with judging(answer, **settings) as (judge, server):
        with Ledger(league.ledger) as ledger:
            season = Season(league.questions, league.candidate, league.reference)
            run, result = await play(season, judge, ledger, plan or Plan(at_once=4), MADE_AT)
        return run, result, len(server.requests)


async def test_an_honest_judge_gives_wins_where_the_candidate_is_worth_more(league: League) -> None:
    run, result, requests = await played(league, tokens(honest))
    assert (run.ending, requests) == (Ending.DONE, 20)
    score = result.score
    assert {o: n for o, n in score.counts.items() if n} == {Outcome.WIN: 4, Outcome.TIE: 1, Outcome.LOSS: 5}
    assert (score.wins.value, score.inconsistent, score.standing) == (0.4, 0, "ranked")
    assert score.wins.low < 0.4 < score.wins.high
    assert score.soft_win_rate == pytest.approx((4 * 0.9 + 0.5 + 5 * 0.1) / 10)


@pytest.mark.parametrize(("taste", "inconsistent"), [(honest, 0), (only_first, 10), (first_lover, 10)])
async def test_a_love_of_the_first_place_shows_as_inconsistent_pairs(
    league: League, taste: Taste, inconsistent: int
) -> None:
    _, result, _ = await played(league, tokens(taste))
    # first_lover sees question 0 (0 against 5) rightly in one order and is even in the other: 0.8 and 0.7 for the worse
    assert result.score.inconsistent == pytest.approx(inconsistent, abs=1)


async def test_a_judge_that_goes_by_place_alone_gives_no_win(league: League) -> None:
    _, result, _ = await played(league, tokens(only_first))
    assert result.score.counts[Outcome.TIE] == 10
    assert result.score.wins.value == 0


async def test_a_love_of_length_is_taken_out_of_the_length_controlled_rate(tmp_path: Path) -> None:
    league = League(tmp_path, count=60, reference_worth=5)

    def longer(first: str, second: str) -> float:
        return length_lover(first, second)

    padded = {q: text + "." * (7 * int(q[1:]) % 40) for q, text in league.candidate.by_question.items()}
    reference = {q: text + "." * (11 * int(q[1:]) % 30) for q, text in league.reference.by_question.items()}
    async with judging(tokens(longer)) as (judge, _):
        result = await win_rate_against(
            league.questions, Answers("c", padded), Answers("r", reference), judge, league.ledger, MADE_AT
        )
    score = result.score
    assert score.wins.value > 0.6
    assert score.length_controlled is not None
    assert abs(score.length_controlled.value - 0.5) < abs(score.wins.value - 0.5)


async def test_a_second_run_pays_nothing_and_finds_the_same(league: League) -> None:
    _, first, _ = await played(league, tokens(honest))
    run, again, requests = await played(league, failing(500))
    assert (requests, run.progress.done, run.ending) == (0, 20, Ending.DONE)
    assert (again.rows, again.score, again.used) == (first.rows, first.score, first.used)


async def test_a_run_that_is_killed_goes_on_where_it_was(league: League) -> None:
    reached = asyncio.Event()

    def tell(progress: Progress) -> None:
        if progress.done >= 7:
            reached.set()

    async with judging(tokens(honest)) as (judge, server):
        season = Season(league.questions, league.candidate, league.reference)
        with Ledger(league.ledger) as ledger:
            task = asyncio.create_task(play(season, judge, ledger, Plan(at_once=1), MADE_AT, tell=tell))
            await reached.wait()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        before = len(server.requests)
    _, result, after = await played(league, tokens(honest))
    assert result.score.is_ranked
    # At most the one request that was on its way is paid again.
    assert 20 <= before + after <= 21


async def test_stopping_lets_what_is_on_its_way_come_in_so_that_nothing_is_paid_twice(league: League) -> None:
    stop = asyncio.Event()

    def tell(progress: Progress) -> None:
        if progress.done >= 5:
            stop.set()

    async with judging(tokens(honest)) as (judge, server):
        season = Season(league.questions, league.candidate, league.reference)
        with Ledger(league.ledger) as ledger:
            run, result = await play(season, judge, ledger, Plan(at_once=4), MADE_AT, tell=tell, stop=stop)
        before = len(server.requests)
    assert run.ending is Ending.STOPPED
    assert result.score.standing == f"not ranked: {result.score.counts[Outcome.UNJUDGED]} questions unjudged"
    _, result, after = await played(league, tokens(honest))
    assert before + after == 20
    assert result.score.is_ranked


async def test_a_torn_last_line_is_dropped_with_a_word_and_its_look_made_again(league: League) -> None:
    _, first, _ = await played(league, tokens(honest))
    whole_file = league.ledger.read_bytes()
    league.ledger.write_bytes(whole_file[:-30])
    with Ledger(league.ledger) as ledger:
        assert "cut off" in ledger.note
        assert len(ledger.entries) == 19
    _, again, requests = await played(league, tokens(honest))
    assert requests == 1
    assert again.score == first.score
    with Ledger(league.ledger) as ledger:
        assert ledger.note == ""


async def test_a_line_feed_that_was_not_written_loses_nothing(league: League) -> None:
    await played(league, tokens(honest))
    league.ledger.write_bytes(league.ledger.read_bytes()[:-1])
    with Ledger(league.ledger) as ledger:
        assert (ledger.note, len(ledger.entries)) == ("", 20)
    assert (await played(league, tokens(honest)))[2] == 0


async def test_a_budget_stops_the_run_before_it_is_exceeded(league: League) -> None:
    plan = Plan(at_once=4, prices=PRICES, budget=Decimal("4.10"))
    run, result, requests = await played(league, tokens(honest), plan)
    assert run.ending is Ending.BUDGET
    assert run.progress.cost is not None
    assert Decimal("3.0") < run.progress.cost <= Decimal("4.10")
    assert requests <= 8
    assert not result.score.is_ranked
    run, _, more = await played(league, tokens(honest), plan)
    assert (run.ending, run.progress.cost is not None and run.progress.cost <= Decimal("4.10")) == (Ending.BUDGET, True)
    assert more <= 1, "a budget counts what was spent before"


async def test_a_budget_without_prices_is_refused(league: League) -> None:
    with pytest.raises(ValueError, match="prices"):
        await played(league, tokens(honest), Plan(budget=Decimal(1)))


async def test_replies_without_a_count_are_counted_by_length_and_say_so(league: League) -> None:
    _, result, _ = await played(league, tokens(honest, usage=None))
    assert not result.used.is_counted
    assert result.used.tokens_in > 20 * 100


async def test_the_estimate_before_is_near_what_is_used(league: League) -> None:
    async with judging(tokens(honest, usage=None)) as (judge, _):
        season = Season(league.questions, league.candidate, league.reference)
        with Ledger(league.ledger) as ledger:
            jobs = [*_jobs(season)]
            before = estimate(jobs, judge, ledger, Plan(at_once=2, prices=PRICES))
            run, _ = await play(season, judge, ledger, Plan(at_once=2, prices=PRICES), MADE_AT)
            after = estimate(jobs, judge, ledger, Plan(at_once=2, prices=PRICES))
    assert before.looks == 20
    assert (before.is_measured, before.is_tokenized, before.cost is not None) == (False, False, True)
    assert before.usage.tokens_in == pytest.approx(run.used.tokens_in, rel=0.3)
    assert (after.looks, after.usage.tokens_in, after.seconds, after.is_measured) == (0, 0, 0, True)


async def test_unreadable_replies_are_failed_never_wins_and_asked_again_only_when_wanted(league: League) -> None:
    _, result, _ = await played(league, whole(reply("No idea.")))
    assert result.score.counts[Outcome.FAILED] == 10
    assert (result.score.wins.value, result.score.soft_win_rate, result.score.is_ranked) == (0, None, True)
    assert (await played(league, tokens(honest)))[2] == 0
    _, result, requests = await played(league, tokens(honest), Plan(repeat_failed=True))
    assert (requests, result.score.counts[Outcome.WIN]) == (20, 4)


async def test_an_address_that_died_ends_the_run_and_ranks_nobody(league: League) -> None:
    league.count = 40
    run, result, requests = await played(league, sometimes(lambda n: n >= 10, failing(401), tokens(honest)))
    assert run.ending is Ending.UNANSWERED
    assert "key" in run.reason
    assert requests < 30
    assert not result.score.is_ranked
    _, result, _ = await played(league, tokens(honest))
    assert result.score.is_ranked


@pytest.mark.parametrize("status", [429, 500])
async def test_a_hiccup_of_the_address_costs_nothing_but_a_retry(league: League, status: int) -> None:
    _, result, requests = await played(league, sometimes(lambda n: n % 5 == 1, failing(status), tokens(honest)))
    assert result.score.is_ranked
    assert requests > 20


async def test_what_had_no_reply_is_asked_again_at_the_end(league: League) -> None:
    busy = sometimes(lambda n: n < 8, failing(429), tokens(honest))  # both first looks, with all their retries
    run, result, requests = await played(league, busy, Plan(at_once=2))
    assert (run.ending, run.progress.made[Fate.UNANSWERED], requests) == (Ending.DONE, 2, 20 + 8)
    assert result.score.is_ranked


async def test_a_time_out_leaves_questions_unjudged(league: League) -> None:
    hanging, good = events(then_hang=True, done=False), tokens(honest)

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        is_third = "Answer 3," in request.body["messages"][-1]["content"]
        await (hanging if is_third else good)(request, writer)

    _, result, _ = await played(league, answer, limit_s=0.2)
    assert result.score.counts[Outcome.UNJUDGED] == 1
    assert result.score.standing == "not ranked: 1 question unjudged"


async def test_a_missing_answer_is_unjudged(league: League) -> None:
    short = Answers("short", {q: a for q, a in league.candidate.by_question.items() if q != "q3"})
    async with judging(tokens(honest)) as (judge, _):
        result = await win_rate_against(league.questions, short, league.reference, judge, league.ledger, MADE_AT)
    assert result.rows[3].outcome is Outcome.UNJUDGED
    assert result.rows[3].reason == "An answer is missing."
    assert not result.score.is_ranked


async def test_the_same_question_twice_is_judged_once(league: League) -> None:
    from models.judging.league import Question

    twice = (Question("one", "What?"), Question("two", "What?"))
    ours, theirs = (Answers(n, {"one": t, "two": t}) for n, t in (("c", "worth 8"), ("r", "worth 2")))
    async with judging(tokens(honest)) as (judge, server):
        result = await win_rate_against(twice, ours, theirs, judge, league.ledger, MADE_AT)
        assert len(server.requests) == 2
    assert result.score.counts[Outcome.WIN] == 2


async def test_every_request_can_be_read_from_the_ledger(league: League) -> None:
    await played(league, written(honest))
    kept = dict(requests_in(league.ledger))
    assert len(kept) == 20
    assert all("Answer" in request.prompt and request.reply for requests in kept.values() for request in requests)


async def test_progress_is_told_look_by_look(league: League) -> None:
    told: list[tuple[int, int]] = []
    async with judging(tokens(honest)) as (judge, _):
        season = Season(league.questions, league.candidate, league.reference)
        with Ledger(league.ledger) as ledger:
            run, _ = await play(
                season, judge, ledger, Plan(at_once=3), MADE_AT, tell=lambda p: told.append((p.done, p.total))
            )
    assert told == [(n, 20) for n in range(21)]
    assert run.progress.made[Fate.JUDGED] == 20


def test_tokens_by_length_are_rounded_up() -> None:
    assert [by_length(text) for text in ("", "a", "abcd", "abcde")] == [0, 1, 1, 2]


def _jobs(season: Season) -> list[object]:
    from models.judging.league import jobs_of

    return list(jobs_of(season.questions, season.candidate, season.reference))
