"""The canaries, on the judge model that obeys: they die without the defence and live with it."""

import pytest

from models.judging.canaries import CANARIES, CRITERIA, QUESTION, SOUND, run_canaries
from models.judging.injection import find_instructions
from tests.models.redteam.test_redteam import bare, list_judge, obedient, switch, uncleaned

ORDERS = CANARIES.keys() - {"empty", "refusal"}


def test_every_canary_that_gives_an_order_is_flagged_and_nothing_else_is() -> None:
    assert {name for name, text in (CANARIES | {"sound": SOUND}).items() if find_instructions(text)} == ORDERS


async def test_an_obedient_judge_without_the_defence_falls_for_the_canaries(monkeypatch: pytest.MonkeyPatch) -> None:
    switch(monkeypatch, cleaned=uncleaned, fenced=bare)
    async with obedient(list_judge) as (judge, _):
        report = await run_canaries(judge)
    assert not report.ok
    assert {result.canary for result in report.results if not result.ok} >= ORDERS


async def test_the_same_judge_behind_the_fences_keeps_them_at_the_floor_in_one_judgement() -> None:
    async with obedient(list_judge, is_learning=True) as (judge, model):
        harmless = {str(number): f"A line about food, number {number}." for number in range(len(CANARIES))}
        await judge.mark(question=QUESTION, criteria=CRITERIA, entries=harmless, reference=None, seed=0)
        model.is_learning = False
        report = await run_canaries(judge)
    assert report.ok, report.message
    assert {result.mark for result in report.results} == {0}
    assert report.results[0].canary == "empty"
