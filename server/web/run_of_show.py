"""The next step of the show, for an organiser who plays it by the book."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.domain.outstanding import next_component
from server.domain.rules import Component
from server.domain.state import EventState, Phase, Round


@dataclass(frozen=True, slots=True)
class Step:
    """An act and its fields."""

    act: str
    fields: Mapping[str, str] = field(default_factory=dict)


def next_step(state: EventState) -> Step | None:
    """What the organiser would do now; None while a clock runs, during a pause, or when all is done.

    A pause that an outage made ends when an engine answers again; every other pause is somebody's own.
    """
    if state.paused_by_outage and not state.outage:
        return Step("resume")
    if state.finished_at is not None or state.is_paused or state.hold is not None:
        return None
    round_ = state.current
    if round_ is None or round_.phase is Phase.VOIDED:
        return _onwards(state)
    match round_.phase:
        case Phase.BRIEFING:
            return Step("start-clock")
        case Phase.SEALED:
            return _reveal(state, round_)
        case Phase.REVEALED:
            return _onwards(state) if state.standings_shown else Step("show-standings")
    return None


def _reveal(state: EventState, round_: Round) -> Step | None:
    if round_.rejudging is not None:
        return None
    if not round_.approved:
        return Step("approve")
    component = next_component(state, round_)
    return Step("reveal-total") if component is None else Step("reveal-component", {"component": _name(component)})


def _name(component: Component) -> str:
    return component.value


def _onwards(state: EventState) -> Step | None:
    if state.next_number is not None:
        return Step("open-round")
    return Step("finish") if state.scored else None
