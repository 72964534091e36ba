"""From the marks of a round to its scores (ARCHITECTURE section 7), in exact arithmetic.

Nothing is rounded here. How each component is gathered is in `components`, the places over all rounds
in `standings`, reading what people typed in `mark_parsing`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from server.domain.components import Absence, Gathered, gather
from server.domain.errors import Refused
from server.domain.mark_parsing import on_scale
from server.domain.marks import RoundMarks
from server.domain.rules import Component, Scoring, Weights


@dataclass(frozen=True, slots=True)
class FinalistScore:
    """One finalist's round: each component 0 to 10, or None where absent; `score` with the multiplier in."""

    llm: Fraction | None
    experts: Fraction | None
    audience: Fraction | None
    score: Fraction

    def __getitem__(self, component: Component) -> Fraction | None:
        """This finalist's mark in `component`; None where the component is absent from the round."""
        return {
            Component.LLM: self.llm,
            Component.EXPERTS: self.experts,
            Component.AUDIENCE: self.audience,
        }[component]


@dataclass(frozen=True, slots=True)
class RoundScores:
    """The scores of one round.

    `present`: the components that count; empty when the round has no scores, and then everyone has 0.
    `absent`: why each other component does not. `weights`: of the present ones, sum exactly 1.
    `experts_complete`, `judges_in`: whose marks went in, by name.
    """

    number: int
    multiplier: int
    present: tuple[Component, ...]
    absent: Mapping[Component, Absence]
    weights: Mapping[Component, Fraction]
    scores: Mapping[str, FinalistScore]
    experts_complete: tuple[str, ...]
    judges_in: tuple[str, ...]


def score_round(scoring: Scoring, marks: RoundMarks) -> RoundScores:
    """Score one round for every finalist.

    Two marks of one judge or expert for one entry: the later counts. A correction replaces the component
    of its finalist, the last one winning, and does nothing where the component is absent.
    Raises MarkRefused for marks off the scale or a tally that does not add up, Refused for a negative weight.
    """
    gathered = {component: gather(component, scoring, marks) for component in Component}
    absent = {component: part.absent for component, part in gathered.items() if part.absent is not None}
    present = tuple(component for component in Component if component not in absent)
    weights = renormalised(scoring.weights, present)
    return RoundScores(
        number=marks.number,
        multiplier=marks.multiplier,
        present=present,
        absent=absent,
        weights=weights,
        scores=_scores(marks, weights, {component: gathered[component] for component in present}),
        experts_complete=gathered[Component.EXPERTS].sources,
        judges_in=gathered[Component.LLM].sources,
    )


def renormalised(weights: Weights, present: tuple[Component, ...]) -> dict[Component, Fraction]:
    """The weights of the present components, scaled to sum 1. Raises Refused for a negative weight."""
    for component in Component:
        if weights[component] < 0:
            raise Refused(f"The weight of {component} is {weights[component]}: choose 0 or more.")
    whole = sum((weights[component] for component in present), Fraction(0))
    return {component: weights[component] / whole for component in present}


def _scores(
    marks: RoundMarks, weights: Mapping[Component, Fraction], gathered: Mapping[Component, Gathered]
) -> dict[str, FinalistScore]:
    corrected = _corrected(marks)
    scores = {}
    for finalist in marks.finalists:
        parts = {
            component: corrected.get((finalist, component), part.marks.get(finalist, Fraction(0)))
            for component, part in gathered.items()
        }
        points = sum((weights[component] * mark for component, mark in parts.items()), Fraction(0))
        scores[finalist] = FinalistScore(
            llm=parts.get(Component.LLM),
            experts=parts.get(Component.EXPERTS),
            audience=parts.get(Component.AUDIENCE),
            score=marks.multiplier * points,
        )
    return scores


def _corrected(marks: RoundMarks) -> dict[tuple[str, Component], Fraction]:
    return {
        (c.finalist, c.component): on_scale(c.after, f"The corrected {c.component} mark of {c.finalist}")
        for c in marks.corrections
    }
