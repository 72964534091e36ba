"""Worked examples of ARCHITECTURE section 7, counted by hand."""

from dataclasses import replace
from fractions import Fraction

import pytest

from server.domain.components import Absence
from server.domain.errors import Refused
from server.domain.mark_parsing import MarkRefused
from server.domain.marks import Correction, RoundMarks, Scorecard, Tally, Verdict
from server.domain.rules import AudienceMethod, Component, Criterion, Scoring, Weights
from server.domain.scoring import score_round

TWO = ("a", "b")
ONE_CRITERION = (Criterion("overall", "Overall"),)
LIVE = Scoring(criteria=ONE_CRITERION)
AUDIENCE_ONLY = replace(LIVE, weights=Weights(Fraction(0), Fraction(0), Fraction(1)), audience_quorum=1)
F = Fraction


def cards(expert, **marks):
    return tuple(Scorecard(expert, finalist, {"overall": F(mark)}) for finalist, mark in marks.items())


def verdicts(judge, weight=1, **marks):
    return tuple(Verdict(judge, finalist, F(mark), weight=F(weight)) for finalist, mark in marks.items())


EXAMPLE = RoundMarks(
    number=1,
    multiplier=1,
    finalists=TWO,
    entered=frozenset(TWO),
    verdicts=verdicts("judge", a="7.25", b="5"),
    scorecards=cards("tan", a="8.5", b="6"),
    tally=Tally(counted=212, discarded=3, favourites={"a": 60, "b": 152}),
)


def score(scoring, marks, finalist="a"):
    return score_round(scoring, marks).scores[finalist]


def test_the_example_of_the_results_bundle():
    a = score(LIVE, EXAMPLE)
    assert (a.llm, a.experts, a.audience) == (F(29, 4), F(17, 2), F(150, 53))
    assert a.score == F(2, 5) * F(29, 4) + F(2, 5) * F(17, 2) + F(1, 5) * F(150, 53)


def test_a_bonus_round_counts_double():
    assert score(LIVE, replace(EXAMPLE, multiplier=2)).score == 2 * score(LIVE, EXAMPLE).score


def test_without_quorum_the_audience_is_dropped_for_all_and_40_40_becomes_half_and_half():
    scored = score_round(LIVE, replace(EXAMPLE, tally=Tally(29, 0, {"a": 29, "b": 0})))
    assert scored.present == (Component.LLM, Component.EXPERTS)
    assert scored.absent == {Component.AUDIENCE: Absence.BELOW_QUORUM}
    assert scored.weights == {Component.LLM: F(1, 2), Component.EXPERTS: F(1, 2)}
    assert scored.scores["a"].audience is None
    assert scored.scores["a"].score == F(63, 8)


def test_an_experts_mark_is_the_weighted_mean_of_the_criteria():
    criteria = (Criterion("accuracy", "Accuracy", F(2)), Criterion("flair", "Flair"), Criterion("x", "X", F(0)))
    marked = tuple(Scorecard("tan", f, {"accuracy": F(9), "flair": F(6)}) for f in TWO)
    assert score(replace(LIVE, criteria=criteria), replace(EXAMPLE, scorecards=marked)).experts == 8


@pytest.mark.parametrize(
    ("marks", "trimmed", "mean"),
    [
        ((0, 5, 6, 7, 10), True, "6"),
        ((0, 5, 6, 7, 10), False, "28/5"),
        ((0, 5, 6, 10), True, "21/4"),
        ((10, 10, 10, 10, 10, 1), True, "10"),
    ],
)
def test_the_highest_and_the_lowest_are_dropped_from_five_complete_scorecards_on(marks, trimmed, mean):
    given = tuple(card for n, mark in enumerate(marks) for card in cards(f"e{n}", a=mark, b=5))
    scoring = replace(LIVE, experts_trimmed=trimmed)
    assert score(scoring, replace(EXAMPLE, scorecards=given)).experts == F(mean)


def test_five_experts_of_whom_one_is_incomplete_are_too_few_to_trim():
    given = tuple(card for n, mark in enumerate((0, 5, 6, 10)) for card in cards(f"e{n}", a=mark, b=5))
    scored = score_round(
        replace(LIVE, experts_trimmed=True), replace(EXAMPLE, scorecards=(*given, *cards("late", a=10)))
    )
    assert scored.experts_complete == ("e0", "e1", "e2", "e3")
    assert scored.scores["a"].experts == F(21, 4)


def test_judges_count_by_their_weight_and_only_when_they_marked_every_entry():
    given = verdicts("x", weight=3, a=8, b=8) + verdicts("y", a=4, b=4) + verdicts("lazy", a=10)
    scored = score_round(LIVE, replace(EXAMPLE, verdicts=given + verdicts("mute", weight=0, a=0, b=0)))
    assert scored.judges_in == ("x", "y")
    assert scored.scores["a"].llm == 7


def test_the_later_of_two_marks_of_one_judge_counts():
    assert score(LIVE, replace(EXAMPLE, verdicts=EXAMPLE.verdicts + verdicts("judge", a=1))).llm == 1


