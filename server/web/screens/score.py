"""The expert's tablet: the entries in the expert's own order, sliders, one Send, everything kept offline."""

from dataclasses import dataclass, field

from server.arena.room import Room
from server.domain.actors import Role
from server.domain.components import card_mark
from server.domain.duties import scorecards_open
from server.domain.marks import Scorecard
from server.domain.orders import expert_order
from server.domain.state import EventState, Phase, Round
from server.domain.visibility import Thing, may_see, shown_components
from server.web.keys import ExpertKey
from server.web.regions import Region
from server.web.screens._countdown import Countdown, countdown
from server.web.screens._outcome import OutcomeRow, in_points, outcome
from server.web.screens._score_words import CLOSED, COUNTED, LOBBY, NOT_COUNTED, STATUS

MARKING = (Phase.JUDGING, Phase.SEALED)


@dataclass(frozen=True, slots=True)
class ScoreScreen:
    """`view`: lobby, marking (open or locked), result."""

    view: str
    round: str


@dataclass(frozen=True, slots=True)
class ScoreTop:
    event: str
    rehearsal: bool
    expert: str
    number: int
    of: int
    multiplier: int
    question: str
    theme: str
    status: str
    clock: Countdown
    clock_label: str


@dataclass(frozen=True, slots=True)
class ScoreLobby:
    title: str
    words: str
    next: str


@dataclass(frozen=True, slots=True)
class CriterionField:
    """One slider; `value` as on load, None while not marked, never compared (see Cards).

    `hint`: what a criterion of the question's own means; the event's criteria everybody knows.
    """

    key: str
    label: str
    share: str
    hint: str
    value: float | None = field(compare=False)


@dataclass(frozen=True, slots=True)
class EntryCard:
    finalist: str
    lane: int
    name: str
    text: str
    fields: tuple[CriterionField, ...]
    note: str = field(compare=False)


@dataclass(frozen=True, slots=True)
class Cards:
    """The entries in this expert's order. Marks are filled in on load and then belong to the tablet (score.js)."""

    event: str
    expert: str
    round: str
    open: bool
    cards: tuple[EntryCard, ...]


@dataclass(frozen=True, slots=True)
class SendBar:
    """`verdict`: what became of the scorecard once the round is closed."""

    open: bool
    sent: bool
    total: int
    verdict: str


@dataclass(frozen=True, slots=True)
class PanelResult:
    """The round's result with the expert's own marks beside: finalist → own mark in points."""

    rows: tuple[OutcomeRow, ...]
    own: tuple[tuple[str, str], ...]
    parts: tuple[str, ...]
    has_total: bool


def build(room: Room, key: ExpertKey, now: int) -> Region:
    """The expert's screen."""
    round_ = room.state.current
    view = view_of(room.state)
    context = ScoreScreen(view, "none" if round_ is None else round_.key.replace(".", "-"))
    return Region("screen", "score/screen.html", context, (_top(room.state, key.expert), *_parts(room, key, view)))


def view_of(state: EventState) -> str:
    """lobby, marking or result."""
    round_ = state.current
    if round_ is None or state.finished_at is not None or not may_see(Role.EXPERT, Thing.ENTRIES, state, round_):
        return "lobby"
    return "result" if shown_components(Role.EXPERT, state, round_) or round_.phase not in MARKING else "marking"


def _parts(room: Room, key: ExpertKey, view: str) -> tuple[Region, ...]:
    round_ = room.state.current
    if view == "lobby" or round_ is None:
        return (Region("score-lobby", "score/lobby.html", _lobby(room.state)),)
    if view == "result":
        return (Region("score-result", "score/result.html", _result(room.state, round_, key.expert)),)
    return (_cards(room, round_, key.expert), _bar(room, round_, key.expert))


