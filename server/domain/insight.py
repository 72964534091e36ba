"""What the scores say about the scoring: what each component really moved, where machine and people
disagreed, whether longer answers were marked higher. For the organiser and the results; decides nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from statistics import StatisticsError, correlation, linear_regression

from server.domain.rules import Component
from server.domain.scoring import RoundScores

PEOPLE = (Component.EXPERTS, Component.AUDIENCE)
PER_CHARACTERS = 100


@dataclass(frozen=True, slots=True)
class Disagreement:
    """How the LLM and the people differ on one entry, in marks of 0 to 10.

    `people`: mean of experts and audience by their weights. `gap`: how much further above its round's mean
    the LLM put the entry than the people did; from the mean, because shares of votes and marks have
    different levels. `llm_place`, `people_place`: 1 is best, equal marks share a place.
    """

    round: int
    finalist: str
    llm: Fraction
    people: Fraction
    gap: Fraction
    llm_place: int
    people_place: int


@dataclass(frozen=True, slots=True)
class MarkedAnswer:
    """An answer's length in characters and one mark it got, 0 to 10, in one round."""

    round: int
    characters: int
    mark: Fraction


@dataclass(frozen=True, slots=True)
class LengthEffect:
    """How marks go with length within rounds: Pearson's r, and marks gained per 100 more characters.

    Both are None when there are fewer than two answers or no spread to compare.
    """

    answers: int
    correlation: float | None
    marks_per_100_characters: float | None


def effective_weights(rounds: Sequence[RoundScores]) -> dict[Component, float]:
    """The share of each component in what really moved the scores; sums to 1, or to 0 where nothing moved.

    A component's part is the population standard deviation, over the finalists, of the points it gave in
    these rounds (multiplier × weight × mark): in one round that is weight × spread.
    """
    spreads = {component: _spread(points_given(rounds, component).values()) for component in Component}
    whole = sum(spreads.values())
    return {component: spread / whole if whole else 0.0 for component, spread in spreads.items()}


def points_given(rounds: Iterable[RoundScores], component: Component) -> dict[str, Fraction]:
    """Finalist → points that `component` gave them in these rounds: Σ multiplier × weight × mark."""
    points: dict[str, Fraction] = {}
    for scores in rounds:
        weight = scores.multiplier * scores.weights.get(component, Fraction(0))
        for finalist, score in scores.scores.items():
            points[finalist] = points.get(finalist, Fraction(0)) + weight * (score[component] or 0)
    return points


def disagreements(scores: RoundScores, entered: Iterable[str]) -> tuple[Disagreement, ...]:
    """One row per entry, the widest gap first; empty where the LLM or the people have no marks."""
    people_in = [component for component in PEOPLE if component in scores.present]
    finalists = [f for f in scores.scores if f in set(entered)]
    if Component.LLM not in scores.present or not people_in or not finalists:
        return ()
    llm = {f: scores.scores[f].llm or Fraction(0) for f in finalists}
    people = {f: _people_mark(scores, f, people_in) for f in finalists}
    above_llm, above_people = _above_mean(llm), _above_mean(people)
    rows = [
        Disagreement(
            round=scores.number,
            finalist=f,
            llm=llm[f],
            people=people[f],
            gap=above_llm[f] - above_people[f],
            llm_place=_place(llm, f),
            people_place=_place(people, f),
        )
        for f in finalists
    ]
    return tuple(sorted(rows, key=lambda row: (-abs(row.gap), row.finalist)))


def length_against_mark(answers: Iterable[MarkedAnswer]) -> LengthEffect:
    """Whether longer answers got higher marks, compared within each round only: questions differ in both."""
    by_round: defaultdict[int, list[MarkedAnswer]] = defaultdict(list)
    for answer in answers:
        by_round[answer.round].append(answer)
    lengths: list[float] = []
    marks: list[float] = []
    for group in by_round.values():
        mean_length = Fraction(sum(a.characters for a in group), len(group))
        mean_mark = sum((a.mark for a in group), Fraction(0)) / len(group)
        lengths += [float(a.characters - mean_length) for a in group]
        marks += [float(a.mark - mean_mark) for a in group]
    try:
        slope = linear_regression(lengths, marks).slope * PER_CHARACTERS
        return LengthEffect(len(lengths), correlation(lengths, marks), slope)
    except StatisticsError:
        return LengthEffect(len(lengths), None, None)


def _people_mark(scores: RoundScores, finalist: str, people_in: Iterable[Component]) -> Fraction:
    marks = [(scores.weights[c], scores.scores[finalist][c] or Fraction(0)) for c in people_in]
    return sum((w * mark for w, mark in marks), Fraction(0)) / sum((w for w, _ in marks), Fraction(0))


def _above_mean(marks: Mapping[str, Fraction]) -> dict[str, Fraction]:
    mean = sum(marks.values(), Fraction(0)) / len(marks)
    return {finalist: mark - mean for finalist, mark in marks.items()}


def _place(marks: Mapping[str, Fraction], finalist: str) -> int:
    return 1 + sum(mark > marks[finalist] for mark in marks.values())


def _spread(points: Iterable[Fraction]) -> float:
    """Population standard deviation; the variance is exact, so one rounding is all there is."""
    values = tuple(points)
    if not values:
        return 0.0
    mean = sum(values, Fraction(0)) / len(values)
    return sqrt(sum(((v - mean) ** 2 for v in values), Fraction(0)) / len(values))
