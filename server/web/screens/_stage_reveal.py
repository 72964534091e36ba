"""The reveal: component by component as bars in each lane, then the totals."""

from dataclasses import dataclass

from server.arena.room import Room
from server.domain.actors import Role
from server.domain.event import Finalist
from server.domain.rules import Component
from server.domain.scoreboard import round_scores
from server.domain.scoring import RoundScores
from server.domain.standings import winners
from server.domain.state import EventState, Round
from server.domain.visibility import Thing, may_see, shown_components
from server.web.regions import Region
from server.web.screens._outcome import in_points
from server.web.screens._stage_lanes import names_shown
from server.web.screens._stage_words import COMPONENT_WORDS, counted

NEWS = {
    Component.AUDIENCE: "The audience has voted",
    Component.EXPERTS: "The experts' marks",
    Component.LLM: "The LLM judge's marks",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One component of one lane. `value`: 0 to 10; None where it is not revealed yet, or absent."""

    key: str
    label: str
    is_shown: bool
    value: float | None
    shown: str


@dataclass(frozen=True, slots=True)
class RevealLane:
    """`total`: empty until it is revealed."""

    lane: int
    name: str
    marks: tuple[Mark, ...]
    total: str
    multiplier: int
    is_winner: bool
    note: str


@dataclass(frozen=True, slots=True)
class Absences:
    """Why a revealed component counts for nobody in this round; `sealed`: why there is no total yet."""

    words: tuple[str, ...]
    sealed: str


def reveal_regions(room: Room, round_: Round) -> tuple[Region, ...]:
    """The lanes with their bars, and the region `stage-absent`."""
    state = room.state
    scores = round_scores(state, round_)
    lanes = (
        Region(f"lane-{lane}", "stage/reveal_lane.html", _lane(room, round_, scores, lane, finalist))
        for lane, finalist in enumerate(state.event.finalists)
    )
    return (*lanes, Region("stage-absent", "stage/absent.html", _absences(state, round_, scores)))


def reveal_news(state: EventState, round_: Round) -> str:
    """What was revealed last, in words."""
    if may_see(Role.STAGE, Thing.TOTAL, state, round_):
        return "The totals"
    shown = shown_components(Role.STAGE, state, round_)
    if not shown:
        return "The reveal"
    absent = shown[-1] in round_scores(state, round_).absent
    return f"{COMPONENT_WORDS[shown[-1]]}: absent this round" if absent else NEWS[shown[-1]]


def reveal_order(state: EventState) -> tuple[Component, ...]:
    """Every component once, in the event's order of reveal."""
    return tuple(dict.fromkeys((*state.event.rules.reveal_order, *Component)))


def _lane(room: Room, round_: Round, scores: RoundScores, lane: int, finalist: Finalist) -> RevealLane:
    score = scores.scores[finalist.id]
    total_shown = may_see(Role.STAGE, Thing.TOTAL, room.state, round_)
    return RevealLane(
        lane=lane,
        name=finalist.name if names_shown(room, round_) else "",
        marks=tuple(_mark(room.state, round_, scores, finalist.id, part) for part in reveal_order(room.state)),
        total=in_points(score.score) if total_shown else "",
        multiplier=round_.question.multiplier,
        is_winner=total_shown and finalist.id in winners(scores),
        note="" if finalist.id in round_.entries else "no entry this round",
    )


def _mark(state: EventState, round_: Round, scores: RoundScores, finalist: str, part: Component) -> Mark:
    is_shown = part in shown_components(Role.STAGE, state, round_)
    mark = scores.scores[finalist][part] if is_shown else None
    words = "absent" if is_shown and mark is None else in_points(mark) if is_shown else ""
    return Mark(part.value, COMPONENT_WORDS[part], is_shown, None if mark is None else float(mark), words)


def _absences(state: EventState, round_: Round, scores: RoundScores) -> Absences:
    shown = shown_components(Role.STAGE, state, round_)
    words = tuple(
        f"{COMPONENT_WORDS[part]} absent this round, for everyone: {why}{_turnout(state, round_, part)}."
        for part, why in scores.absent.items()
        if part in shown
    )
    withheld = round_.total_shown and not may_see(Role.STAGE, Thing.TOTAL, state, round_)
    return Absences(words, "The totals of this round stay sealed until the champion is named." if withheld else "")


def _turnout(state: EventState, round_: Round, part: Component) -> str:
    quorum = state.event.rules.scoring.audience_quorum
    if part is not Component.AUDIENCE or round_.tally.counted >= quorum:
        return ""
    return f" ({counted(round_.tally.counted, 'vote')}, {quorum} needed)"
