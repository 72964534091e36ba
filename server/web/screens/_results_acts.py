"""What was done by hand, and what went wrong, with the reasons: the journal's acts in plain words."""

from dataclasses import dataclass

from server.domain.state import Act, EventState
from server.web.screens._results_words import named, utc

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
}
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
        detail=named(act.detail, state.event),
        kind=act.kind,
        is_routine=act.kind in ROUTINE,
    )


def _round(state: EventState, key: str) -> str:
    round_ = state.round(key)
    if round_ is None:
        return "Before the first round"
    runs = sum(r.number == round_.number for r in state.rounds)
    return f"Round {round_.number}, run {round_.run}" if runs > 1 else f"Round {round_.number}"
