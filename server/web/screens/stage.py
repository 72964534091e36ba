"""The stage: what the hall sees. One scene at a time; `domain.visibility` decides what may be in it."""

from dataclasses import dataclass

from server.arena.room import Room
from server.domain.state import EventState, Phase, Round
from server.web.keys import StageKey
from server.web.regions import Region
from server.web.screens import _stage_board as board
from server.web.screens._stage_lanes import lane_regions, names_shown
from server.web.screens._stage_reveal import reveal_news, reveal_regions
from server.web.screens._stage_shell import foot, join_of, pause, phones, top, turnout


@dataclass(frozen=True, slots=True)
class Player:
    lane: int
    name: str


@dataclass(frozen=True, slots=True)
class Welcome:
    event: str
    rehearsal: bool
    rounds: int
    players: tuple[Player, ...]
    link: str
    url: str
    code: str


@dataclass(frozen=True, slots=True)
class Slide:
    """A hold slide: calm words in place of the show."""

    event: str
    rehearsal: bool
    title: str
    words: str


@dataclass(frozen=True, slots=True)
class Scene:
    """The frame of a round: `kind` names it in the stylesheet; `lanes` is how many there are."""

    kind: str
    lanes: int
    players: tuple[Player, ...] = ()


def build(room: Room, key: StageKey, now: int) -> Region:
    """The stage as a tree of regions; the root is `screen`. `now` is not read: nothing here depends on the clock."""
    state = room.state
    if state.hold is not None:
        return _slide(room, state.hold or "We will be right back.", "The show goes on in a moment.")
    if state.finished_at is not None:
        return Region("screen", "stage/champion.html", board.champion(state))
    if state.standings_shown:
        return Region("screen", "stage/standings.html", board.board(state), (foot(room),))
    if state.current is None:
        return _welcome(room)
    return _round(room, state.current)


def _round(room: Room, round_: Round) -> Region:
    match round_.phase:
        case Phase.VOIDED:
            return _slide(room, f"Round {round_.number} does not count.", "The show goes on in a moment.")
        case Phase.UPCOMING | Phase.BRIEFING:
            return _briefing(room, round_)
        case Phase.PROMPTING | Phase.SETTLING:
            return _scene(room, round_, "live", ())
        case Phase.SEALED | Phase.REVEALED if round_.shown or round_.total_shown:
            return _reveal(room, round_)
    return _scene(room, round_, "judging", (turnout(room, round_),))


def _scene(room: Room, round_: Round, kind: str, more: tuple[Region, ...]) -> Region:
    state = room.state
    children = (top(state, round_), *lane_regions(room, round_), *more, foot(room), pause(state))
    return Region("screen", "stage/round.html", Scene(kind, len(state.event.finalists)), children)


def _briefing(room: Room, round_: Round) -> Region:
    state = room.state
    scene = Scene("briefing", len(state.event.finalists), players(state, names_shown(room, round_)))
    return Region("screen", "stage/briefing.html", scene, (top(state, round_), foot(room), pause(state)))


def _reveal(room: Room, round_: Round) -> Region:
    state = room.state
    news = top(state, round_, reveal_news(state, round_), with_clock=False)
    children = (news, *reveal_regions(room, round_), foot(room))
    return Region("screen", "stage/round.html", Scene("reveal", len(state.event.finalists)), children)


def _slide(room: Room, title: str, words: str) -> Region:
    event = room.state.event
    return Region("screen", "stage/slide.html", Slide(event.name, event.rehearsal, title, words), (foot(room),))


def _welcome(room: Room) -> Region:
    event, join = room.state.event, join_of(room)
    view = Welcome(
        event.name, event.rehearsal, len(event.questions), players(room.state, True), join.link, join.url, join.code
    )
    return Region("screen", "stage/welcome.html", view, (phones(room),))


def players(state: EventState, named: bool) -> tuple[Player, ...]:
    """Every lane, with the finalist's name where it may be shown."""
    return tuple(Player(lane, f.name if named else "") for lane, f in enumerate(state.event.finalists))
