"""What the marks of one round make of each component, before weights and corrections.

Only marks that are complete count: a judge or an expert who left out one entry would move the
others' places by it, so they count as absent for the round.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from server.domain.mark_parsing import HALVES, MOST_STARS, THOUSANDTHS, MarkRefused, on_scale
from server.domain.marks import HIGHEST, RoundMarks, Scorecard, Tally, Verdict
from server.domain.rules import AudienceMethod, Component, Criterion, Scoring

FEWEST_TO_TRIM = 5


class Absence(StrEnum):
    """Why a component is absent from a round. The words stand in results files: keep them as they are."""

    NO_ENTRY = "no entry"
    WEIGHT_ZERO = "weight 0"
    NO_JUDGE = "no judge marked every entry"
    NO_EXPERT = "no complete scorecard"
    BELOW_QUORUM = "below the quorum"
    OTHER_BALLOTS = "ballots of another method"


@dataclass(frozen=True, slots=True)
class Gathered:
    """One component: finalist → mark (0 to 10) for those with an entry, and whose marks went in.

    `absent` says why there is nothing; it is None when the component is present.
    """

    marks: Mapping[str, Fraction] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    absent: Absence | None = None


def gather(component: Component, scoring: Scoring, marks: RoundMarks) -> Gathered:
    """The component of every entry of the round. Raises MarkRefused for marks off the scale of 0 to 10."""
    if not marks.entered:
        return Gathered(absent=Absence.NO_ENTRY)
    if scoring.weights[component] == 0:
        return Gathered(absent=Absence.WEIGHT_ZERO)
    if component is Component.LLM:
        return _llm(marks)
    return _experts(scoring, marks) if component is Component.EXPERTS else _audience(scoring, marks)


def card_mark(criteria: Iterable[Criterion], card: Scorecard) -> Fraction | None:
    """An expert's mark for one entry: the weighted mean of the criteria. None while one is missing.

    A criterion of weight 0 is not asked for. Raises MarkRefused for a mark off the scale.
    """
    asked = [criterion for criterion in criteria if criterion.weight > 0]
    if not asked or any(criterion.key not in card.marks for criterion in asked):
        return None
    whose = f"The mark of {card.expert} for {card.finalist}"
    return _weighted_mean((c.weight, on_scale(card.marks[c.key], whose, HALVES)) for c in asked)


def _llm(marks: RoundMarks) -> Gathered:
    """Mean of the judges who marked every entry, each with its weight."""
    by_judge: dict[str, dict[str, Verdict]] = {}
    for verdict in marks.verdicts:
        on_scale(verdict.mark, f"The mark of {verdict.judge} for {verdict.finalist}", THOUSANDTHS)
        if verdict.weight > 0:
            by_judge.setdefault(verdict.judge, {})[verdict.finalist] = verdict
    judges = sorted(judge for judge, given in by_judge.items() if marks.entered <= given.keys())
    if not judges:
        return Gathered(absent=Absence.NO_JUDGE)
    return Gathered(
        {
            finalist: _weighted_mean((v.weight, v.mark) for v in (by_judge[j][finalist] for j in judges))
            for finalist in marks.entered
        },
        tuple(judges),
    )


def _experts(scoring: Scoring, marks: RoundMarks) -> Gathered:
    """Mean, or trimmed mean, of the experts whose scorecard is complete."""
    by_expert: dict[str, dict[str, Fraction]] = {}
    for card in marks.scorecards:
        mark = card_mark(marks.criteria or scoring.criteria, card)
        if mark is not None:
            by_expert.setdefault(card.expert, {})[card.finalist] = mark
    experts = sorted(expert for expert, given in by_expert.items() if marks.entered <= given.keys())
    if not experts:
        return Gathered(absent=Absence.NO_EXPERT)
    return Gathered(
        {
            finalist: _mean([by_expert[e][finalist] for e in experts], trimmed=scoring.experts_trimmed)
            for finalist in marks.entered
        },
        tuple(experts),
    )


def _audience(scoring: Scoring, marks: RoundMarks) -> Gathered:
    """Share of the votes, or mean of the stars, from the quorum on."""
    tally = marks.tally
    if tally.counted < max(1, scoring.audience_quorum):
        return Gathered(absent=Absence.BELOW_QUORUM)
    method = scoring.audience_method
    if not (tally.favourites if method is AudienceMethod.FAVOURITE else tally.stars):
        return Gathered(absent=Absence.OTHER_BALLOTS)
    if method is AudienceMethod.FAVOURITE:
        return Gathered(_favourite_marks(marks.entered, tally, marks.number))
    return Gathered({f: _star_mark(tally, f, marks.number) for f in marks.entered})


def _favourite_marks(entered: Iterable[str], tally: Tally, number: int) -> dict[str, Fraction]:
    votes = tally.favourites
    _must_add_up(tally, votes.values(), f"The votes of round {number}")
    return {finalist: HIGHEST * votes.get(finalist, 0) / tally.counted for finalist in entered}


def _star_mark(tally: Tally, finalist: str, number: int) -> Fraction:
    """Mean of the ballots for one entry, 1 to 5 stars mapped linearly to 0 to 10."""
    ballots = tally.stars.get(finalist, {})
    _must_add_up(tally, ballots.values(), f"The stars of {finalist} in round {number}")
    if not all(1 <= star <= MOST_STARS for star in ballots):
        raise MarkRefused(f"The stars of {finalist} in round {number} go from 1 to {MOST_STARS}.")
    points = sum((Fraction(star - 1) * count for star, count in ballots.items()), Fraction(0))
    return points * HIGHEST / (MOST_STARS - 1) / tally.counted


def _must_add_up(tally: Tally, counts: Iterable[int], what: str) -> None:
    """A tally whose parts differ from its sum was not counted in one piece; its shares would be a guess."""
    counts = tuple(counts)
    if min(counts, default=0) < 0 or sum(counts) != tally.counted:
        raise MarkRefused(f"{what} add up to {sum(counts)}, but {tally.counted} ballots were counted.")


def _mean(values: list[Fraction], trimmed: bool) -> Fraction:
    if trimmed and len(values) >= FEWEST_TO_TRIM:
        values = sorted(values)[1:-1]
    return sum(values, Fraction(0)) / len(values)


def _weighted_mean(weighted: Iterable[tuple[Fraction, Fraction]]) -> Fraction:
    """Mean of (weight, value) pairs; the weights are positive."""
    pairs = tuple(weighted)
    return sum((w * value for w, value in pairs), Fraction(0)) / sum((w for w, _ in pairs), Fraction(0))
