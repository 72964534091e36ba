"""The part of the results file that follows from the rest of it: what `verify` computes again."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from server.domain.bundle_text import fraction_text, share_text
from server.domain.components import card_mark
from server.domain.insight import effective_weights
from server.domain.marks import RoundMarks
from server.domain.rules import Component, Scoring
from server.domain.scoring import RoundScores, score_round
from server.domain.standings import Standing, standings

Json = dict[str, Any]


def derived_round(scoring: Scoring, marks: RoundMarks, counts: bool) -> Json:
    """What follows from the marks of one round. A round that does not count has no scores and no weights.

    Objects by component always have all three, so that a file cannot claim one more unseen.
    Raises MarkRefused where `score_round` does.
    """
    scores = score_round(scoring, marks)
    return {
        "scorecards": card_rows(scoring, marks),
        "corrections": correction_rows(scoring, marks),
        "experts_complete": list(scores.experts_complete),
        "judges_in": list(scores.judges_in),
        "present": [component.value for component in scores.present] if counts else [],
        "absent": {c.value: str(scores.absent[c]) if counts and c in scores.absent else None for c in Component},
        "weights": {c.value: fraction_text(scores.weights.get(c)) if counts else None for c in Component},
        "scores": score_rows(scores) if counts else [],
        "effective_weights": effective_weight_rows([scores] if counts else []),
    }


def derived_result(rounds: Sequence[RoundScores], finalists: Iterable[str], seed: str) -> Json:
    """What follows from all rounds that count."""
    return {
        "standings": [_standing_row(standing) for standing in standings(rounds, finalists, seed)],
        "effective_weights": effective_weight_rows(rounds),
    }


def card_rows(scoring: Scoring, marks: RoundMarks) -> list[Json]:
    """Each scorecard's mark for its entry; null while a criterion is missing."""
    asked = marks.criteria or scoring.criteria
    return [
        {"expert": c.expert, "finalist": c.finalist, "mark": fraction_text(card_mark(asked, c))}
        for c in marks.scorecards
    ]


def correction_rows(scoring: Scoring, marks: RoundMarks) -> list[Json]:
    """Each correction with the value it replaced: what the marks give, or the correction before it."""
    scores = score_round(scoring, replace(marks, corrections=()))
    in_force: dict[tuple[str, Component], Fraction] = {}
    rows = []
    for correction in marks.corrections:
        component, finalist = correction.component, correction.finalist
        before: Fraction | None = None
        if component in scores.present and finalist in scores.scores:
            before = in_force.get((finalist, component), scores.scores[finalist][component])
            in_force[finalist, component] = correction.after
        rows.append({"finalist": finalist, "component": component.value, "from": fraction_text(before)})
    return rows


def score_rows(scores: RoundScores) -> list[Json]:
    """One row per finalist, in lane order; null where a component is absent."""
    return [
        {
            "finalist": finalist,
            "llm": fraction_text(score.llm),
            "experts": fraction_text(score.experts),
            "audience": fraction_text(score.audience),
            "score": fraction_text(score.score),
        }
        for finalist, score in scores.scores.items()
    ]


def effective_weight_rows(rounds: Sequence[RoundScores]) -> dict[str, str]:
    """Component → its share of what moved the scores, three places."""
    return {component.value: share_text(share) for component, share in effective_weights(rounds).items()}


def _standing_row(standing: Standing) -> Json:
    return {
        "finalist": standing.finalist,
        "rank": standing.rank,
        "display_rank": standing.display_rank,
        "total": fraction_text(standing.total),
        "experts": fraction_text(standing.experts),
        "llm": fraction_text(standing.llm),
        "audience": fraction_text(standing.audience),
        "rounds_won": standing.rounds_won,
        "decided_by": standing.decided_by.value,
    }
