"""How a round was judged, for the results: exact checks, findings, second opinions, agreement, in plain words."""

from dataclasses import dataclass, replace
from fractions import Fraction

from server.domain.agreement import Agreement
from server.domain.marks import SecondOpinion, Verdict
from server.domain.rules import Component
from server.domain.scoreboard import round_scores
from server.domain.state import EventState, Round
from server.web.screens._agreement_words import agreement_lines
from server.web.screens._results_words import Number, maybe, utc


@dataclass(frozen=True, slots=True)
class CheckView:
    """One exact check of one entry."""

    passed: bool
    words: str


@dataclass(frozen=True, slots=True)
class FindingView:
    """Something in an entry that speaks to the judges."""

    words: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Moved:
    """One finalist's mark by the LLM judges before and after a second opinion; None where no judge marked."""

    lane: int
    name: str
    before: Number | None
    after: Number | None


@dataclass(frozen=True, slots=True)
class OpinionView:
    """A second opinion: why it was asked for, what it said, what became of it."""

    at_iso: str
    at: str
    reason: str
    applied: bool
    rows: tuple[Moved, ...]
    silent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JudgingView:
    """What a round's section says of its judging. `facts`: what the organiser vouched for; `checks`: their names."""

    criteria: tuple[str, ...]
    own_criteria: tuple[tuple[str, str], ...]
    reference: str
    facts: tuple[str, ...]
    agreement: tuple[str, ...]
    opinions: tuple[OpinionView, ...]


def judging_view(state: EventState, round_: Round, found: Agreement | None) -> JudgingView:
    """How the round was judged, besides marks and reasons."""
    question = round_.question
    return JudgingView(
        criteria=tuple(criterion.title for criterion in state.event.criteria_of(question)),
        own_criteria=tuple((criterion.title, criterion.meaning) for criterion in question.criteria),
        reference=question.reference or "",
        facts=question.facts,
        agreement=agreement_lines(state.event, found),
        opinions=tuple(_opinion(state, round_, opinion) for opinion in round_.second_opinions),
    )


def check_views(round_: Round, finalist: str) -> tuple[CheckView, ...]:
    """How one entry fared in the exact checks."""
    return tuple(CheckView(one.passed, one.sentence) for one in round_.counted.get(finalist, ()))


def finding_views(round_: Round, finalist: str) -> tuple[FindingView, ...]:
    """What in one entry speaks to the judges."""
    return tuple(FindingView(found.sentence, found.excerpt) for found in (round_.findings or {}).get(finalist, ()))


def _opinion(state: EventState, round_: Round, opinion: SecondOpinion) -> OpinionView:
    before, after = (_llm(state, round_, verdicts) for verdicts in (opinion.before, opinion.after))
    rows = tuple(
        Moved(lane, finalist.name, maybe(before[finalist.id]), maybe(after[finalist.id]))
        for lane, finalist in enumerate(state.event.finalists)
        if finalist.id in round_.entries
    )
    labels = {seat.name: seat.label for seat in state.event.judges}
    silent = tuple(f"{labels.get(judge, judge)} abstained: {why}" for judge, why in opinion.abstained.items())
    iso, clock = utc(opinion.asked_at)
    return OpinionView(iso, clock, opinion.reason, opinion.applied, rows, silent)


def _llm(state: EventState, round_: Round, verdicts: tuple[Verdict, ...]) -> dict[str, Fraction | None]:
    """The judges' part of each finalist, had these been the verdicts; corrections by hand left out."""
    scores = round_scores(state, replace(round_, verdicts=verdicts, corrections=()))
    return {finalist: score[Component.LLM] for finalist, score in scores.scores.items()}
