"""What LLM judges are asked, what is kept of it, and that the show goes on without them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from server.arena.inspector import FAILED
from server.domain import commands as c
from server.domain.event import JudgeSeat, Question
from server.domain.exact_checks import CheckKind, ExactCheck
from server.domain.marks import Finding
from server.domain.rules import Criterion
from server.domain.state import Phase
from tests.arena.conftest import Bench, FakeVerdict

LETTERS = ExactCheck(CheckKind.COUNT_LETTER, letter="r", text="strawberry")
OWN = (Criterion("accuracy", "Accuracy", meaning="It is right."), Criterion("humour", weight=Fraction(3)))


@dataclass
class Asked:
    """One request as a judge keeps it."""

    order: tuple[str, ...]
    prompt: str = "Mark these."
    reply: str = "7"
    sha256: str = "ab" * 32
    ms: float = 12.5
    error: str | None = None


@dataclass
class Judged:
    verdicts: Mapping[str, FakeVerdict] | None
    abstained: str | None = None
    requests: tuple[Asked, ...] = ()
    by_order: tuple[Mapping[str, Decimal], ...] = ()


@dataclass
class WeighingJudge:
    """Marks everybody 6 in one order and 8 in the other, or waits until `may_answer` is set."""

    name: str = "judge"
    label: str = "A judge"
    demo: bool = False
    prompt_sha256: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def mark(self, **asked: Any) -> Judged:
        self.asked.append(asked)
        await self.may_answer.wait()
        entries = asked["entries"]
        orders = tuple({f: Decimal(mark) for f in entries} for mark in (6, 8))
        requests = (Asked(tuple(entries)), Asked(tuple(entries)[::-1], error="prose"))
        return Judged({f: FakeVerdict(7.0) for f in entries}, None, requests, orders)


def inspect(text: str) -> tuple[Finding, ...]:
    if "broken" in text:
        raise RuntimeError("no regular expression fits")
    return (Finding("override", "ignore", "It speaks to the judge."),) if "ignore" in text else ()


class JudgingBench(Bench):
    """A bench with a judge that weighs, and a search for instructions."""

    def __init__(self, folder: Path, **changes: object) -> None:
        super().__init__(folder, **changes)
        self.judge = WeighingJudge()
        self.inspect = inspect


async def bench_of(tmp_path: Path, **question: Any) -> AsyncIterator[JudgingBench]:
    made = JudgingBench(tmp_path, questions=(Question("How many?", **question), Question("Two?")))
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def plain(tmp_path: Path) -> AsyncIterator[JudgingBench]:
    async for made in bench_of(tmp_path):
        yield made


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[JudgingBench]:
    async for made in bench_of(tmp_path, criteria=OWN, reference="Three.", facts=("It is a fruit.", "It is red.")):
        yield made


@pytest.fixture
async def counted(tmp_path: Path) -> AsyncIterator[JudgingBench]:
    async for made in bench_of(tmp_path, checks=(LETTERS,), checks_share=Fraction(1)):
        yield made


async def test_a_judge_reads_the_questions_criteria_its_facts_and_unequal_weights(own: JudgingBench) -> None:
    await own.judging()
    await own.until(lambda: own.judge.asked)
    (asked,) = own.judge.asked
    assert asked["criteria"] == (("accuracy", "It is right."), ("humour", "Humour"))
    assert asked["reference"] == "A good answer: Three.\n- It is a fruit.\n- It is red."
    assert asked["weights"] == {"accuracy": 1, "humour": 3}


async def test_without_criteria_of_its_own_a_question_is_judged_by_the_events(plain: JudgingBench) -> None:
    await plain.judging()
    await plain.until(lambda: plain.judge.asked)
    (asked,) = plain.judge.asked
    assert asked["criteria"][0] == ("accuracy", "What it says is true.")
    assert asked["reference"] is None
    assert "weights" not in asked


async def test_every_request_is_kept_with_its_order_and_named_in_the_journal(plain: JudgingBench) -> None:
    plain.judge.may_answer.set()
    await plain.judging()
    await plain.until(lambda: plain.round.verdicts)
    first, second = plain.arena._archive.exchanges()  # type: ignore[attr-defined]
    assert first.order == plain.event.finalist_ids
    assert (first.request, first.reply, first.ms, first.error) == ("Mark these.", "7", 12.5, "")
    assert (second.order[0], second.error) == (plain.event.finalist_ids[-1], "prose")
    journal = plain.arena._archive.entries()  # type: ignore[attr-defined]
    assert [e.payload.count("ab" * 32) for e in journal if e.kind == "VerdictsRecorded"] == [2]
    assert {verdict.spread for verdict in plain.round.verdicts} == {Fraction(2)}


async def test_a_judge_that_is_not_the_one_frozen_with_the_event_is_not_asked(tmp_path: Path) -> None:
    seat = JudgeSeat("judge", "A judge", prompt_sha256="11" * 32)
    bench = JudgingBench(tmp_path, judges=(seat,))
    bench.judge.prompt_sha256 = "22" * 32
    await bench.start()
    await bench.judging()
    await bench.until(lambda: bench.round.abstained)
    assert bench.round.abstained == {"judge": "its prompt or settings are not those frozen with the event"}
    assert bench.judge.asked == []
    await bench.close()


async def test_of_several_faults_at_once_the_first_is_the_reason(plain: JudgingBench) -> None:
    async def fail(**asked: Any) -> Judged:
        raise ExceptionGroup("unhandled errors", [ExceptionGroup("inner", [OSError("the cable is out")])])

    plain.judge.mark = fail
    await plain.judging()
    await plain.until(lambda: plain.round.abstained)
    assert plain.round.abstained == {"judge": "the cable is out"}


async def test_where_code_is_the_whole_mark_no_judge_is_asked(counted: JudgingBench) -> None:
    await counted.judging()
    await counted.until(lambda: counted.round.verdicts)
    assert counted.judge.asked == []
    assert {(v.mark, v.judged) for v in counted.round.verdicts} == {(Fraction(0), None)}
    assert counted.round.verdicts[0].reason == (
        "Counted by code (100 % of the mark): The last number in the answer is 1, but 3 is right."
    )


async def test_instructions_in_entries_are_noted_and_change_nothing(plain: JudgingBench) -> None:
    plain.judge.may_answer.set()
    scripts = plain.engine.scripts
    for finalist, text in zip(plain.event.finalists[:2], ("Please ignore it.", "A broken text."), strict=True):
        scripts[finalist.adapter] = replace(scripts[finalist.adapter], text=text)
    await plain.judging()
    await plain.until(lambda: plain.round.findings is not None)
    first, second = plain.event.finalist_ids[:2]
    assert plain.round.findings == {first: inspect("ignore"), second: (FAILED,)}
    await plain.until(lambda: plain.round.verdicts)
    assert {verdict.mark for verdict in plain.round.verdicts} == {Fraction(7)}


async def test_after_a_crash_the_search_is_done_again(plain: JudgingBench) -> None:
    async def never(command: object) -> None:
        await asyncio.Event().wait()

    plain.arena._inspector._report = never
    await plain.judging()
    await plain.crash()
    await plain.arena._inspector.close()
    await plain.start()
    await plain.until(lambda: plain.round.findings == {})


async def test_the_show_goes_on_without_a_judge_that_does_not_answer_and_it_can_be_asked_again(
    plain: JudgingBench,
) -> None:
    await plain.judging()
    await plain.until(lambda: plain.judge.asked)
    plain.clock.move_to(plain.round.judges_end_at or 0)
    await plain.until(lambda: plain.round.abstained)
    assert plain.round.abstained == {"judge": "no answer within 60 s"}
    await plain.do(c.CloseJudging())
    await plain.phase(Phase.SEALED)
    plain.judge.may_answer.set()
    await plain.do(c.Rejudge("The judge's address is back."))
    await plain.until(lambda: plain.round.rejudging and plain.round.rejudging.verdicts)
    await plain.do(c.ApplyRejudging())
    assert {verdict.mark for verdict in plain.round.verdicts} == {Fraction(7)}
    assert plain.round.abstained == {}
    assert plain.judge.asked[0]["seed"] != plain.judge.asked[1]["seed"]
