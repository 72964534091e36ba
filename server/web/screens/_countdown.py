"""Which clock a person's screen shows. The wall clock is never in it: screens draw the time themselves."""

from dataclasses import dataclass

from server.domain.rules import Rules
from server.domain.state import EventState, Phase, Round


@dataclass(frozen=True, slots=True)
class Countdown:
    """`ends_at`: epoch ms; `remaining`: ms, instead, while the clock is held; `total`: ms of the whole run."""

    ends_at: int | None = None
    remaining: int | None = None
    total: int | None = None

    @property
    def is_shown(self) -> bool:
        return self.ends_at is not None or self.remaining is not None


def countdown(state: EventState, round_: Round | None, finalist: str | None = None) -> Countdown:
    """The clock of the phase, with the finalist's own extra time; nothing where no clock runs."""
    at = None if round_ is None else ends_at(round_, finalist)
    if round_ is None or at is None:
        return Countdown()
    total = _total(state.event.rules, round_, finalist)
    if state.paused_at is not None:
        return Countdown(remaining=max(0, at - state.paused_at), total=total)
    return Countdown(ends_at=at, total=total)


def ends_at(round_: Round, finalist: str | None = None) -> int | None:
    """When the phase's clock runs out (epoch ms), a finalist's own where one is named; None where no clock runs."""
    match round_.phase:
        case Phase.BRIEFING:
            return round_.briefing_ends_at
        case Phase.PROMPTING:
            return round_.last_bell if finalist is None else round_.bell_for(finalist)
        case Phase.SETTLING:
            return None if round_.grace_over else round_.grace_ends_at
        case Phase.JUDGING:
            return None if round_.voting_closed or round_.closing else round_.voting_ends_at
    return None


def _total(rules: Rules, round_: Round, finalist: str | None) -> int | None:
    seconds = {
        Phase.BRIEFING: rules.briefing_seconds,
        Phase.PROMPTING: round_.question.seconds or rules.round_seconds,
        Phase.SETTLING: rules.grace_seconds,
        Phase.JUDGING: rules.voting_seconds,
    }.get(round_.phase)
    extra = round_.extra_ms.get(finalist, 0) if finalist and round_.phase is Phase.PROMPTING else 0
    return None if seconds is None else seconds * 1000 + extra
