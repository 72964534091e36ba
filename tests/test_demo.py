"""The demo event can be played as it is."""

from server.demo import FINALISTS, QUESTIONS, SHELVES, demo_event
from server.domain.event import JudgeSeat
from server.domain.setup import check_event

ADAPTERS = {id_: (f"{id_}@0123", "ab" * 32) for id_, _ in FINALISTS}


def test_the_demo_is_a_rehearsal_that_can_be_played() -> None:
    event = demo_event(ADAPTERS, [JudgeSeat("demo-judge", "Demo judge", demo=True)], "seed")
    check_event(event)
    assert event.rehearsal
    assert event.rules.scoring.audience_quorum == 1
    assert [f.adapter for f in event.finalists] == [f"{id_}@0123" for id_, _ in FINALISTS]


def test_seven_questions_the_last_for_double_points() -> None:
    assert [question.multiplier for question in QUESTIONS] == [1, 1, 1, 1, 1, 1, 2]
    assert len({question.theme for question in QUESTIONS}) == 7


def test_everybody_finds_prompts_on_their_shelf_and_five_experts_are_there() -> None:
    assert set(SHELVES) == {id_ for id_, _ in FINALISTS}
    assert all(1 < len(prompts) <= 20 for prompts in SHELVES.values())
    assert len(demo_event({}, [], "seed").experts) == 5
