"""An event's judging as the store has it, laid out for an audit: every mark by every judge, and the experts' marks.

What the marks say is the audit's business; how a stored reply is read again is told from outside.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from server.arena.archive import Exchange
from server.arena.panel import is_code_alone
from server.domain.components import card_mark
from server.domain.event import Event
from server.domain.rules import Criterion
from server.domain.state import EventState, Phase, Round

Weights = Mapping[str, Fraction] | None
Reread = Callable[[str, Sequence[str], Sequence[str], Weights], Mapping[str, Fraction] | None]
"""From a stored reply, the order shown, the criteria's keys and their weights to each finalist's mark, or None."""


class JudgesMark(NamedTuple):
    """One mark for one entry; `order` and `position` (from 1) where several entries were shown at once."""

    round: str
    entry: str
    text: str
    judge: str
    mark: Fraction
    order: int | None
    position: int | None


class ExpertsMark(NamedTuple):
    """One expert's mark for one entry."""

    round: str
    entry: str
    expert: str
    mark: Fraction


@dataclass(frozen=True, slots=True)
class Judged:
    """What judges and experts gave. `without_orders`: judges and rounds of which only final marks are left."""

    marks: tuple[JudgesMark, ...]
    experts: tuple[ExpertsMark, ...]
    without_orders: tuple[str, ...]


def judged_in(state: EventState, exchanges: Sequence[Exchange], reread: Reread) -> Judged:
    """Everything that counts: of a re-judged round the verdicts that were applied, of a voided one nothing."""
    marks, experts, without = list[JudgesMark](), list[ExpertsMark](), list[str]()
    for round_ in state.rounds:
        if round_.phase is Phase.VOIDED:
            continue
        experts += _experts(state.event, round_)
        if is_code_alone(round_.question):
            continue
        for judge in dict.fromkeys(verdict.judge for verdict in round_.verdicts):
            by_order = _by_order(state.event, round_, judge, exchanges, reread)
            marks += by_order if by_order is not None else _final(round_, judge)
            if by_order is None:
                without.append(f"{judge} in round {round_.key}")
    return Judged(tuple(marks), tuple(experts), tuple(without))


def _by_order(
    event: Event, round_: Round, judge: str, exchanges: Sequence[Exchange], reread: Reread
) -> list[JudgesMark] | None:
    """The marks of every order; the final ones for a judge that sees entries alone; None if it cannot be told."""
    answered = [x for x in exchanges if (x.round, x.judge, x.error) == (round_.key, judge, "")]
    ours = [exchange for exchange in answered if _counts(round_, exchange)]
    shown = [exchange for exchange in ours if len(exchange.order) > 1]
    if not shown:
        return _final(round_, judge) if ours else None
    asked = event.criteria_of(round_.question)
    found: list[JudgesMark] = []
    for number, exchange in enumerate(shown):
        marks = reread(exchange.reply, exchange.order, [one.key for one in asked], _weights(asked))
        if marks is None:
            return None
        for place, finalist in enumerate(exchange.order, 1):
            found.append(_mark(round_, finalist, judge, marks[finalist], number, place))
    return found


def _counts(round_: Round, exchange: Exchange) -> bool:
    """Whether an exchange is of the verdicts in force: the first ones, or those of the last opinion applied."""
    applied = [number for number, opinion in enumerate(round_.second_opinions) if opinion.applied]
    if not applied or not exchange.rejudging:
        return exchange.rejudging == bool(applied)
    pending = [round_.rejudging.asked_at] if round_.rejudging is not None else []
    asked = [opinion.asked_at for opinion in round_.second_opinions[applied[-1] :]] + pending
    return asked[0] <= exchange.at_ms and (len(asked) == 1 or exchange.at_ms < asked[1])


def _final(round_: Round, judge: str) -> list[JudgesMark]:
    """The judge's own marks, before checks by code."""
    ours = [verdict for verdict in round_.verdicts if verdict.judge == judge]
    given = [(one.finalist, one.mark if one.judged is None else one.judged) for one in ours]
    return [_mark(round_, finalist, judge, mark, None, None) for finalist, mark in given]


def _mark(
    round_: Round, finalist: str, judge: str, mark: Fraction, order: int | None, position: int | None
) -> JudgesMark:
    entry = round_.entry(finalist)
    return JudgesMark(round_.key, finalist, entry.text if entry else "", judge, mark, order, position)


def _experts(event: Event, round_: Round) -> Iterator[ExpertsMark]:
    criteria = event.criteria_of(round_.question)
    for card in round_.scorecards:
        mark = card_mark(criteria, card)
        if mark is not None:
            yield ExpertsMark(round_.key, card.finalist, card.expert, mark)


def _weights(asked: Sequence[Criterion]) -> Weights:
    is_even = len({criterion.weight for criterion in asked}) == 1
    return None if is_even else {criterion.key: criterion.weight for criterion in asked}
