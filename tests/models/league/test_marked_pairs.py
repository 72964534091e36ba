"""Judges that give marks, made to compare: scripted, listwise over HTTP, and the shipped demo judge on its engine."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from models.catalogue import Catalogue
from models.judging import DemoJudge, DemoPrompt, ListwiseJudge, read_prompt
from models.judging.league import Answers, Question, win_rate_against
from models.judging.pairs import Fate, Order, Pair, is_inconsistent, mean_preference
from models.judging.pairwise_marks import MarkedPairs, preference
from models.local import LocalEngine
from models.openai_address import Address
from models.protocol import EngineError
from tests.models.fake_address import fake_address
from tests.models.test_http_judges import marking, shown

PAIR = Pair("What is it?", "Laksa is a noodle soup.", "I still hear the wok.")
PROMPT = DemoPrompt("Judge.", "Answer: {answer}\nMark?", "", {str(n): n for n in range(11)})


class Scorer:
    """Gives 8 to answers about laksa, else 1, and counts; fails when told to."""

    def __init__(self, error: EngineError | None = None) -> None:
        self.error, self.asked = error, 0

    async def score_tokens(self, **asked: Any) -> Mapping[str, float]:
        self.asked += 1
        if self.error:
            raise self.error
        likely = "8" if "laksa" in asked["question"].lower() else "1"
        return {choice: math.log(0.99 if choice == likely else 0.001) for choice in asked["choices"]}


def demo_pairs(scorer: Scorer) -> MarkedPairs:
    return MarkedPairs(DemoJudge(scorer, adapter="j", prompt=PROMPT), protocol="demo", together=False)  # type: ignore[arg-type]


async def test_the_higher_mark_wins_in_both_orders_and_each_answer_is_marked_once() -> None:
    scorer = Scorer()
    judge = demo_pairs(scorer)
    looks = [await judge.look(PAIR, order, seed=1) for order in Order]
    assert [look.fate for look in looks] == [Fate.JUDGED] * 2
    assert looks[0].preference == looks[1].preference == pytest.approx(1 / (1 + math.exp(-6.9)), abs=0.01)
    assert scorer.asked == 2
    assert [len(look.requests) for look in looks] == [2, 0]


async def test_a_judge_that_abstains_leaves_the_look_unanswered_and_is_asked_again() -> None:
    scorer = Scorer(EngineError("The engine is down."))
    judge = demo_pairs(scorer)
    look = await judge.look(PAIR, Order.A_FIRST, seed=1)
    assert (look.preference, "engine is down" in look.reason) == (None, True)
    scorer.error = None
    assert (await judge.look(PAIR, Order.A_FIRST, seed=1)).fate is Fate.JUDGED


async def test_a_listwise_judge_is_shown_each_order_once() -> None:
    async with fake_address(marking(lambda letter, text: 8.0 if letter == "A" else 5.0)) as server:
        address = Address(server.url)
        judge = MarkedPairs(ListwiseJudge(address, name="j", model="m", orders=1), protocol="listwise", together=True)
        looks = [await judge.look(PAIR, order, seed=3) for order in Order]
        await address.close()
    assert [shown(request)["A"] for request in server.requests] == [PAIR.a, PAIR.b]
    assert is_inconsistent(looks)
    assert mean_preference(looks) == 0.5


def test_the_same_mark_is_exactly_one_half_and_opposite_differences_cancel() -> None:
    assert preference(0.0) == 0.5
    for difference in (0.001, 0.3, 1.0, 7.7, 10.0):
        assert preference(difference) + preference(-difference) == 1
        assert preference(difference) > 0.5


@pytest.mark.asyncio(loop_scope="session")
async def test_the_shipped_demo_judge_plays_a_small_league(
    demo_engine: LocalEngine, demo_catalogue: Catalogue, tmp_path: Path
) -> None:
    assert demo_catalogue.judge is not None
    assert demo_catalogue.judge_prompt is not None
    demo = DemoJudge(
        demo_engine, adapter=demo_catalogue.judge.engine_name, prompt=read_prompt(demo_catalogue.judge_prompt)
    )
    questions = (
        Question("1", "What is a hawker centre?"),
        Question("2", "Describe laksa in two sentences."),
        Question("3", "Why do Singaporeans queue for food?"),
    )
    sound = (
        "A hawker centre is a hall of many food stalls where a plate of chicken rice costs little.",
        "Laksa is a spicy noodle soup with coconut milk. It is served with prawns, fish cake and cockles.",
        "Singaporeans queue because a long line means that the food at that stall is good.",
    )
    worse = ("centre stalls a many of hall food is where", "I cannot help with that.", "Queue queue queue queue queue")
    judge = MarkedPairs(demo, protocol="demo", together=False)
    ours, theirs = (Answers(n, {str(i): t for i, t in enumerate(s, 1)}) for n, s in (("s", sound), ("w", worse)))
    result = await win_rate_against(questions, ours, theirs, judge, tmp_path / "l.jsonl", "2026-01-01T00:00:00Z")
    assert result.score.is_ranked
    assert result.score.wins.value > 0.5
    assert result.judge.demo
