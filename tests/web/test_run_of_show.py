"""The next step by the book: whoever takes it again and again plays the whole show."""

from server.domain import commands as c
from server.domain.actors import SYSTEM
from server.domain.rules import Component
from server.web.acts import command_from
from server.web.run_of_show import next_step
from tests.stagehand import Stagehand


def taken(hand: Stagehand) -> list[str]:
    """Take steps until there is none; their names."""
    acts = []
    while (step := next_step(hand.state)) is not None:
        hand.do(command_from(step.act, step.fields))
        acts.append(step.act)
    return acts


def test_a_whole_show_is_played_step_by_step() -> None:
    hand = Stagehand()
    assert taken(hand) == ["open-round", "start-clock"]
    for number in (1, 2, 3):
        for finalist in hand.state.event.finalists:
            hand.generate(finalist.id)
        hand.ring().verdicts()
        assert next_step(hand.state) is None
        votes = c.Seal(hand.round.key, hand.round.tally, ())
        hand.do(c.CloseJudging())
        hand.do(votes, SYSTEM)
        acts = taken(hand)
        assert acts[:6] == ["approve", *["reveal-component"] * 3, "reveal-total", "show-standings"]
        assert acts[6:] == (["open-round", "start-clock"] if number < 3 else ["finish"])
    assert hand.state.finished_at is not None


def test_components_come_in_the_events_order() -> None:
    hand = Stagehand().seal()
    hand.do(c.Approve())
    shown = []
    while (step := next_step(hand.state)) is not None and step.act == "reveal-component":
        hand.do(command_from(step.act, step.fields))
        shown.append(Component(step.fields["component"]))
    assert tuple(shown) == hand.state.event.rules.reveal_order


def test_there_is_no_next_step_in_a_pause_under_a_slide_or_in_a_preview() -> None:
    paused = Stagehand().brief()
    paused.do(c.Pause("a cable"))
    assert next_step(paused.state) is None
    held = Stagehand()
    held.do(c.ShowHold("Soon"))
    assert next_step(held.state) is None
    preview = Stagehand().seal()
    preview.do(c.Rejudge("it read half of it"))
    assert next_step(preview.state) is None


def test_after_a_voided_round_comes_the_next_question() -> None:
    hand = Stagehand().start()
    hand.do(c.Void("the projector failed"))
    step = next_step(hand.state)
    assert step is not None
    assert step.act == "open-round"
