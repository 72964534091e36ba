"""Asking: at most so many at once, nothing paid twice, a budget that stops, faults that are survived or told."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from models.judging.league.appending import FileRefused
from models.judging.league.costs import Prices, Usage
from models.openai_address import Address
from models.protocol import EngineError, EngineUnavailable, PromptTooLong
from tests.models.fake_address import events, fake_address, reply, whole
from tests.training.synthetic.writing import ScriptedWriter, answering, failing, good, in_turn, tasks
from training.synthetic.budget import Limits, Meter
from training.synthetic.errors import SynthesisRefused
from training.synthetic.journal import Journal
from training.synthetic.plan import Plan, estimate
from training.synthetic.running import Ending, Progress, Run, run
from training.synthetic.tasks import Task
from training.synthetic.writers import AddressWriter, Asked, Sampling, by_length

PRICES = Prices(Decimal(1), Decimal(2))
FAST = {"pause_s": 0.0}


def plan(**changes: Any) -> Plan:
    return Plan(**(FAST | {"sampling": Sampling(max_tokens=200)} | changes))


async def ran(folder: Path, wanted: list[Task], writer: Any, how: Plan | None = None, **options: Any) -> Run:
    """One run with the journal in `folder`."""
    with Journal(folder / "journal.jsonl") as journal:
        return await run(wanted, writer, journal, how or plan(), **options)


def well(asked: Asked) -> str:
    return good(asked.user)


async def test_every_task_is_asked_once_and_never_again(tmp_path: Path) -> None:
    writer = ScriptedWriter(well)
    first = await ran(tmp_path, tasks(20), writer)
    assert (first.ending, first.progress.settled, len(writer.asked)) == (Ending.DONE, 20, 20)
    again = await ran(tmp_path, tasks(20), writer)
    assert (again.progress.asked, len(writer.asked)) == (0, 20)
    more = await ran(tmp_path, tasks(23), writer)
    assert (more.progress.asked, len(writer.asked)) == (3, 23)


async def test_no_more_are_on_their_way_than_allowed(tmp_path: Path) -> None:
    writer = ScriptedWriter(well)
    await ran(tmp_path, tasks(30), writer, plan(at_once=4))
    assert writer.at_once == 4


async def test_the_same_question_twice_is_asked_once(tmp_path: Path) -> None:
    writer = ScriptedWriter(well)
    ended = await ran(tmp_path, tasks(3) + tasks(3), writer)
    assert (len(writer.asked), ended.progress.settled, ended.progress.total) == (3, 6, 6)


async def test_a_refused_reply_is_asked_for_again_with_another_seed_until_the_attempts_are_used(tmp_path: Path) -> None:
    writer = ScriptedWriter(lambda asked: "nonsense")
    ended = await ran(tmp_path, tasks(2), writer, plan(attempts=3))
    assert (ended.ending, ended.progress.settled, ended.progress.refused, len(writer.asked)) == (Ending.DONE, 2, 6, 6)
    assert len({asked.sampling.seed for asked in writer.asked}) == 6
    assert (await ran(tmp_path, tasks(2), writer, plan(attempts=3))).progress.asked == 0
    writer.script = well
    assert (await ran(tmp_path, tasks(2), writer, plan(attempts=4))).progress.asked == 2


async def test_stopping_lets_replies_on_their_way_come_in_and_keeps_them(tmp_path: Path) -> None:
    stop, writer = asyncio.Event(), ScriptedWriter(well)

    def tell(progress: Progress) -> None:
        if progress.asked == 5:
            stop.set()

    ended = await ran(tmp_path, tasks(30), writer, plan(at_once=3), tell=tell, stop=stop)
    assert ended.ending is Ending.STOPPED
    assert 5 <= len(writer.asked) <= 8
    assert ended.progress.settled == len(writer.asked)
    assert "the same command goes on from there" in ended.in_words(tmp_path)
    rest = await ran(tmp_path, tasks(30), writer)
    assert (rest.progress.settled, len(writer.asked)) == (30, 30)


async def test_a_cancelled_run_has_kept_what_came_in(tmp_path: Path) -> None:
    writer = ScriptedWriter(well)

    def tell(progress: Progress) -> None:
        if progress.asked == 7:
            task.cancel()

    task = asyncio.create_task(ran(tmp_path, tasks(30), writer, plan(at_once=1), tell=tell))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await ran(tmp_path, tasks(30), writer)).progress.asked == 23


BUDGETS = [
    (Limits(tokens=1000), None, "budget of 1,000 tokens"),
    (Limits(money=Decimal("0.0012")), PRICES, "budget of 0.00 USD"),
]


@pytest.mark.parametrize(("limits", "prices", "words"), BUDGETS)
async def test_a_budget_stops_the_run_before_it_is_exceeded(
    tmp_path: Path, limits: Limits, prices: Prices | None, words: str
) -> None:
    writer = ScriptedWriter(well, usage=Usage(100, 50))
    ended = await ran(tmp_path, tasks(30), writer, plan(limits=limits, prices=prices))
    assert ended.ending is Ending.BUDGET
    assert words in ended.in_words(tmp_path)
    assert 0 < len(writer.asked) < 7
    assert ended.used.tokens_in + ended.used.tokens_out <= 1000
    spent = len(writer.asked)
    assert (await ran(tmp_path, tasks(30), writer, plan(limits=limits, prices=prices))).progress.asked == 0
    assert len(writer.asked) == spent, "what earlier runs spent counts"


async def test_what_a_reply_leaves_over_of_its_reserve_is_used(tmp_path: Path) -> None:
    """A request may use 200 tokens out but uses 5: ten fit one after the other, though not two at once."""
    writer = ScriptedWriter(well, usage=Usage(1, 5))
    how = plan(limits=Limits(tokens=700), at_once=8)
    ended = await ran(tmp_path, tasks(10), writer, how)
    assert (ended.ending, len(writer.asked)) == (Ending.DONE, 10)
    assert writer.at_once < 8


def test_time_is_a_budget_too() -> None:
    now = 0.0
    meter = Meter(Limits(seconds=60), None, Usage(), clock=lambda: now)
    assert meter.spent_limit(Usage(1, 1)) == ""
    now = 60.0
    assert meter.spent_limit(Usage(1, 1)) == "the time of 60 s is over"


def test_a_budget_in_money_needs_prices() -> None:
    with pytest.raises(SynthesisRefused, match="needs prices"):
        Meter(Limits(money=Decimal(1)), None, Usage())


async def test_an_estimate_says_what_it_rests_on(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.jsonl") as journal:
        before = estimate(tasks(10), "scripted", journal, plan(prices=PRICES, at_once=2))
        assert (before.requests, before.most.tokens_out, before.likely.tokens_out) == (10, 2000, 1000)
        assert before.seconds == pytest.approx(1000 / 40 / 2)
        assert "10 requests" in before.in_words()
        assert "if a reply takes half of the tokens it may" in before.in_words()
        await run(tasks(5), ScriptedWriter(well), journal, plan(prices=PRICES))
        after = estimate(tasks(10), "scripted", journal, plan(prices=PRICES))
        assert (after.requests, after.likely.tokens_out, after.measured) == (5, 250, True)
        assert estimate(tasks(5), "scripted", journal, plan()).in_words().startswith("Nothing left to ask")


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("a", 1), ("abcd", 1), ("abcde", 2), ("小贩中心", 4), ("小贩ab", 3)]
)
def test_tokens_are_taken_by_length_and_chinese_counts_by_the_character(text: str, tokens: int) -> None:
    assert by_length(text) == tokens


async def test_a_dead_address_is_given_up_with_a_clear_message_and_nothing_is_lost(tmp_path: Path) -> None:
    await ran(tmp_path, tasks(4), ScriptedWriter(well, identity="x"))
    writer = ScriptedWriter(failing(EngineUnavailable("Nothing answers at http://x; start the engine.")), identity="x")
    ended = await ran(tmp_path, tasks(40), writer, plan(at_once=2, retries=1))
    assert ended.ending is Ending.UNANSWERED
    assert "Nothing answers at http://x" in ended.in_words(tmp_path)
    assert "4 of 40 tasks are settled" in ended.in_words(tmp_path)
    assert len(writer.asked) <= 2 * (5 + 2)


async def test_an_address_where_nothing_listens(tmp_path: Path) -> None:
    async with fake_address(whole({})) as address:
        url = address.url
    writer = AddressWriter(Address(url), "m")
    ended = await ran(tmp_path, tasks(9), writer, plan(at_once=3, retries=0))
    assert ended.ending is Ending.UNANSWERED
    assert f"Nothing answers at {url}" in ended.reason
    await writer.close()


async def test_a_wrong_key_ends_the_run_at_once_and_replies_on_their_way_are_kept(tmp_path: Path) -> None:
    async with fake_address(in_turn(answering(good), answering(good), whole({"error": "no"}, 401))) as address:
        writer = AddressWriter(Address(address.url, key_variable="KEY"), "m")
        with pytest.raises(EngineError, match="refuses the key"):
            await ran(tmp_path, tasks(9), writer, plan(at_once=1))
        assert len(address.requests) == 3
        address.answer = answering(good)
        assert (await ran(tmp_path, tasks(9), writer)).progress.asked == 7
        await writer.close()


@pytest.mark.parametrize(
    "fault",
    [
        whole({"error": {"message": "slow down"}}, 429),
        whole({"error": "oops"}, 500),
        whole({"choices": []}),
        whole({"choices": [{"message": {"content": None}}]}),
    ],
    ids=["429", "500", "no choice", "no text"],
)
async def test_a_fault_is_survived_by_asking_again_and_costs_nothing(tmp_path: Path, fault: Any) -> None:
    async with fake_address(in_turn(fault, fault, answering(good))) as address:
        writer = AddressWriter(Address(address.url, read_s=5), "m")
        ended = await ran(tmp_path, tasks(3), writer, plan(at_once=1))
        assert (ended.ending, ended.progress.settled, ended.progress.asked) == (Ending.DONE, 3, 3)
        assert len(address.requests) == 5
        assert ended.used.is_counted
        await writer.close()


@pytest.mark.parametrize("garbage", [whole(b"<html>"), whole(b""), whole(b"[1]")])
async def test_an_address_that_talks_something_else_ends_the_run_and_nothing_is_lost(
    tmp_path: Path, garbage: Any
) -> None:
    async with fake_address(in_turn(answering(good), garbage)) as address:
        writer = AddressWriter(Address(address.url), "m")
        with pytest.raises(EngineError, match="does not answer in JSON as the OpenAI API does"):
            await ran(tmp_path, tasks(3), writer, plan(at_once=1))
        address.answer = answering(good)
        assert (await ran(tmp_path, tasks(3), writer)).progress.asked == 2
        await writer.close()


async def test_an_address_that_goes_silent_is_asked_again(tmp_path: Path) -> None:
    async with fake_address(in_turn(events(then_hang=True), answering(good))) as address:
        writer = AddressWriter(Address(address.url, read_s=0.2), "m")
        ended = await ran(tmp_path, tasks(2), writer, plan(at_once=1))
        assert (ended.progress.settled, len(address.requests)) == (2, 3)
        await writer.close()


async def test_a_prompt_that_is_too_long_fails_alone(tmp_path: Path) -> None:
    def script(asked: Asked) -> str:
        if "number 1\n" in asked.user:
            raise PromptTooLong(9000, 4096)
        return well(asked)

    ended = await ran(tmp_path, tasks(5), ScriptedWriter(script))
    assert (ended.ending, ended.progress.settled, list(ended.failed)) == (Ending.DONE, 4, [1])
    assert "1 tasks had no reply (The prompt is 9,000 tokens long" in ended.in_words(tmp_path)


async def test_the_body_that_is_sent_and_the_usage_that_is_kept(tmp_path: Path) -> None:
    async with fake_address(answering(good, usage=False)) as address:
        writer = AddressWriter(Address(address.url), "gpt-x")
        ended = await ran(tmp_path, tasks(1), writer)
        body = address.requests[0].body
        assert (body["model"], body["max_tokens"], body["top_p"]) == ("gpt-x", 200, 0.95)
        assert [message["role"] for message in body["messages"]] == ["system", "user"]
        assert 0 <= body["seed"] < 2**31
        assert not ended.used.is_counted, "an address that does not count is estimated, and said so"
        await writer.close()


@pytest.mark.parametrize("cut", [1, 40])
async def test_a_torn_last_line_is_dropped_and_asked_for_again(tmp_path: Path, cut: int) -> None:
    writer = ScriptedWriter(well)
    await ran(tmp_path, tasks(5), writer, plan(at_once=1))
    file = tmp_path / "journal.jsonl"
    file.write_bytes(file.read_bytes()[:-cut])
    with Journal(file) as journal:
        assert len(journal.kept) == (5 if cut == 1 else 4)
        assert bool(journal.note) == (cut != 1)
    assert (await ran(tmp_path, tasks(5), writer)).progress.asked == (0 if cut == 1 else 1)


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda lines: [lines[0], "garbage", *lines[1:]], "line 2, is not as it was written"),
        (lambda lines: [lines[0], '{"key": "x"}', *lines[1:]], "line 2, is no reply"),
        (lambda lines: ['{"format": "other/1"}', *lines[1:]], "is no finale-synthesis/1 file"),
    ],
)
async def test_a_spoiled_journal_is_refused_by_line(
    tmp_path: Path, spoil: Callable[[list[str]], list[str]], complaint: str
) -> None:
    await ran(tmp_path, tasks(3), ScriptedWriter(well))
    file = tmp_path / "journal.jsonl"
    file.write_text("\n".join(spoil(file.read_text().splitlines())) + "\n")
    with pytest.raises(FileRefused, match=complaint), Journal(file):
        pass


def test_two_runs_cannot_write_to_one_journal(tmp_path: Path) -> None:
    with Journal(tmp_path / "j"), pytest.raises(FileRefused, match="Another run is writing"), Journal(tmp_path / "j"):
        pass


async def test_a_chat_completion_without_usage_in_one_reply(tmp_path: Path) -> None:
    async with fake_address(whole(reply("nonsense", finish_reason="length"))) as address:
        writer = AddressWriter(Address(address.url), "m")
        assert (await ran(tmp_path, tasks(1), writer, plan(attempts=1))).progress.refused == 1
        await writer.close()
