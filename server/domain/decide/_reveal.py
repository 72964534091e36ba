"""From the seal to the champion: approve, correct, reveal step by step."""

import re
from fractions import Fraction

from server.domain import commands as c
from server.domain import events as e
from server.domain.actors import Actor
from server.domain.decide._common import IGNORED, Decision, current, known_finalist, reason_of
from server.domain.errors import Refused, TooLate
from server.domain.marks import HIGHEST, LOWEST, Correction
from server.domain.outstanding import next_component
from server.domain.rules import Component
from server.domain.scoreboard import round_scores
from server.domain.state import LIVE, EventState, Phase, Round

# Bounded: `Fraction("1e999999999")` would compute until the show is over.
_DECIMAL = re.compile(r"[0-9]{1,2}(\.[0-9]{1,3})?", re.ASCII)


def approve(state: EventState, command: c.Approve, actor: Actor, now: int) -> Decision:
    round_ = current(state, Phase.SEALED)
    if round_.rejudging is not None:
        raise TooLate("A re-judging is in preview: apply or discard it first.")
    return IGNORED if round_.approved else (e.RoundApproved(),)


def correct(state: EventState, command: c.Correct, actor: Actor, now: int) -> Decision:
    key = command.round or state.current_key
    round_ = state.round(key)
    if round_ is None or round_.phase not in (Phase.SEALED, Phase.REVEALED):
        raise TooLate("Marks can be corrected once the round is sealed.")
    if state.finished_at is not None:
        raise TooLate("The event is over; its result stands.")
    before = _mark_of(state, round_, known_finalist(state, command.finalist), command.component)
    after = parse_mark(command.mark)
    if before == after:
        return IGNORED
    reason = reason_of(command.reason, "a correction")
    return (e.MarkCorrected(key, Correction(command.finalist, command.component, before, after, reason)),)


def _mark_of(state: EventState, round_: Round, finalist: str, component: Component) -> Fraction | None:
    scores = round_scores(state, round_)
    if component not in scores.present:
        raise Refused(f"The {component.value} part is absent in this round, for everyone; it cannot be corrected.")
    mark: Fraction | None = getattr(scores.scores[finalist], component.value)
    return mark


def parse_mark(text: str) -> Fraction:
    """A mark written as a decimal, to three places; raises Refused unless it is a number from 0 to 10."""
    mark = Fraction(text.strip()) if _DECIMAL.fullmatch(text.strip()) else None
    if mark is None or not LOWEST <= mark <= HIGHEST:
        raise Refused(f"A mark is a number from 0 to 10, such as 7.5; {text[:32]!r} is not.")
    return mark


def reveal_component(state: EventState, command: c.RevealComponent, actor: Actor, now: int) -> Decision:
    round_ = _approved(state)
    component = command.component or next_component(state, round_)
    if component is None or component in round_.shown:
        return IGNORED
    return (e.ComponentRevealed(component),)


def _approved(state: EventState) -> Round:
    round_ = current(state, Phase.SEALED)
    if not round_.approved:
        raise TooLate("Approve the scores first.")
    return round_


def reveal_total(state: EventState, command: c.RevealTotal, actor: Actor, now: int) -> Decision:
    if state.current is not None and state.current.phase is Phase.REVEALED:
        return IGNORED
    round_ = _approved(state)
    missing = tuple(e.ComponentRevealed(part) for part in Component if part not in round_.shown)
    return (*missing, e.TotalRevealed())


def show_standings(state: EventState, command: c.ShowStandings, actor: Actor, now: int) -> Decision:
    if state.current is not None and state.current.phase in LIVE:
        raise TooLate("Standings are shown between rounds: finish this one first.")
    return IGNORED if state.standings_shown else (e.StandingsShown(),)


def finish(state: EventState, command: c.Finish, actor: Actor, now: int) -> Decision:
    if state.finished_at is not None:
        return IGNORED
    if state.current is not None and state.current.phase in LIVE:
        raise TooLate(f"Round {state.current.number} is not finished. Reveal or void it first.")
    if not state.scored:
        raise TooLate("No round counts yet, so there is no champion to name.")
    if state.next_number is not None:
        raise TooLate(f"Question {state.next_number} has not been played yet.")
    return (e.EventFinished(),)
