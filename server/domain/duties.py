"""What the shell owes a state: the alarm to set, the streams to run, the judges to ask, the marks to count.

Derived from the state alone, so a restart after a crash owes exactly the same.
"""

from dataclasses import dataclass

from server.domain.outstanding import uninspected, waiting
from server.domain.state import Attempt, EventState, Phase, Round


def alarm(state: EventState) -> int | None:
    """When `Tick` is due next, epoch milliseconds; None when no clock runs."""
    round_ = state.current
    if round_ is None or state.is_paused:
        return None
    match round_.phase:
        case Phase.BRIEFING:
            return round_.briefing_ends_at
        case Phase.PROMPTING:
            return round_.last_bell
        case Phase.SETTLING:
            return None if round_.grace_over else round_.grace_ends_at
        case Phase.JUDGING:
            return _judging_alarm(state, round_)
    return None


def _judging_alarm(state: EventState, round_: Round) -> int | None:
    times = [] if round_.voting_closed else [round_.voting_ends_at or 0]
    times += [round_.judges_end_at or 0] if waiting(state, round_) else []
    return None if round_.closing else min(times, default=None)


def streams(state: EventState) -> tuple[Attempt, ...]:
    """Attempts whose stream must be running; any other stream is to be cut and reported as finished."""
    round_ = state.current
    if round_ is None or round_.phase not in (Phase.PROMPTING, Phase.SETTLING) or round_.grace_over:
        return ()
    return tuple(a for a in round_.attempts if a.is_running and not a.superseded)


def unfinished(state: EventState) -> tuple[Attempt, ...]:
    """Attempts the journal has no end for, wanted or not."""
    round_ = state.current
    return () if round_ is None else tuple(a for a in round_.attempts if a.is_running)


@dataclass(frozen=True, slots=True)
class JudgeCall:
    """One judge to be asked about one round; `seed` tells a second opinion from the first."""

    round: str
    judge: str
    rejudging: bool
    seed: int


def judge_calls(state: EventState) -> tuple[JudgeCall, ...]:
    """Judges whose answer is awaited now."""
    round_ = state.current
    if round_ is None or not round_.entries:
        return ()
    if round_.phase is Phase.JUDGING and not round_.closing:
        return tuple(JudgeCall(round_.key, name, False, round_.opened_at) for name in waiting(state, round_))
    preview = round_.rejudging
    if round_.phase is Phase.SEALED and preview is not None:
        heard = {v.judge for v in preview.verdicts} | set(preview.abstained)
        names = (j.name for j in state.event.judges if j.name not in heard)
        return tuple(JudgeCall(round_.key, name, True, preview.seed) for name in names)
    return ()


def must_inspect(state: EventState) -> str | None:
    """The key of the round whose entries are to be searched for instructions now, if any."""
    return uninspected(state)


def must_collect(state: EventState) -> str | None:
    """The key of the round whose ballots and scorecards are to be counted now, if any."""
    round_ = state.current
    return round_.key if round_ is not None and round_.closing else None


def ballots_open_until(state: EventState) -> int | None:
    """Until when a ballot is accepted (epoch ms); None when none is."""
    round_ = state.current
    if round_ is None or round_.phase is not Phase.JUDGING or state.is_paused or not round_.entries:
        return None
    return None if round_.voting_closed or round_.closing else round_.voting_ends_at


def scorecards_open(state: EventState) -> str | None:
    """The key of the round that experts may mark now, if any."""
    round_ = state.current
    if round_ is None or round_.phase is not Phase.JUDGING or round_.closing:
        return None
    return round_.key
