"""When a component, an expert, a judge or a mark does not count. The table of invariants: test_scoring_invariants."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import strategies as st

from server.domain.mark_parsing import MarkRefused
from server.domain.marks import Correction, Scorecard, Tally, Verdict
from server.domain.rules import Component, Scoring, Weights
from server.domain.scoring import score_round
from tests.domain import drawn_rounds as drawn
from tests.domain.drawn_rounds import NAMES, holds_for, plain

any_round = drawn.scored_rounds()
complete_round = drawn.scored_rounds(complete=True)
weighted_round = drawn.scored_rounds(
    complete=True, scorings=drawn.scorings(weights=drawn.positive_weights, quorum=st.just(1))
)


@holds_for(any_round)
def test_a_component_is_present_for_everyone_or_for_nobody(round_):
    scored = score_round(*round_)
    assert {*scored.present, *scored.absent} == set(Component)
    for component in Component:
        has_mark = {score[component] is not None for score in scored.scores.values()}
        assert has_mark == {component in scored.present}


@holds_for(any_round)
def test_the_weights_of_what_is_present_sum_to_exactly_1(round_):
    scored = score_round(*round_)
    assert tuple(scored.weights) == scored.present
    assert sum(scored.weights.values()) == (1 if scored.present else 0)
    for score in scored.scores.values():
        points = sum((scored.weights[c] * score[c] for c in scored.present), Fraction(0))
        assert score.score == scored.multiplier * points


@holds_for(any_round, st.sampled_from(Component))
def test_weight_0_is_the_same_as_no_marks(round_, component):
    scoring, marks = round_
    unweighted = replace(scoring, weights=replace(scoring.weights, **{component.value: Fraction(0)}))
    without = {
        Component.LLM: replace(marks, verdicts=()),
        Component.EXPERTS: replace(marks, scorecards=()),
        Component.AUDIENCE: replace(marks, tally=Tally()),
    }[component]
    assert plain(score_round(unweighted, marks)) == plain(score_round(scoring, without))


@holds_for(weighted_round)
def test_the_audience_is_absent_just_below_the_quorum(round_):
    scoring, marks = round_
    reached = replace(scoring, audience_quorum=marks.tally.counted)
    missed = replace(scoring, audience_quorum=marks.tally.counted + 1)
    assert Component.AUDIENCE in score_round(reached, marks).present
    assert Component.AUDIENCE not in score_round(missed, marks).present
    assert plain(score_round(missed, marks)) == plain(score_round(missed, replace(marks, tally=Tally())))


@holds_for(complete_round, st.sampled_from(NAMES))
def test_an_expert_who_missed_one_entry_counts_as_absent(round_, missed):
    scoring, marks = round_
    late = marks.scorecards[0].expert
    partly = tuple(c for c in marks.scorecards if (c.expert, c.finalist) != (late, missed))
    without = tuple(c for c in marks.scorecards if c.expert != late)
    assert score_round(scoring, replace(marks, scorecards=partly)) == score_round(
        scoring, replace(marks, scorecards=without)
    )


@holds_for(complete_round, st.sampled_from([c.key for c in drawn.CRITERIA]))
def test_an_expert_who_missed_one_criterion_counts_as_absent(round_, missed):
    scoring, marks = round_
    first, *others = marks.scorecards
    partly = replace(first, marks={key: mark for key, mark in first.marks.items() if key != missed})
    without = tuple(c for c in others if c.expert != first.expert)
    assert score_round(scoring, replace(marks, scorecards=(partly, *others))) == score_round(
        scoring, replace(marks, scorecards=without)
    )


@holds_for(complete_round, st.sampled_from(NAMES))
def test_a_judge_who_missed_one_entry_counts_as_absent(round_, missed):
    scoring, marks = round_
    late = marks.verdicts[0].judge
    partly = tuple(v for v in marks.verdicts if (v.judge, v.finalist) != (late, missed))
    without = tuple(v for v in marks.verdicts if v.judge != late)
    assert score_round(scoring, replace(marks, verdicts=partly)) == score_round(
        scoring, replace(marks, verdicts=without)
    )


@holds_for(any_round)
def test_a_finalist_without_an_entry_has_0_in_each_present_component(round_):
    scoring, marks = round_
    scored = score_round(scoring, replace(marks, corrections=()))
    for finalist in set(NAMES) - marks.entered:
        score = scored.scores[finalist]
        assert score.score == 0
        assert all(score[component] == 0 for component in scored.present)


@pytest.mark.parametrize("mark", [Fraction(-1, 2), Fraction(21, 2), Fraction(11), Fraction(10**9)])
@holds_for(round_=weighted_round)
def test_marks_off_the_scale_are_refused_wherever_they_are(mark, round_):
    scoring, marks = round_
    bad = (
        replace(marks, verdicts=(*marks.verdicts, Verdict("x", "arjun", mark))),
        replace(marks, scorecards=(*marks.scorecards, Scorecard("x", "arjun", {"accuracy": mark, "flair": mark}))),
        replace(marks, corrections=(Correction("arjun", Component.LLM, None, mark, "typo"),)),
    )
    for refused in bad:
        with pytest.raises(MarkRefused, match="from 0 to 10"):
            score_round(scoring, refused)


def test_default_weights_are_40_40_20():
    assert Scoring().weights == Weights(Fraction(2, 5), Fraction(2, 5), Fraction(1, 5))
