"""The desk's one large button and the API's next step are the same, all through a show."""

from server.arena.room import Room
from server.domain import commands as c
from server.domain.actors import SYSTEM
from server.domain.state import EventState
from server.web.acts import command_from
from server.web.run_of_show import next_step as by_the_book
from server.web.screens._organise_steps import next_step as on_the_desk
from tests.stagehand import Stagehand


def states_of_a_show() -> list[EventState]:
    hand = Stagehand()
    seen = [hand.state]
    while hand.state.finished_at is None:
        step = by_the_book(hand.state)
        if step is None:
            hand.seal_current() if hand.round.phase.value == "judging" else hand.ring()
        else:
            hand.do(command_from(step.act, step.fields))
        seen.append(hand.state)
    return seen


def test_the_desk_and_the_api_name_the_same_step_in_every_state() -> None:
    compared = 0
    for state in states_of_a_show():
        book, desk = by_the_book(state), on_the_desk(Room(state))
        if book is not None:
            assert desk.act == book.act
            compared += 1
    assert compared > 20


def test_a_round_that_waits_for_a_second_opinion_has_no_next_step() -> None:
    hand = Stagehand().seal()
    hand.do(c.Rejudge("why"))
    hand.do(c.RecordAbstention(hand.round.key, "judge", "no answer", rejudging=True), SYSTEM)
    assert by_the_book(hand.state) is None
    assert not on_the_desk(Room(hand.state)).act
