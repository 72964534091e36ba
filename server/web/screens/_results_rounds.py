"""The rounds, one after the other: those that count with everything, voided ones with the reason."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from server.domain.actors import Role
from server.domain.agreement import Agreement
from server.domain.bundle_text import parse_fraction
from server.domain.components import Absence
from server.domain.derived import correction_rows
from server.domain.insight import Disagreement, disagreements, effective_weights
from server.domain.rules import Component
from server.domain.scoreboard import marks_of
from server.domain.scoring import RoundScores, renormalised
from server.domain.state import EventState, Phase, Round
from server.domain.visibility import Thing, may_see
from server.web.screens._results_entries import Entry, Generation, entry, generation, split_words, unmarked
from server.web.screens._results_judging import JudgingView, judging_view
from server.web.screens._results_words import (
    LABELS,
    Number,
    counted,
    listed,
    maybe,
    number,
    percent,
)

MOST_SPLITS = 3


@dataclass(frozen=True, slots=True)
class Weight:
    """What a component should weigh by the rules and what it really moved, in per cent."""

    key: str
    label: str
    ruled: float
    moved: float


@dataclass(frozen=True, slots=True)
class Fix:
    """A correction by the organiser."""

    lane: int
    name: str
    part: str
    before: Number | None
    after: Number
    reason: str


@dataclass(frozen=True, slots=True)
class Tries:
    """All attempts of one finalist in a round."""

    lane: int
    name: str
    made: tuple[Generation, ...]


@dataclass(frozen=True, slots=True)
class RoundView:
    """One run of a question."""

    anchor: str
    number: int
    run: int
    theme: str
    question: str
    multiplier: int
    is_voided: bool
    void_reason: str
    winners: tuple[tuple[int, str], ...]
    entries: tuple[Entry, ...]
    weights: tuple[Weight, ...]
    notes: tuple[str, ...]
    fixes: tuple[Fix, ...]
    tries: tuple[Tries, ...]
    judging: JudgingView

    @property
    def attempts(self) -> int:
        return sum(len(of.made) for of in self.tries)


@dataclass(frozen=True, slots=True)
class WideSplit:
    """An answer on which machine and people differed most."""

    anchor: str
    round: int
    lane: int
    name: str
    words: str
    gap: Number
    llm: Number
    people: Number
    llm_length: float
    people_length: float


ABSENT = {
    Absence.NO_ENTRY: "nobody entered an answer",
    Absence.WEIGHT_ZERO: "it has no weight in this event",
    Absence.NO_JUDGE: "no judge marked every answer",
    Absence.NO_EXPERT: "no expert marked every answer",
    Absence.BELOW_QUORUM: "fewer votes than the quorum",
    Absence.OTHER_BALLOTS: "the ballots were of another kind",
}


def round_view(
    state: EventState, round_: Round, scores: RoundScores | None, role: Role, found: Agreement | None = None
) -> RoundView:
    """A round that counts (with `scores`) or a voided one, as `role` may see it."""
    is_open = may_see(role, Thing.ENTRIES, state, round_)
    return RoundView(
        anchor=f"round-{round_.key.replace('.', '-')}",
        number=round_.number,
        run=round_.run,
        theme=round_.question.theme,
        question=round_.question.text if may_see(role, Thing.QUESTION, state, round_) else "",
        multiplier=round_.question.multiplier,
        is_voided=round_.phase is Phase.VOIDED,
        void_reason=round_.void_reason,
        winners=() if scores is None else _winners(state, scores),
        entries=_entries(state, round_, scores) if is_open else (),
        weights=() if scores is None else weights(state, [scores]),
        notes=() if scores is None else _notes(state, round_, scores),
        fixes=() if scores is None else _fixes(state, round_),
        tries=_tries(state, round_) if is_open and may_see(role, Thing.PROMPTS, state, round_) else (),
        judging=judging_view(state, round_, found if scores is not None else None),
    )


def _entries(state: EventState, round_: Round, scores: RoundScores | None) -> tuple[Entry, ...]:
    if scores is None:
        return tuple(unmarked(state, round_, f) for f in state.event.finalist_ids if f in round_.entries)
    splits = splits_of(round_, scores)
    return tuple(entry(state, round_, scores, f, splits) for f in state.event.finalist_ids)


def splits_of(round_: Round, scores: RoundScores) -> Mapping[str, Disagreement]:
    """Finalist → how machine and people differ on their answer."""
    return {row.finalist: row for row in disagreements(scores, round_.entries)}


def _winners(state: EventState, scores: RoundScores) -> tuple[tuple[int, str], ...]:
    best = max((s.score for s in scores.scores.values()), default=None)
    lanes = [state.event.lane(f) for f, s in scores.scores.items() if s.score == best and s.score > 0]
    return tuple((lane, state.event.finalists[lane].name) for lane in lanes)


def weights(state: EventState, scored: list[RoundScores]) -> tuple[Weight, ...]:
    """Ruled and effective weights; in one round, those of the components that were present."""
    moved = effective_weights(scored)
    present = tuple(part for part in Component if any(part in scores.present for scores in scored))
    ruled = renormalised(state.event.rules.scoring.weights, present)
    return tuple(Weight(p.value, LABELS[p], percent(float(ruled[p])), percent(moved[p])) for p in present)


def _notes(state: EventState, round_: Round, scores: RoundScores) -> tuple[str, ...]:
    labels = {seat.name: seat.label for seat in state.event.judges}
    again = [] if round_.run == 1 else [f"Run {round_.run} of this question: the one before was voided."]
    absent = ((LABELS[part], ABSENT[why]) for part, why in scores.absent.items())
    dropped = [f"No {label} part: {why}. The other parts weigh more instead." for label, why in absent]
    silent = [f"{labels.get(judge, judge)} abstained: {why.rstrip('.')}." for judge, why in round_.abstained.items()]
    return (*again, *dropped, *silent, _turnout(round_, scores))


def _turnout(round_: Round, scores: RoundScores) -> str:
    votes = f"{counted(round_.tally.counted, 'vote')} counted"
    refused = f", {round_.tally.discarded:,} not counted" if round_.tally.discarded else ""
    return f"{votes}{refused}; {counted(len(scores.experts_complete), 'complete scorecard')}."


def _fixes(state: EventState, round_: Round) -> tuple[Fix, ...]:
    rows = correction_rows(state.event.rules.scoring, marks_of(state, round_))
    return tuple(
        _fix(state, row["finalist"], LABELS[c.component], row["from"], number(c.after), c.reason)
        for row, c in zip(rows, round_.corrections, strict=True)
    )


def _fix(state: EventState, finalist: str, part: str, before: str | None, after: Number, reason: str) -> Fix:
    lane = state.event.lane(finalist)
    known = None if before is None else parse_fraction(before)
    return Fix(lane, state.event.finalists[lane].name, part, maybe(known), after, reason)


def _tries(state: EventState, round_: Round) -> tuple[Tries, ...]:
    found = ((lane, f, round_.attempts_of(f.id)) for lane, f in enumerate(state.event.finalists))
    return tuple(Tries(lane, f.name, tuple(generation(round_, a) for a in made)) for lane, f, made in found if made)


def widest(state: EventState, played: Iterable[tuple[Round, RoundScores]]) -> tuple[WideSplit, ...]:
    """The answers on which machine and people differed most, over all rounds."""
    rows = [(round_, row) for round_, scores in played for row in splits_of(round_, scores).values() if row.gap]
    rows.sort(key=lambda pair: (-abs(pair[1].gap), pair[0].number, pair[1].finalist))
    return tuple(_wide(state, round_, row) for round_, row in rows[:MOST_SPLITS])


def _wide(state: EventState, round_: Round, row: Disagreement) -> WideSplit:
    lane = state.event.lane(row.finalist)
    return WideSplit(
        anchor=f"round-{round_.key.replace('.', '-')}-{lane}",
        round=round_.number,
        lane=lane,
        name=state.event.finalists[lane].name,
        words=split_words(row),
        gap=number(row.gap, signed=True),
        llm=number(row.llm),
        people=number(row.people),
        llm_length=percent(float(row.llm / 10)),
        people_length=percent(float(row.people / 10)),
    )


def names(winners: tuple[tuple[int, str], ...]) -> str:
    """The winners' names as a list in words."""
    return listed([name for _, name in winners])
