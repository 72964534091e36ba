"""What the scores say about the scoring."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import strategies as st

from server.domain.insight import (
    MarkedAnswer,
    disagreements,
    effective_weights,
    length_against_mark,
)
from server.domain.marks import RoundMarks, Scorecard, Tally, Verdict
from server.domain.rules import AudienceMethod, Component, Criterion, Scoring, Weights
from server.domain.scoring import score_round
from server.domain.what_if import what_if
from tests.domain import drawn_rounds as drawn
from tests.domain.drawn_rounds import NAMES, holds_for

F = Fraction
SCORING = Scoring(audience_quorum=1, criteria=(Criterion("overall", "Overall"),))


def marks(llm, experts, votes, number=1):
    """A round of finalists a, b, c …: one judge, one expert, votes."""
    names = "abcdefgh"[: len(llm)]
    return RoundMarks(
        number=number,
        multiplier=1,
        finalists=tuple(names),
        entered=frozenset(names),
        verdicts=tuple(Verdict("judge", f, F(m)) for f, m in zip(names, llm, strict=True)),
        scorecards=tuple(Scorecard("tan", f, {"overall": F(m)}) for f, m in zip(names, experts, strict=True)),
        tally=Tally(sum(votes), favourites=dict(zip(names, votes, strict=True))),
    )


def weights(*rounds):
    return effective_weights([score_round(SCORING, r) for r in rounds])


def test_a_component_that_marks_everyone_alike_moves_nothing():
    assert weights(marks((7, 7), (4, 8), (1, 1))) == {
        Component.LLM: 0.0,
        Component.EXPERTS: 1.0,
        Component.AUDIENCE: 0.0,
    }


def test_effective_weight_is_weight_times_spread():
    # Spreads 2, 1 and 5 with weights 2/5, 2/5, 1/5: 0.8, 0.4 and 1.0 of 2.2.
    found = weights(marks((8, 4), (6, 4), (1, 0)))
    assert found[Component.LLM] == pytest.approx(0.8 / 2.2)
    assert found[Component.EXPERTS] == pytest.approx(0.4 / 2.2)
    assert found[Component.AUDIENCE] == pytest.approx(1.0 / 2.2)


def test_over_several_rounds_opposite_spreads_cancel():
    found = weights(marks((8, 4), (6, 4), (1, 1)), marks((4, 8), (6, 4), (1, 1)))
    assert found == {Component.LLM: 0.0, Component.EXPERTS: 1.0, Component.AUDIENCE: 0.0}


def test_a_bonus_round_moves_twice_as_much():
    llm_moved, experts_moved = marks((8, 4), (5, 5), (1, 1)), marks((5, 5), (4, 8), (1, 1))
    assert weights(llm_moved, experts_moved)[Component.LLM] == pytest.approx(1 / 2)
    assert weights(replace(llm_moved, multiplier=2), experts_moved)[Component.LLM] == pytest.approx(2 / 3)


def test_where_nothing_moved_there_are_no_shares():
    assert set(weights(marks((5, 5), (5, 5), (1, 1))).values()) == {0.0}
    assert set(weights().values()) == {0.0}


@holds_for(drawn.shows(most=3))
def test_effective_weights_are_shares(show):
    scoring, rounds = show
    shares = effective_weights([score_round(scoring, r) for r in rounds]).values()
    assert all(0 <= share <= 1 for share in shares)
    assert sum(shares) == pytest.approx(1) or set(shares) == {0.0}


def test_disagreement_is_measured_from_the_mean_of_the_round():
    rows = disagreements(score_round(SCORING, marks((9, 6, 3), (4, 6, 8), (0, 5, 5))), "abc")
    first = rows[0]
    # People: (2/5 · experts + 1/5 · audience) ÷ 3/5.
    assert (first.finalist, first.llm, first.people) == ("a", 9, F(8, 3))
    assert first.gap == (9 - 6) - (F(8, 3) - (F(8, 3) + F(17, 3) + 7) / 3)
    assert (first.llm_place, first.people_place) == (1, 3)
    assert [row.finalist for row in rows] == ["a", "c", "b"]
    assert sum(row.gap for row in rows) == 0


def test_without_the_llm_or_without_people_nobody_disagrees():
    scored = marks((9, 6), (4, 6), (0, 5))
    assert disagreements(score_round(SCORING, replace(scored, verdicts=())), "ab") == ()
    nobody = replace(scored, scorecards=(), tally=Tally())
    assert disagreements(score_round(SCORING, nobody), "ab") == ()


def test_who_has_no_entry_is_not_disagreed_about():
    scored = score_round(SCORING, marks((9, 6), (4, 6), (0, 5)))
    assert [row.finalist for row in disagreements(scored, {"b"})] == ["b"]


def test_length_against_mark_compares_within_rounds():
    # In each round the longer answer gets 1 more per 100 characters; the long round is marked lower.
    answers = [(1, 100, 7), (1, 200, 8), (2, 900, 1), (2, 1100, 3)]
    effect = length_against_mark(MarkedAnswer(r, n, F(mark)) for r, n, mark in answers)
    assert effect.answers == 4
    assert effect.correlation == pytest.approx(1)
    assert effect.marks_per_100_characters == pytest.approx(1)


@pytest.mark.parametrize("answers", [[], [(1, 100, 7)], [(1, 100, 7), (1, 100, 9)], [(1, 100, 7), (2, 300, 9)]])
def test_length_without_spread_has_no_effect_to_tell(answers):
    effect = length_against_mark(MarkedAnswer(r, n, F(mark)) for r, n, mark in answers)
    assert (effect.correlation, effect.marks_per_100_characters) == (None, None)


def test_what_if_the_audience_decided_alone():
    audience_only = replace(SCORING, weights=Weights(F(0), F(0), F(1)))
    answer = what_if([marks((9, 6, 3), (9, 6, 3), (0, 1, 9))], SCORING, audience_only, "abc", "merlion")
    assert [s.finalist for s in answer.before] == ["a", "b", "c"]
    assert [s.finalist for s in answer.after] == ["c", "b", "a"]
    assert answer.champion_changes
    assert answer.distance == 1
    assert answer.swapped == (("a", "b"), ("a", "c"), ("b", "c"))
    assert [(c.finalist, c.before, c.after, c.moved) for c in answer.changes] == [
        ("a", 1, 3, -2),
        ("b", 2, 2, 0),
        ("c", 3, 1, 2),
    ]


def test_what_if_names_a_component_that_the_data_cannot_give():
    starred = replace(SCORING, audience_method=AudienceMethod.STARS)
    answer = what_if([marks((9, 6), (9, 6), (0, 1))], SCORING, starred, "ab", "merlion")
    assert answer.rounds[0].absent[Component.AUDIENCE] == "ballots of another method"
    assert not answer.champion_changes


@holds_for(drawn.shows(most=3), drawn.weights, st.booleans())
def test_what_if_the_same_changes_nothing_and_any_change_adds_up(show, weights, trimmed):
    scoring, rounds = show
    same = what_if(rounds, scoring, scoring, NAMES, "merlion")
    assert same.before == same.after
    assert (same.distance, same.swapped) == (0, ())
    other = what_if(rounds, scoring, replace(scoring, weights=weights, experts_trimmed=trimmed), NAMES, "merlion")
    assert sum(change.moved for change in other.changes) == 0
    assert 0 <= other.distance <= 1