def _top(state: EventState, expert: str) -> Region:
    round_ = state.current if state.finished_at is None else None
    is_open = round_ is not None and round_.phase is Phase.JUDGING and not round_.closing
    clock = countdown(state, round_)
    context = ScoreTop(
        event=state.event.name,
        rehearsal=state.event.rehearsal,
        expert=next((x.name for x in state.event.experts if x.id == expert), ""),
        number=round_.number if round_ else 0,
        of=len(state.event.questions),
        multiplier=round_.question.multiplier if round_ else 1,
        question=round_.question.text if round_ else "",
        theme=round_.question.theme if round_ else "",
        status=_status(state, round_),
        clock=clock,
        clock_label=_clock_label(round_, clock, is_open),
    )
    return Region("score-top", "score/top.html", context)


def _status(state: EventState, round_: Round | None) -> str:
    if state.is_paused:
        return "Paused by the organiser. You can go on marking."
    return "" if round_ is None else CLOSED if round_.closing else STATUS.get(round_.phase, "")


def _clock_label(round_: Round | None, clock: Countdown, is_open: bool) -> str:
    if is_open:
        return "Audience votes" if clock.is_shown else "The audience has voted"
    return "Finalists write" if clock.is_shown else ""


def _lobby(state: EventState) -> ScoreLobby:
    if state.finished_at is not None:
        return ScoreLobby(*LOBBY["finished"])
    phase = state.current.phase if state.current else Phase.UPCOMING
    return ScoreLobby(*LOBBY.get(phase.value, LOBBY["upcoming"]))


def _cards(room: Room, round_: Round, expert: str) -> Region:
    state = room.state
    order = expert_order(state.event.seed, round_.key, expert, round_.ballot_order)
    cards = tuple(_card(room, round_, finalist, room.cards.get((expert, finalist))) for finalist in order)
    is_open = scorecards_open(state) == round_.key
    context = Cards(state.event.id, expert, round_.key, is_open, cards)
    return Region("score-cards", "score/cards.html", context)


def _card(room: Room, round_: Round, finalist: str, saved: Scorecard | None) -> EntryCard:
    state = room.state
    lane = state.event.lane(finalist)
    entry = round_.entry(finalist)
    names = may_see(Role.EXPERT, Thing.NAMES, state, round_)
    return EntryCard(
        finalist=finalist,
        lane=lane,
        name=state.event.finalists[lane].name if names else "",
        text=entry.text if entry else "",
        fields=_fields(state, round_, saved),
        note=saved.note if saved else "",
    )


def _fields(state: EventState, round_: Round, saved: Scorecard | None) -> tuple[CriterionField, ...]:
    criteria = state.event.criteria_of(round_.question)
    whole = sum(criterion.weight for criterion in criteria)
    equal = len({criterion.weight for criterion in criteria}) == 1
    marks = saved.marks if saved else {}
    return tuple(
        CriterionField(
            key=x.key,
            label=x.title,
            hint=x.meaning if round_.question.criteria else "",
            share="" if equal else f"{round(100 * x.weight / whole)} %",
            value=float(marks[x.key]) if x.key in marks else None,
        )
        for x in criteria
    )


def _bar(room: Room, round_: Round, expert: str) -> Region:
    is_open = scorecards_open(room.state) == round_.key
    is_sent = expert in room.sent or expert in round_.experts_in
    verdict = "" if is_open else COUNTED if is_sent else NOT_COUNTED
    return Region("score-bar", "score/bar.html", SendBar(is_open, is_sent, len(round_.entries), verdict))


def _result(state: EventState, round_: Round, expert: str) -> PanelResult:
    criteria = state.event.criteria_of(round_.question)
    own = {card.finalist: card_mark(criteria, card) for card in round_.scorecards if card.expert == expert}
    rows = outcome(state, round_, Role.EXPERT)
    return PanelResult(
        rows=rows,
        own=tuple((finalist, in_points(mark)) for finalist, mark in own.items() if mark is not None),
        parts=tuple(part.value for part in shown_components(Role.EXPERT, state, round_)),
        has_total=any(row.place for row in rows),
    )
