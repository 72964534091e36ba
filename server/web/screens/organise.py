"""The organiser's desk: the run of show, what happens now and what comes next, everybody's state, every mark.

A second organiser sees the same, for there is one key. Two fragments beside the live tree: a fresh link, "what if".
"""

from collections.abc import Mapping
from dataclasses import dataclass

from server.arena.room import Room
from server.domain.rules import AudienceMethod
from server.domain.state import EventState
from server.web.keys import OrganiserKey
from server.web.regions import Region
from server.web.screens import _organise_judges as judges
from server.web.screens import _organise_lanes as lanes
from server.web.screens import _organise_scores as scores
from server.web.screens import _organise_show as show
from server.web.screens import _organise_side as side
from server.web.screens._organise_dialogs import dialogs
from server.web.screens._organise_what_if import answer, weight_fields
from server.web.templating import draw

METHODS = (
    (AudienceMethod.FAVOURITE.value, "one favourite each"),
    (AudienceMethod.STARS.value, "one to five stars"),
)


@dataclass(frozen=True, slots=True)
class Desk:
    """What stands still on the desk: the fields of "what if", as the event has them."""

    weights: tuple[tuple[str, str, str], ...]
    methods: tuple[tuple[str, str], ...]
    method: str
    trimmed: bool


def build(room: Room, key: OrganiserKey, now: int) -> Region:
    """The desk as a tree of regions; the root is `screen`. `now` is not read: nothing here depends on the clock."""
    state, scoring = room.state, room.state.event.rules.scoring
    method = scoring.audience_method.value
    desk = Desk(weight_fields(scoring), METHODS, method, scoring.experts_trimmed)
    children = (
        show.head(room),
        show.run(state),
        show.now(room),
        scores.scores(state),
        scores.preview(state),
        judges.agreement(room),
        lanes.lanes(room),
        lanes.marks(room),
        scores.standings(room),
        side.readiness(room),
        side.people(room),
        side.join(room),
        side.bots(room),
        side.acts(state),
        dialogs(room),
    )
    return Region("screen", "organise/desk.html", desk, children)


def what_if(state: EventState, form: Mapping[str, str]) -> str:
    """The fragment that answers the "what if" form. Raises Refused."""
    return draw("organise/what_if.html", {"c": answer(state, form)})
