"""What several rules need: the current round in the right phase, a reason that is there."""

from collections.abc import Callable
from typing import Any

from server.domain.actors import Actor
from server.domain.errors import Refused, TooLate
from server.domain.events import Happening
from server.domain.state import EventState, Phase, Round

Decision = tuple[Happening, ...]
Rule = Callable[[EventState, Any, Actor, int], Decision]

IGNORED: Decision = ()

_NOW = {
    Phase.UPCOMING: "has not been opened yet",
    Phase.BRIEFING: "is in its briefing: the clock has not started",
    Phase.PROMPTING: "is being prompted: the clock is running",
    Phase.SETTLING: "is settling: the bell has rung",
    Phase.JUDGING: "is being judged",
    Phase.SEALED: "is sealed",
    Phase.REVEALED: "has been revealed",
    Phase.VOIDED: "was voided",
}


def current(state: EventState, *phases: Phase) -> Round:
    """The current round if it is in one of `phases`; raises TooLate with the reason otherwise."""
    round_ = state.current
    if round_ is None:
        raise TooLate("No round is open yet. The organiser opens the first one.")
    if round_.phase not in phases:
        raise TooLate(f"That cannot be done now: round {round_.number} {_NOW[round_.phase]}.")
    return round_


def reason_of(text: str, act: str) -> str:
    """The reason, trimmed; raises Refused when it is missing or longer than 500 characters."""
    reason = text.strip()
    if not reason:
        raise Refused(f"Say why: {act} needs a reason. It is shown in the results.")
    return short(reason, "The reason", 500)


def short(text: str, what: str, limit: int) -> str:
    """`text` if it is at most `limit` characters long; raises Refused otherwise."""
    if len(text) > limit:
        raise Refused(f"{what} has {len(text):,} characters; at most {limit:,} fit. Shorten it.")
    return text


def known_finalist(state: EventState, finalist: str) -> str:
    """The finalist's id if the event has them; raises Refused otherwise."""
    if finalist not in state.event.finalist_ids:
        raise Refused(f"This event has no finalist {finalist!r}.")
    return finalist
