"""Who may read the results: everyone once the champion is named, before that only the organiser."""

from dataclasses import dataclass

from starlette.requests import Request

from server.domain.actors import Role
from server.domain.errors import NotAllowed
from server.domain.state import EventState, Phase
from server.web.house import house
from server.web.viewers import bearer, viewer

NOT_YET = "The results are published when the champion is named. Come back then."
CLOSED = frozenset({Phase.REVEALED, Phase.VOIDED})


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose eyes the results are drawn for; `is_early`: the show still runs."""

    role: Role
    is_early: bool


PUBLIC = Reader(Role.AUDIENCE, is_early=False)
EARLY = Reader(Role.ORGANISER, is_early=True)


def is_published(state: EventState) -> bool:
    """Whether anyone may have everything: the champion is named and no round is open."""
    return state.finished_at is not None and all(r.phase in CLOSED for r in state.rounds)


def reader(request: Request, state: EventState) -> Reader | None:
    """How the sender of `request` may read the results now; None while they may not."""
    if is_published(state):
        return PUBLIC
    return EARLY if _is_organiser(request) else None


def must_read(request: Request, state: EventState) -> Reader:
    """The same for files. Raises NotAllowed with when to come back."""
    found = reader(request, state)
    if found is None:
        raise NotAllowed(NOT_YET)
    return found


def _is_organiser(request: Request) -> bool:
    keys = house(request).keys
    try:
        if "authorization" in request.headers:
            bearer(request.headers, keys)
        else:
            viewer(request.cookies, Role.ORGANISER, keys)
    except NotAllowed:
        return False
    return True
