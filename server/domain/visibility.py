"""The one question: who may see what, now. Pages and sockets ask here and nowhere else (promise 4)."""

from enum import StrEnum

from server.domain.actors import Role
from server.domain.rules import Component
from server.domain.state import LIVE, EventState, Phase, Round


class Thing(StrEnum):
    """What there is to see in a round."""

    QUESTION = "question"
    NAMES = "names"
    STREAMS = "streams"
    ENTRIES = "entries"
    PROMPTS = "prompts"
    TURNOUT = "turnout"
    TALLY = "tally"
    MARKS = "marks"
    TOTAL = "total"


_ENTRIES_FROM = (Phase.JUDGING, Phase.SEALED, Phase.REVEALED)


def may_see(role: Role, thing: Thing, state: EventState, round_: Round) -> bool:
    """Whether `role` may see `thing` of `round_` now. A finalist's own prompt and answer are always theirs."""
    if role in (Role.ORGANISER, Role.SYSTEM):
        return True
    if state.finished_at is not None and round_.phase is Phase.REVEALED:
        return thing is not Thing.TALLY
    match thing:
        case Thing.QUESTION:
            return round_.phase is not Phase.UPCOMING
        case Thing.NAMES:
            return _sees_names(role, state, round_)
        case Thing.STREAMS:
            return role is Role.STAGE and round_.phase in (Phase.PROMPTING, Phase.SETTLING)
        case Thing.ENTRIES:
            return round_.phase in _ENTRIES_FROM
        case Thing.PROMPTS:
            return round_.phase is Phase.REVEALED
        case Thing.TURNOUT:
            return role is Role.STAGE
        case Thing.TOTAL:
            return round_.total_shown and not _is_withheld(state, round_)
    return False


def _sees_names(role: Role, state: EventState, round_: Round) -> bool:
    judged_blind = state.event.rules.blind and round_.phase in LIVE and not round_.shown
    return role is Role.FINALIST or not judged_blind


def shown_components(role: Role, state: EventState, round_: Round) -> tuple[Component, ...]:
    """The components whose marks `role` may see."""
    if role in (Role.ORGANISER, Role.SYSTEM):
        sealed = round_.phase in (Phase.SEALED, Phase.REVEALED)
        return tuple(Component) if sealed else ()
    if round_.phase not in (Phase.SEALED, Phase.REVEALED):
        return ()
    return round_.shown


def _is_withheld(state: EventState, round_: Round) -> bool:
    """Totals of the last round are kept back while standings are frozen, until the champion is named."""
    frozen = state.event.rules.freeze_before_last and state.finished_at is None
    return frozen and state.is_last(round_)
