"""What the organiser's dialogs ask: apart from the live regions, so that nothing typed is lost."""

from dataclasses import dataclass

from server.arena.room import Room
from server.domain.event import LETTERS
from server.domain.rules import Component
from server.domain.scoreboard import round_scores
from server.domain.state import Phase
from server.web.regions import Region
from server.web.screens._stage_words import COMPONENT_WORDS


@dataclass(frozen=True, slots=True)
class Dialogs:
    """Options are (value, label) pairs; `components` only those that count in the sealed round."""

    round_key: str
    round_number: int
    finalists: tuple[tuple[str, str], ...]
    components: tuple[tuple[str, str], ...]
    may_replace_models: bool


def dialogs(room: Room) -> Region:
    """The region `org-dialogs`."""
    state, round_ = room.state, room.state.current
    sealed = round_ is not None and round_.phase in (Phase.SEALED, Phase.REVEALED)
    present: tuple[Component, ...] = round_scores(state, round_).present if round_ is not None and sealed else ()
    view = Dialogs(
        round_key=round_.key if round_ else "",
        round_number=round_.number if round_ else 0,
        finalists=tuple((f.id, f"{LETTERS[i]} · {f.name}") for i, f in enumerate(state.event.finalists)),
        components=tuple((part.value, COMPONENT_WORDS[part]) for part in present),
        may_replace_models=room.models is not None and not state.is_locked,
    )
    return Region("org-dialogs", "organise/dialogs.html", view)