@pytest.mark.parametrize(("stars", "mark"), [({5: 30}, "10"), ({1: 30}, "0"), ({3: 15, 4: 15}, "25/4")])
def test_stars_are_mapped_linearly_to_0_to_10(stars, mark):
    scoring = replace(LIVE, audience_method=AudienceMethod.STARS)
    tally = Tally(counted=30, stars={"a": stars, "b": {1: 30}})
    assert score(scoring, replace(EXAMPLE, tally=tally)).audience == F(mark)


def test_ballots_of_another_method_are_absent_not_zero():
    scored = score_round(replace(LIVE, audience_method=AudienceMethod.STARS), EXAMPLE)
    assert scored.absent == {Component.AUDIENCE: Absence.OTHER_BALLOTS}


@pytest.mark.parametrize(
    "tally",
    [
        Tally(30, favourites={"a": 20, "b": 9}),
        Tally(30, favourites={"a": 31, "b": -1}),
        Tally(30, favourites={"a": 31}),
    ],
)
def test_a_tally_that_does_not_add_up_is_refused(tally):
    with pytest.raises(MarkRefused, match=r"votes of round 1 add up to \d+, but 30 ballots were counted"):
        score_round(LIVE, replace(EXAMPLE, tally=tally))


@pytest.mark.parametrize("stars", [{"a": {5: 30}}, {"a": {5: 30}, "b": {5: 29}}, {"a": {5: 30}, "b": {6: 30}}])
def test_stars_that_do_not_add_up_are_refused(stars):
    with pytest.raises(MarkRefused, match="The stars of b in round 1"):
        score_round(replace(LIVE, audience_method=AudienceMethod.STARS), replace(EXAMPLE, tally=Tally(30, stars=stars)))


def test_a_round_without_any_marks_has_no_scores():
    scored = score_round(LIVE, RoundMarks(3, 2, TWO, frozenset(TWO)))
    assert scored.present == ()
    assert scored.weights == {}
    assert {s.score for s in scored.scores.values()} == {0}
    assert scored.absent == {
        Component.LLM: Absence.NO_JUDGE,
        Component.EXPERTS: Absence.NO_EXPERT,
        Component.AUDIENCE: Absence.BELOW_QUORUM,
    }


def test_a_round_without_any_entry_has_no_scores():
    scored = score_round(LIVE, replace(EXAMPLE, entered=frozenset()))
    assert set(scored.absent.values()) == {Absence.NO_ENTRY}


def test_a_quorum_of_0_still_wants_one_ballot():
    scored = score_round(replace(AUDIENCE_ONLY, audience_quorum=0), replace(EXAMPLE, tally=Tally()))
    assert scored.present == ()


def test_all_weights_0_is_a_round_without_scores():
    assert score_round(replace(LIVE, weights=Weights(F(0), F(0), F(0))), EXAMPLE).present == ()


def test_a_negative_weight_is_refused():
    with pytest.raises(Refused, match="weight of llm is -1"):
        score_round(replace(LIVE, weights=Weights(F(-1), F(1), F(1))), EXAMPLE)


def test_who_has_no_entry_needs_no_marks_and_gets_0():
    scored = score_round(
        replace(LIVE, audience_quorum=1),
        replace(
            EXAMPLE,
            entered=frozenset({"a"}),
            verdicts=verdicts("judge", a=7),
            scorecards=cards("tan", a=9),
            tally=Tally(4, favourites={"a": 4}),
        ),
    )
    b = scored.scores["b"]
    assert (b.llm, b.experts, b.audience, b.score) == (0, 0, 0, 0)
    assert scored.scores["a"].score == F(2, 5) * 7 + F(2, 5) * 9 + F(1, 5) * 10


def test_a_correction_replaces_the_component_and_the_last_one_wins():
    corrections = tuple(Correction("a", Component.LLM, F(29, 4), F(to), "misread") for to in (7, 6))
    scored = score_round(LIVE, replace(EXAMPLE, corrections=corrections))
    assert scored.scores["a"].llm == 6
    assert scored.scores["b"] == score(LIVE, EXAMPLE, "b")


def test_a_correction_can_give_a_mark_to_who_has_no_entry():
    lost = replace(EXAMPLE, entered=frozenset({"b"}), tally=Tally(30, favourites={"b": 30}))
    corrections = (Correction("a", Component.EXPERTS, F(0), F(5), "the machine failed"),)
    assert score(LIVE, replace(lost, corrections=corrections)).score == 2


def test_a_correction_brings_back_no_absent_component():
    silent = replace(EXAMPLE, verdicts=(), corrections=(Correction("a", Component.LLM, None, F(9), "judge was out"),))
    assert score_round(LIVE, silent).absent == {Component.LLM: Absence.NO_JUDGE}
    assert score(LIVE, silent).llm is None


@pytest.mark.parametrize("mark", [F(1, 3), F(7, 10_000)])
def test_a_judges_mark_finer_than_thousandths_is_refused(mark):
    with pytest.raises(MarkRefused, match="in steps of 1/1000"):
        score_round(LIVE, replace(EXAMPLE, verdicts=verdicts("judge", a=mark, b=1)))


def test_an_experts_mark_finer_than_half_points_is_refused():
    with pytest.raises(MarkRefused, match=r"mark of tan for a is .* in steps of 1/2; got 29/4"):
        score_round(LIVE, replace(EXAMPLE, scorecards=cards("tan", a=F(29, 4), b=1)))
