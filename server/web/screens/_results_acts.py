"""What was done by hand, and what went wrong, with the reasons: the journal's acts in plain words."""

import re
from dataclasses import dataclass
from fractions import Fraction

from server.domain.rules import Component
from server.domain.state import Act, EventState
from server.web.screens._results_words import LABELS, named, number, utc

KINDS = {
    "pause": "Paused",
    "resume": "Resumed",
    "extend": "More time",
    "end early": "Bell rung early",
    "close judging": "Judging closed by hand",
    "approve": "Scores approved",
    "re-judge": "Judges asked again",
    "apply re-judging": "Second opinion applied",
    "discard re-judging": "Second opinion discarded",
    "correct": "Mark corrected",
    "void": "Round voided",
    "link": "Fresh link",
    "downtime": "Server away, clocks moved",
    "incident": "Incident",
    "outage": "No engine answers",
    "recovery": "Engines answer again",
}
FRACTION = re.compile(r"(?<=[ ])\d+(/\d+)?(?=$| →)")
ROUTINE = frozenset({"approve", "close judging"})


@dataclass(frozen=True, slots=True)
class ActView:
    """One act. `at_iso` and `at`: the moment for machines and for the eye, UTC."""

    at_iso: str
    at: str
    what: str
    round: str
    reason: str
    detail: str
    kind: str
    is_routine: bool


def act_views(state: EventState) -> tuple[ActView, ...]:
    """All acts in their order."""
    return tuple(_view(state, act) for act in state.acts)


def _view(state: EventState, act: Act) -> ActView:
    iso, clock = utc(act.at)
    return ActView(
        at_iso=iso,
        at=clock,
        what=KINDS.get(act.kind, act.kind.capitalize()),
        round=_round(state, act.round),
        reason=act.reason,
        detail=_detail(state, act),
        kind=act.kind,
        is_routine=act.kind in ROUTINE,
    )


def _detail(state: EventState, act: Act) -> str:
    words = named(act.detail, state.event)
    if act.kind != "correct":
        return words
    part, _, rest = words.partition(" ")
    return f"{LABELS[Component(part)]} {FRACTION.sub(_rounded, rest)}"


def _rounded(found: re.Match[str]) -> str:
    return number(Fraction(found[0])).text


def _round(state: EventState, key: str) -> str:
    round_ = state.round(key)
    if round_ is None:
        return "Before the first round"
    runs = sum(r.number == round_.number for r in state.rounds)
    return f"Round {round_.number}, run {round_.run}" if runs > 1 else f"Round {round_.number}"
