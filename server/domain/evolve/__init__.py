"""Folding: how each event changes the state. No rule is checked here; `decide` did that.

`fold` of a journal gives the state again, bit for bit.
"""

from collections.abc import Iterable

from server.domain import events as e
from server.domain.event import Event
from server.domain.evolve._event import EVENT_WIDE, with_act, with_round
from server.domain.evolve._round import ROUND_WIDE
from server.domain.state import EventState


def initial(event: Event) -> EventState:
    """The state before anything happened."""
    return EventState(event=event)


def fold(state: EventState, happenings: Iterable[tuple[int, e.Happening]]) -> EventState:
    """Apply (at, event) pairs in order."""
    for at, happening in happenings:
        state = evolve(state, happening, at)
    return state


def evolve(state: EventState, happening: e.Happening, at: int) -> EventState:
    """The state after one event. `at`: when it was decided, epoch milliseconds."""
    if isinstance(happening, tuple(EVENT_WIDE)):
        return EVENT_WIDE[type(happening)](state, happening, at)
    round_ = state.current
    assert round_ is not None, f"{type(happening).__name__} needs an open round"
    state = with_round(state, ROUND_WIDE[type(happening)](round_, happening, at))
    act = _organisers_act(happening)
    return state if act is None else with_act(state, at, *act)


def _organisers_act(happening: e.Happening) -> tuple[str, str] | None:
    """Kind and reason, if the event is an organiser's decision that the results must show."""
    match happening:
        case e.BellRung(early=True, reason=reason):
            return "end early", reason
        case e.JudgingClosed(automatic=False):
            return "close judging", ""
        case e.RoundApproved():
            return "approve", ""
        case e.RejudgingAsked(reason=reason):
            return "re-judge", reason
        case e.RejudgingApplied():
            return "apply re-judging", ""
        case e.RejudgingDiscarded():
            return "discard re-judging", ""
    return None
