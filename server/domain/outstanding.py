"""What a round still waits for: judges that have not answered, components that are not shown."""

from server.domain.rules import Component
from server.domain.state import EventState, Phase, Round


def waiting(state: EventState, round_: Round) -> tuple[str, ...]:
    """Names of the judges that have neither marked nor abstained."""
    answered = {v.judge for v in round_.verdicts} | set(round_.abstained)
    return tuple(j.name for j in state.event.judges if j.name not in answered)


def uninspected(state: EventState) -> str | None:
    """The key of the round whose entries are still to be searched for instructions, if any."""
    round_ = state.current
    if round_ is None or round_.phase not in (Phase.JUDGING, Phase.SEALED):
        return None
    return round_.key if round_.entries and round_.findings is None else None


def is_complete(state: EventState, round_: Round) -> bool:
    """Whether every judge has answered in the preview."""
    if round_.rejudging is None:
        return False
    answered = {v.judge for v in round_.rejudging.verdicts} | set(round_.rejudging.abstained)
    return all(j.name in answered for j in state.event.judges)


def next_component(state: EventState, round_: Round) -> Component | None:
    """The next component in the event's order of reveal; None when all are shown."""
    order = (*state.event.rules.reveal_order, *Component)
    return next((component for component in order if component not in round_.shown), None)
