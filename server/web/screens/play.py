"""The finalist's laptop: prompt on the left, answer on the right, below what has been tried and what counts."""

from dataclasses import dataclass

from server.arena.room import Room
from server.domain.event import Event
from server.domain.state import EventState, Phase, Round
from server.web.keys import FinalistKey
from server.web.regions import Region
from server.web.screens._countdown import Countdown, countdown
from server.web.screens._models import own_model
from server.web.screens._play_after import result, waiting
from server.web.screens._play_desk import answer, attempts, buttons, desk, restored, shelf, statement

AT_THE_DESK = (Phase.BRIEFING, Phase.PROMPTING, Phase.SETTLING)


__all__ = ["build", "restored"]


@dataclass(frozen=True, slots=True)
class PlayScreen:
    """`view`: lobby (no round), desk (writing), after (from the bell to the next round). `owner`: whose laptop."""

    view: str
    lane: int
    round: str
    owner: str


@dataclass(frozen=True, slots=True)
class PlayTop:
    """Who, which question, how long. `status` says in a few words what is happening."""

    event: str
    rehearsal: bool
    lane: int
    name: str
    number: int
    of: int
    multiplier: int
    question: str
    status: str
    clock: Countdown
    extra_seconds: int


def build(room: Room, key: FinalistKey, now: int) -> Region:
    """The finalist's screen. Raises ValueError if the event has no such finalist."""
    state = room.state
    lane = state.event.lane(key.finalist)
    round_ = state.current
    view = view_of(state)
    context = PlayScreen(view, lane, round_id(round_), f"{state.event.id}:{key.finalist}")
    return Region("screen", "play/screen.html", context, (_top(state, key.finalist), *_parts(room, key, view, now)))


def view_of(state: EventState) -> str:
    """lobby, desk or after."""
    round_ = state.current
    if round_ is None or round_.phase is Phase.VOIDED or state.finished_at is not None:
        return "lobby"
    return "desk" if round_.phase in AT_THE_DESK else "after"


def round_id(round_: Round | None) -> str:
    """The round's key as part of an element's id."""
    return "none" if round_ is None else round_.key.replace(".", "-")


def _parts(room: Room, key: FinalistKey, view: str, now: int) -> tuple[Region, ...]:
    round_ = room.state.current
    stack = shelf(room, key.finalist)
    if view == "lobby" or round_ is None:
        return (waiting(room.state, key.finalist), *own_model(room, key.finalist), stack)
    if view == "after":
        return (result(room.state, round_, key.finalist), stack)
    drawn = (desk, buttons, answer, statement, attempts)
    return (*(draw(room, round_, key.finalist, now) for draw in drawn), stack)


def _top(state: EventState, finalist: str) -> Region:
    event, round_ = state.event, state.current
    lane = event.lane(finalist)
    is_shown = round_ is not None and state.finished_at is None
    context = PlayTop(
        event=event.name,
        rehearsal=event.rehearsal,
        lane=lane,
        name=event.finalists[lane].name,
        number=round_.number if round_ and is_shown else 0,
        of=len(event.questions),
        multiplier=round_.question.multiplier if round_ and is_shown else 1,
        question=round_.question.text if round_ and is_shown else "",
        status=_status(event, state, round_, finalist),
        clock=_clock(state, round_, finalist),
        extra_seconds=_extra_seconds(round_, finalist),
    )
    return Region("play-top", "play/top.html", context)


def _clock(state: EventState, round_: Round | None, finalist: str) -> Countdown:
    """A finalist's clock runs until their answer is in; the audience's is not theirs."""
    if round_ is None or round_.phase not in AT_THE_DESK:
        return Countdown()
    return countdown(state, round_, finalist)


def _extra_seconds(round_: Round | None, finalist: str) -> int:
    running = round_ is not None and round_.phase is Phase.PROMPTING
    return round_.extra_ms.get(finalist, 0) // 1000 if round_ is not None and running else 0


_STATUS = {
    Phase.BRIEFING: "Read the question. The clock starts in a moment.",
    Phase.PROMPTING: "Write, generate, choose.",
    Phase.SETTLING: "The bell has rung.",
    Phase.JUDGING: "Your answer is being judged.",
    Phase.SEALED: "All marks are in. The reveal comes next.",
    Phase.REVEALED: "The round is revealed.",
    Phase.VOIDED: "This round does not count.",
}


def _status(event: Event, state: EventState, round_: Round | None, finalist: str) -> str:
    if state.finished_at is not None:
        return "The show is over."
    if state.paused_by_outage:
        return "The models are being restarted. The clock stands still, and what you sent goes on by itself."
    if state.is_paused:
        return "Paused by the organiser. The clock stands still."
    if round_ is not None and round_.phase is Phase.JUDGING and round_.entry(finalist) is None:
        return "The answers are being judged."
    return "The first question comes soon." if round_ is None else _STATUS.get(round_.phase, "")
