"""The one clock that a shared screen shows in each phase, with its words."""

from dataclasses import dataclass

from server.domain.state import EventState, Phase, Round
from server.web.screens._countdown import Countdown, countdown

LABELS = {
    Phase.BRIEFING: "The clock starts in",
    Phase.PROMPTING: "Time to prompt",
    Phase.SETTLING: "Last words",
    Phase.JUDGING: "Time to vote",
}


@dataclass(frozen=True, slots=True)
class Clock:
    """A countdown and what it counts."""

    label: str
    time: Countdown


def clock_of(state: EventState) -> Clock | None:
    """The clock of the current phase; while finalists prompt, the one that rings first. None where none runs."""
    round_ = state.current
    if round_ is None or round_.phase not in LABELS:
        return None
    first = min(state.event.finalist_ids, key=lambda f: round_.extra_ms.get(f, 0))
    time = countdown(state, round_, first)
    return Clock(LABELS[round_.phase], time) if time.is_shown else None


def own_clock(state: EventState, round_: Round, finalist: str) -> Clock | None:
    """The clock of a finalist who has more time than others; None for everyone else."""
    least = min(round_.extra_ms.get(f, 0) for f in state.event.finalist_ids)
    if round_.phase is not Phase.PROMPTING or round_.extra_ms.get(finalist, 0) <= least:
        return None
    return Clock("Own time", countdown(state, round_, finalist))
