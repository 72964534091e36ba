"""Two judges over HTTP, from the bell to a results file that verifies, with a stand-in for the models."""

import asyncio
import json
import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from models.judging import ListwiseJudge, PointwiseJudge
from models.openai_address import Address
from server.domain import commands as c
from server.domain.event import JudgeSeat, Question
from server.domain.exact_checks import CheckKind, ExactCheck
from server.domain.rules import Component
from server.domain.state import Phase
from server.domain.verify import verify
from server.results import bundle_of
from server.retelling import retold
from tests.arena.conftest import Bench
from tests.models.fake_address import Request, fake_address, reply, whole
from tests.models.test_http_judges import listwise_reply

CHECK = ExactCheck(CheckKind.CONTAINS_ANY, words=("table",))


async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
    """Every digit is an 8 to one judge, every mark a 6 to the other."""
    is_list = "response_format" in request.body
    told = listwise_reply(request, lambda letter, text: 6) if is_list else reply("8", logprobs={"8": math.log(1.0)})
    await whole(told)(request, writer)


async def test_a_round_judged_over_http_is_recorded_weighed_and_can_be_verified(tmp_path: Path) -> None:
    async with fake_address(answer) as server:
        address = Address(server.url)
        judges = (ListwiseJudge(address, name="list", model="a"), PointwiseJudge(address, name="point", model="b"))
        seats = tuple(
            JudgeSeat(j.name, j.label, j.prompt_sha256, weight=weight, templates=j.sheet.templates)
            for j, weight in zip(judges, (Fraction(3), Fraction(1)), strict=True)
        )
        question = Question("What is on the table?", checks=(CHECK,), facts=("It is laksa.",))
        bench = Bench(tmp_path, judges=seats, questions=(question, Question("Two?")))
        bench.judges = judges
        await bench.start()
        await bench.do(c.Configure(replace(bench.event, name="A finale with two judges")))
        await bench.judging()
        await bench.until(lambda: {v.judge for v in bench.round.verdicts} == {"list", "point"})
        await bench.do(c.CloseJudging())
        await bench.phase(Phase.SEALED)
        await bench.do(c.Approve())
        await bench.do(c.RevealTotal())
        archive = bench.arena._archive
        bundle = json.loads(json.dumps(bundle_of(archive, bench.arena.state)))  # type: ignore[arg-type]
        await bench.close()
        await address.close()
    report = verify(bundle, retold)
    assert report.ok, report.first_difference
    (round_,) = bundle["rounds"]
    entries = len(bench.event.finalists)
    assert len(bundle["judge_requests"]) == 3 + entries * len(bench.event.rules.scoring.criteria)
    # (3 · 6 + 1 · 8 · 10/9) / 4, each half of the mark beside a check that all passed
    llm = {score["finalist"]: score[Component.LLM.value] for score in round_["scores"]}
    assert {Fraction(mark) for mark in llm.values()} == {(3 * 8 + Fraction("9.444")) / 4}
    assert {row["spread"] for row in round_["verdicts"] if row["judge"] == "list"} == {"0.000"}
    assert all("It is laksa." in request["request"] for request in bundle["judge_requests"])
