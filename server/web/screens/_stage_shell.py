"""What surrounds the lanes: the question and the clock above, the way in below, the pause over it all."""

from dataclasses import dataclass

from server.arena.room import Room
from server.domain.actors import Role
from server.domain.duties import ballots_open_until
from server.domain.state import EventState, Phase, Round
from server.domain.visibility import Thing, may_see
from server.web.regions import Region
from server.web.screens._stage_clock import Clock, clock_of
from server.web.screens._stage_words import bare, counted

TWO_LINES_CHARS = 160


@dataclass(frozen=True, slots=True)
class Top:
    """`is_long`: the question needs more than two lines to stay readable. `is_alone`: it has the stage to itself.

    `news`: the phase in words.
    """

    event: str
    rehearsal: bool
    round: str
    theme: str
    multiplier: int
    question: str
    is_long: bool
    is_alone: bool
    news: str
    clock: Clock | None


@dataclass(frozen=True, slots=True)
class Join:
    """`link` is what the QR leads to, `url` what a person types. Both are empty until the address is known."""

    link: str
    url: str
    code: str


@dataclass(frozen=True, slots=True)
class Phones:
    words: str


@dataclass(frozen=True, slots=True)
class Turnout:
    """Who is in, never who leads."""

    experts: str
    audience: str
    audience_state: str
    judge: str


@dataclass(frozen=True, slots=True)
class PauseView:
    paused: bool
    reason: str
    clock: Clock | None


def top(state: EventState, round_: Round, news: str = "", with_clock: bool = True) -> Region:
    """The region `stage-top`."""
    question = round_.question
    view = Top(
        event=state.event.name,
        rehearsal=state.event.rehearsal,
        round=f"Round {round_.number} of {len(state.event.questions)}",
        theme=question.theme,
        multiplier=question.multiplier,
        question=question.text if may_see(Role.STAGE, Thing.QUESTION, state, round_) else "",
        is_long=len(question.text) > TWO_LINES_CHARS,
        is_alone=round_.phase in (Phase.UPCOMING, Phase.BRIEFING),
        news=news or _news(round_),
        clock=clock_of(state) if with_clock else None,
    )
    return Region("stage-top", "stage/top.html", view)


def _news(round_: Round) -> str:
    match round_.phase:
        case Phase.SETTLING:
            return "The bell has rung. Last words …"
        case Phase.JUDGING if round_.closing:
            return "The marks are being counted."
        case Phase.JUDGING if not round_.entries:
            return "No entry this round."
        case Phase.JUDGING if round_.voting_closed:
            return "The vote is closed. The last marks are coming in."
        case Phase.JUDGING:
            return "Your vote: one phone, one favourite."
        case Phase.SEALED:
            return "All marks are in. The reveal is next."
    return ""


def join_of(room: Room) -> Join:
    """The way in for phones."""
    if not room.public_url:
        return Join("", "", "")
    link = f"{room.public_url.rstrip('/')}/vote"
    return Join(f"{link}?c={room.code}" if room.code else link, bare(link), room.code)


def foot(room: Room) -> Region:
    """The region `stage-foot` with the leaf `stage-phones`."""
    return Region("stage-foot", "stage/foot.html", join_of(room), (phones(room),))


def phones(room: Room) -> Region:
    """The leaf that changes with every phone."""
    return Region("stage-phones", "stage/phones.html", Phones(f"{counted(room.presence.phones, 'phone')} in"))


def turnout(room: Room, round_: Round) -> Region:
    """The region `stage-turnout`."""
    state = room.state
    is_open = ballots_open_until(state) is not None
    votes = room.votes if round_.phase is Phase.JUDGING else round_.tally.counted
    view = Turnout(
        experts=f"{len(round_.experts_in)} of {len(state.event.experts)}",
        audience=counted(votes, "vote"),
        audience_state="" if is_open else "paused" if state.is_paused else "closed",
        judge=_judge(state, round_),
    )
    return Region("stage-turnout", "stage/turnout.html", view)


def _judge(state: EventState, round_: Round) -> str:
    marked = {v.judge for v in round_.verdicts}
    waiting = [j for j in state.event.judges if j.name not in marked and j.name not in round_.abstained]
    if not state.event.judges:
        return "none"
    if waiting and round_.phase is Phase.JUDGING:
        return "reading"
    return "ready" if marked else "abstained"


def pause(state: EventState) -> Region:
    """The region `stage-pause`: empty while the show runs."""
    view = PauseView(state.is_paused, state.pause_reason, clock_of(state) if state.is_paused else None)
    return Region("stage-pause", "stage/pause.html", view)
