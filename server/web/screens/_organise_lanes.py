"""Entries and marks as they come in: one row for each finalist, the judges, the experts, the votes."""

from dataclasses import dataclass

from server.arena.room import LiveText, Room
from server.domain.event import Expert, Finalist
from server.domain.state import Attempt, Phase, Round
from server.web.regions import Region
from server.web.screens._organise_judges import (
    CheckedRow,
    FlagRow,
    JudgeRow,
    checked_rows,
    flag_rows,
    judge_rows,
)
from server.web.screens._stage_words import counted

TOKENS_STEP = 10
MARKED = (Phase.JUDGING, Phase.SEALED, Phase.REVEALED)


@dataclass(frozen=True, slots=True)
class LaneRow:
    """`state`: one of the lane card's. `detail`: attempts, tokens, speed. `warning`: a flag or a failure."""

    lane: int
    name: str
    connected: bool
    state: str
    words: str
    detail: str
    warning: str


@dataclass(frozen=True, slots=True)
class Lanes:
    title: str


@dataclass(frozen=True, slots=True)
class ExpertRow:
    name: str
    state: str
    words: str


@dataclass(frozen=True, slots=True)
class Marks:
    shown: bool
    judges: tuple[JudgeRow, ...] = ()
    experts: tuple[ExpertRow, ...] = ()
    checked: tuple[CheckedRow, ...] = ()
    flags: tuple[FlagRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Votes:
    words: str
    detail: str


def lanes(room: Room) -> Region:
    """The region `org-lanes`, one leaf for each finalist."""
    round_ = room.state.current
    rows = tuple(
        Region(f"org-lane-{lane}", "organise/lane.html", _row(room, round_, lane, finalist))
        for lane, finalist in enumerate(room.state.event.finalists)
    )
    title = f"Entries of round {round_.number}" if round_ else "Finalists"
    return Region("org-lanes", "organise/lanes.html", Lanes(title), rows)


def _row(room: Room, round_: Round | None, lane: int, finalist: Finalist) -> LaneRow:
    state, words, detail = ("waiting", "no round is open", "")
    if round_ is not None:
        attempts = round_.attempts_of(finalist.id)
        state, words = _state(room, round_, finalist.id)
        detail = _detail(room, round_, finalist.id, attempts)
    connected = finalist.id in room.presence.finalists
    return LaneRow(lane, finalist.name, connected, state, words, detail, _warning(round_, finalist.id))


def _state(room: Room, round_: Round, finalist: str) -> tuple[str, str]:
    running = round_.running(finalist)
    if running is not None:
        is_stalled = room.live.get(running.id, LiveText()).stalled
        return ("failed", "stalled: the engine gives no token") if is_stalled else ("streaming", "generating")
    counting = round_.entry(finalist) or round_.counting(finalist)
    if round_.phase in MARKED:
        return ("locked", "entered") if round_.entry(finalist) else ("none", "no entry: marks 0")
    if counting is not None:
        return "ready", f"attempt {counting.number} counts" + (", pinned" if finalist in round_.pins else "")
    draft = room.drafts.get(finalist)
    return ("writing", "writing") if draft and draft.system_prompt.strip() else ("waiting", "nothing typed yet")


def _detail(room: Room, round_: Round, finalist: str, attempts: tuple[Attempt, ...]) -> str:
    running = round_.running(finalist)
    if running is not None:
        live = room.live.get(running.id, LiveText())
        tokens = f"{live.tokens // TOKENS_STEP * TOKENS_STEP}+ tokens" if live.tokens else "no token yet"
        return f"attempt {running.number} · {tokens}" + (f" · {live.note}" if live.note else "")
    counting = round_.entry(finalist) or round_.counting(finalist)
    if counting is None:
        return counted(len(attempts), "attempt") if attempts else ""
    words = len(counting.text.split())
    auto = " · sent at the bell" if counting.automatic else ""
    return f"{counted(len(attempts), 'attempt')} · {counted(words, 'word')} · {counting.tokens} tokens{auto}"


def _warning(round_: Round | None, finalist: str) -> str:
    if round_ is None:
        return ""
    if finalist in round_.flags:
        return f"Flagged: {round_.flags[finalist]}"
    if (round_.findings or {}).get(finalist):
        return "Speaks to the judges: see the marks below."
    last = round_.attempts_of(finalist)[-1:]
    failed = last and last[0].finish_reason == "failed"
    return f"Attempt {last[0].number} failed: {last[0].failure}" if failed else ""


def marks(room: Room) -> Region:
    """The region `org-marks`: who has marked, the judges' reasons, what code counted, what speaks to the judges."""
    round_ = room.state.current
    view = Marks(shown=False)
    if round_ is not None and round_.phase in MARKED:
        state = room.state
        experts = tuple(_expert(room, round_, expert) for expert in state.event.experts)
        checked, flags = checked_rows(state, round_), flag_rows(state, round_)
        view = Marks(True, judge_rows(state, round_), experts, checked, flags)
    return Region("org-marks", "organise/marks.html", view, (votes(room),) if view.shown else ())


def _expert(room: Room, round_: Round, expert: Expert) -> ExpertRow:
    if expert.id in round_.experts_in:
        return ExpertRow(expert.name, "ready", "sent")
    marked = sum(1 for who, _ in room.cards if who == expert.id)
    if round_.phase is not Phase.JUDGING:
        return ExpertRow(expert.name, "none", "not sent: does not count")
    if not marked:
        here = expert.id in room.presence.experts
        return ExpertRow(expert.name, "waiting" if here else "away", "not begun" if here else "not connected")
    return ExpertRow(expert.name, "writing", f"{marked} of {len(round_.entries)} marked, not sent")


def votes(room: Room) -> Region:
    """The leaf `org-votes`."""
    state, round_ = room.state, room.state.current
    assert round_ is not None
    is_open = round_.phase is Phase.JUDGING
    number = room.votes if is_open else round_.tally.counted
    quorum = state.event.rules.scoring.audience_quorum
    detail = "" if is_open or not round_.tally.discarded else f"{round_.tally.discarded} did not count"
    if number < quorum:
        detail = f"{quorum} needed, or the audience's part is absent"
    return Region("org-votes", "organise/votes.html", Votes(counted(number, "vote"), detail))
