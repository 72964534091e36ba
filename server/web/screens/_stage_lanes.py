"""Lanes while a round is played: who, what is happening, and the text as far as it has come."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.arena.room import LiveText, Room
from server.domain.actors import Role
from server.domain.event import Finalist
from server.domain.state import Attempt, Phase, Round
from server.domain.visibility import Thing, may_see
from server.web.regions import Region
from server.web.screens._results_words import whole
from server.web.screens._stage_clock import Clock, own_clock

LIVE_PHASES = (Phase.PROMPTING, Phase.SETTLING)


@dataclass(frozen=True, slots=True)
class LaneView:
    """`state`: one of the lane card's. `name`: empty while judged blind. `quiet`: the text stands, others work."""

    lane: int
    name: str
    state: str
    words: str
    quiet: bool = False
    own_clock: Clock | None = None


@dataclass(frozen=True, slots=True)
class TextView:
    """`kept`: the last good text, shown while a newer attempt has none. `calm`: words in place of a text."""

    lane: int
    text: str = ""
    calm: str = ""
    kept: bool = False


def lane_regions(room: Room, round_: Round) -> tuple[Region, ...]:
    """One region for each finalist, its text a leaf of its own: that alone changes while it streams."""
    return tuple(_lane(room, round_, lane, f) for lane, f in enumerate(room.state.event.finalists))


def names_shown(room: Room, round_: Round) -> bool:
    """Whether the stage may say who plays which lane."""
    return may_see(Role.STAGE, Thing.NAMES, room.state, round_)


def _lane(room: Room, round_: Round, lane: int, finalist: Finalist) -> Region:
    state, words = _happening(room, round_, finalist.id)
    view = LaneView(
        lane=lane,
        name=finalist.name if names_shown(room, round_) else "",
        state=state,
        words=words,
        quiet=round_.phase not in LIVE_PHASES,
        own_clock=own_clock(room.state, round_, finalist.id),
    )
    text = Region(f"lane-{lane}-text", "stage/lane_text.html", _text(room, round_, lane, finalist.id))
    return Region(f"lane-{lane}", "stage/lane.html", view, (text,))


def _happening(room: Room, round_: Round, finalist: str) -> tuple[str, str]:
    """The lane's state and its words."""
    if round_.phase not in LIVE_PHASES:
        return _entered(round_, finalist)
    running = round_.running(finalist)
    if running is not None:
        return _streaming(room.live.get(running.id, LiveText()), running)
    attempts = round_.attempts_of(finalist)
    if round_.phase is Phase.SETTLING:
        return ("locked", "in") if any(a.has_text for a in attempts) else ("none", "no answer")
    if not attempts:
        draft = room.drafts.get(finalist)
        is_writing = draft is not None and bool(draft.system_prompt.strip())
        return ("writing", "writing …") if is_writing else ("waiting", "reading")
    return _rested(round_, finalist, attempts[-1])


def _streaming(live: LiveText, attempt: Attempt) -> tuple[str, str]:
    if live.stalled:
        return "thinking", "one moment …"
    if not live.text:
        return "thinking", f"attempt {attempt.number} …"
    return "streaming", "sent at the bell" if attempt.automatic else f"attempt {attempt.number}"


def _rested(round_: Round, finalist: str, last: Attempt) -> tuple[str, str]:
    """No stream runs, and the clock does: what stands for now."""
    counting = round_.counting(finalist)
    if counting is None:
        return "failed", "no answer yet"
    if last.finish_reason == "failed" and counting is not last:
        return "ready", f"keeps attempt {counting.number}"
    return "ready", f"chose attempt {counting.number}" if finalist in round_.pins else "answer ready"


def _entered(round_: Round, finalist: str) -> tuple[str, str]:
    entry = round_.entry(finalist)
    if entry is None:
        return "none", "no entry this round"
    return "locked", "sent at the bell" if entry.automatic else f"attempt {entry.number}"


def _text(room: Room, round_: Round, lane: int, finalist: str) -> TextView:
    if may_see(Role.STAGE, Thing.ENTRIES, room.state, round_):
        entry = round_.entry(finalist)
        return TextView(lane, whole(entry.text)) if entry else TextView(lane, calm="No answer reached the bell.")
    if not may_see(Role.STAGE, Thing.STREAMS, room.state, round_):
        return TextView(lane)
    running = round_.running(finalist)
    text = room.live.get(running.id, LiveText()).text if running else ""
    if text.strip():
        return TextView(lane, whole(text))
    return TextView(lane, whole(_last_good(room.live, round_, finalist)), kept=running is not None)


def _last_good(live: Mapping[str, LiveText], round_: Round, finalist: str) -> str:
    """The text that counts as things stand; else whatever the lane showed last."""
    counting = round_.counting(finalist)
    if counting is not None and counting.has_text:
        return counting.text
    texts = (a.text or live.get(a.id, LiveText()).text for a in reversed(round_.attempts_of(finalist)))
    return next((text for text in texts if text.strip()), "")
