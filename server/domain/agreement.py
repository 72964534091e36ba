"""How far LLM judges and experts agree: what is compared, and what a measurement says. Decides nothing.

The measuring itself is behind the composition root, for it needs libraries of statistics.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from server.domain.components import card_mark
from server.domain.insight import LengthEffect, MarkedAnswer, length_against_mark
from server.domain.state import EventState, Phase, Round

MARKED = (Phase.SEALED, Phase.REVEALED)
Marks = Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class RoundOpinions:
    """What was said of the entries of one round. Judge or expert → finalist → mark of 0 to 10; complete ones only.

    Judges' own marks, before checks by code. `spreads`: judge → finalist → highest less lowest mark between orders.
    `characters`: finalist → length of the entry.
    """

    key: str
    judges: Mapping[str, Marks]
    experts: Mapping[str, Marks]
    spreads: Mapping[str, Marks]
    characters: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Ordering:
    """Of `pairs` of entries that the experts' means order, one judge orders `same` alike and holds `tied` for equal."""

    pairs: int = 0
    same: int = 0
    tied: int = 0


@dataclass(frozen=True, slots=True)
class Spread:
    """How far one judge's marks lie apart between shuffled orders: on average, and at most, with whose entry."""

    mean: Fraction
    most: Fraction
    finalist: str


@dataclass(frozen=True, slots=True)
class Chorus:
    """Krippendorff's alpha of several raters over so many entries; `value` None where it is undefined."""

    raters: int
    entries: int
    value: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was measured in one round, or over all of an event; judges by name, None where nothing can be compared."""

    orderings: Mapping[str, Ordering] = field(default_factory=dict)
    spreads: Mapping[str, Spread] = field(default_factory=dict)
    length: LengthEffect | None = None
    judges: Chorus | None = None
    experts: Chorus | None = None


def opinions(state: EventState) -> tuple[RoundOpinions, ...]:
    """Every round that is sealed or revealed, in the order they were opened."""
    return tuple(opinions_of(state, round_) for round_ in state.rounds if round_.phase in MARKED and round_.entries)


def opinions_of(state: EventState, round_: Round) -> RoundOpinions:
    """What was said of one round's entries. Judges of weight 0 are compared too: that is how one gets to know them."""
    judges: dict[str, dict[str, Fraction]] = {}
    spreads: dict[str, dict[str, Fraction]] = {}
    for verdict in round_.verdicts:
        own = verdict.mark if verdict.judged is None else verdict.judged
        judges.setdefault(verdict.judge, {})[verdict.finalist] = own
        if verdict.spread is not None:
            spreads.setdefault(verdict.judge, {})[verdict.finalist] = verdict.spread
    experts: dict[str, dict[str, Fraction]] = {}
    for card in round_.scorecards:
        mark = card_mark(state.event.criteria_of(round_.question), card)
        if mark is not None:
            experts.setdefault(card.expert, {})[card.finalist] = mark
    characters = {f: len(attempt.text) for f in round_.entries if (attempt := round_.entry(f)) is not None}
    return RoundOpinions(round_.key, _complete(judges, round_), _complete(experts, round_), spreads, characters)


def _complete(raters: Mapping[str, Marks], round_: Round) -> dict[str, Marks]:
    return {rater: given for rater, given in sorted(raters.items()) if given.keys() >= round_.entries.keys()}


def length_of(rounds: Sequence[RoundOpinions]) -> LengthEffect | None:
    """How the mean mark of the judges goes with length; None where no judge was heard."""
    answers = [
        MarkedAnswer(number, characters, mark)
        for number, round_ in enumerate(rounds)
        for finalist, characters in round_.characters.items()
        if (mark := _mean_mark(round_, finalist)) is not None
    ]
    return length_against_mark(answers) if answers else None


def _mean_mark(round_: RoundOpinions, finalist: str) -> Fraction | None:
    given = [marks[finalist] for marks in round_.judges.values()]
    return sum(given, Fraction(0)) / len(given) if given else None


def units_of(raters: Sequence[Mapping[str, Marks]], names: Sequence[str]) -> list[list[float | None]]:
    """One row for each entry of each round, one column for each rater; None where a rater was not heard."""
    return [
        [float(marks[name][finalist]) if name in marks else None for name in names]
        for marks in raters
        for finalist in (next(iter(marks.values())) if marks else ())
    ]


def spread_of(rounds: Sequence[RoundOpinions], judge: str) -> Spread | None:
    """One judge's spread between orders, over these rounds; None where it was asked in one order only."""
    found = [(mark, finalist) for round_ in rounds for finalist, mark in round_.spreads.get(judge, {}).items()]
    if not found:
        return None
    most, finalist = max(found, key=lambda pair: (pair[0], pair[1]))
    return Spread(sum((mark for mark, _ in found), Fraction(0)) / len(found), most, finalist)
