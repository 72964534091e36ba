"""The demo judge: with a scripted scorer, and on the real local engine."""

import math
from collections.abc import Mapping
from typing import Any

import pytest

from models.catalogue import Catalogue
from models.judging import DemoJudge, DemoPrompt, Judge, Judgement, read_prompt, run_canaries
from models.judging.canaries import CANARIES
from models.local import LocalEngine
from models.protocol import EngineError

ENTRIES = {"mei": "Laksa is a noodle soup.", "arjun": "My therapist eats laksa.", "farah": "I still hear the wok."}


async def judged(judge: Judge, entries: Mapping[str, str], question: str = "What is it?") -> Judgement:
    return await judge.mark(question=question, criteria=(), entries=entries, reference=None, seed=5)


class ScriptedScorer:
    """Gives the rating 8 to entries about laksa, else 1; fails when told to."""

    def __init__(self, error: EngineError | None = None) -> None:
        self.error, self.asked = error, list[dict[str, Any]]()

    async def score_tokens(self, **asked: Any) -> dict[str, float]:
        self.asked.append(asked)
        if self.error:
            raise self.error
        likely = "8" if "laksa" in asked["question"].lower() else "1"
        return {choice: math.log(0.99 if choice == likely else 0.001) for choice in asked["choices"]}


PROMPT = DemoPrompt("Judge.", "Answer: {answer}\nMark?", "", {str(n): n for n in range(11)})


async def test_the_demo_judge_marks_by_expected_rating_and_says_what_it_is() -> None:
    judge = DemoJudge(ScriptedScorer(), adapter="judge@1", prompt=PROMPT)
    judgement = await judged(judge, ENTRIES | {"priya": ""})
    assert judge.demo
    assert "demonstration only" in judge.label
    assert judgement.verdicts is not None
    assert judgement.verdicts["mei"].mark > 7 > 3 > judgement.verdicts["farah"].mark
    assert judgement.verdicts["mei"].reason == "Demo judge: expected mark 8.0 from token probabilities, spread 0.5."
    assert judgement.verdicts["priya"].mark == 0


async def test_braces_in_an_entry_stay_what_they_are() -> None:
    scorer = ScriptedScorer()
    prompt = DemoPrompt("Judge.", "Q: {question} A: {answer}!", "", {"0": 0, "1": 1})
    await judged(DemoJudge(scorer, adapter="j", prompt=prompt), {"mei": "{question}{answer}{0}"}, question="{answer}?")
    assert scorer.asked[0]["question"] == "Q: {answer}? A: {question}{answer}{0}!"


async def test_a_demo_judge_whose_engine_is_down_abstains() -> None:
    judge = DemoJudge(ScriptedScorer(EngineError("The engine is down.")), adapter="j", prompt=PROMPT)
    judgement = await judged(judge, ENTRIES)
    assert judgement.verdicts is None
    assert "The engine is down." in (judgement.abstained or "")


@pytest.mark.asyncio(loop_scope="session")
async def test_the_demo_judge_works_on_the_real_engine_even_with_long_entries(
    engine: LocalEngine, catalogue: Catalogue
) -> None:
    assert catalogue.judge is not None
    assert catalogue.judge_prompt is not None
    judge = DemoJudge(engine, adapter=catalogue.judge.engine_name, prompt=read_prompt(catalogue.judge_prompt))
    first = await judged(judge, ENTRIES | {"priya": "very long " * 500})
    again = await judged(judge, ENTRIES | {"priya": "very long " * 500})
    assert first.verdicts is not None
    assert first.verdicts == again.verdicts
    assert len({verdict.mark for verdict in first.verdicts.values()}) > 1


@pytest.mark.asyncio(loop_scope="session")
async def test_the_shipped_demo_judge_answers_its_canaries(demo_engine: LocalEngine, demo_catalogue: Catalogue) -> None:
    assert demo_catalogue.judge is not None
    assert demo_catalogue.judge_prompt is not None
    prompt = read_prompt(demo_catalogue.judge_prompt)
    report = await run_canaries(DemoJudge(demo_engine, adapter=demo_catalogue.judge.engine_name, prompt=prompt))
    assert {result.canary for result in report.results} == CANARIES.keys()
    assert next(result for result in report.results if result.canary == "empty").ok
    assert "demonstration only" in report.message
