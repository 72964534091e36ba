"""How LLM judges count: weights frozen with the event, exact checks in the mark, findings, second opinions."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import strategies as st

from server.domain import commands as c
from server.domain import events as e
from server.domain.actors import SYSTEM
from server.domain.duties import judge_calls, must_inspect
from server.domain.errors import Refused
from server.domain.event import Event, JudgeSeat, Question
from server.domain.evolve import fold, initial
from server.domain.exact_checks import CheckKind, ExactCheck
from server.domain.marks import Finding, Scorecard, Tally, Verdict
from server.domain.rules import Component, Criterion
from server.domain.scoreboard import round_scores
from server.domain.scoring import score_round
from server.domain.setup import check_event
from server.domain.state import Phase
from server.store.codec import decode
from tests.domain import drawn_rounds as drawn
from tests.domain.drawn_rounds import holds_for
from tests.stagehand import Stagehand, event

F = Fraction
THREE = ExactCheck(CheckKind.SAYS_NUMBER, number=F(3))
FINDING = Finding("override", "ignore previous instructions", "It tells the judge to forget its rules.")


def judged_by(*weights: str) -> Event:
    seats = tuple(JudgeSeat(f"judge-{n}", f"Judge {n}", weight=F(weight)) for n, weight in enumerate(weights))
    return event(judges=seats)


def say(hand: Stagehand, judge: str, mark: str, rejudging: bool = False, **more: object) -> None:
    verdicts = tuple(Verdict(judge, f, F(mark), "Because.", **more) for f in hand.round.entries)  # type: ignore[arg-type]
    hand.do(c.RecordVerdicts(hand.round.key, judge, verdicts, rejudging, ("ab" * 32,)), SYSTEM)


def llm_of(hand: Stagehand) -> Fraction | None:
    return round_scores(hand.state, hand.round).scores["mei-ling"].llm


def test_judges_count_by_the_weights_that_were_frozen_with_the_event() -> None:
    hand = Stagehand(judged_by("3", "1")).judge()
    say(hand, "judge-0", "8", weight=F(99))
    say(hand, "judge-1", "4")
    hand.seal_current()
    assert llm_of(hand) == 7
    assert {v.weight for v in hand.round.verdicts if v.judge == "judge-0"} == {F(3)}


@pytest.mark.parametrize(("weights", "mark"), [(("0", "1"), 4), (("1", "0"), 8), (("1", "1"), 6), (("2/3", "2/3"), 6)])
def test_weight_0_is_not_heard_and_equal_weights_are_the_plain_mean(weights: tuple[str, ...], mark: int) -> None:
    hand = Stagehand(judged_by(*weights)).judge()
    say(hand, "judge-0", "8")
    say(hand, "judge-1", "4")
    hand.seal_current()
    assert llm_of(hand) == mark


def test_a_judge_that_abstained_leaves_the_others_their_weights() -> None:
    hand = Stagehand(judged_by("3", "1", "1")).judge()
    hand.do(c.RecordAbstention(hand.round.key, "judge-0", "prose", requests=("cd" * 32,)), SYSTEM)
    say(hand, "judge-1", "4")
    say(hand, "judge-2", "5")
    hand.seal_current()
    assert llm_of(hand) == F(9, 2)


@pytest.mark.parametrize("weights", [("-1", "2"), ("0", "0"), ("0",)])
def test_weights_that_mean_nothing_are_refused_with_the_event(weights: tuple[str, ...]) -> None:
    with pytest.raises(Refused, match="at least one is above zero"):
        check_event(judged_by(*weights))


@holds_for(drawn.scored_rounds(complete=True), drawn.positive)
def test_scaling_the_weights_of_all_judges_changes_nothing(round_, factor):
    scoring, marks = round_
    scaled = tuple(replace(v, weight=factor * v.weight) for v in marks.verdicts)
    assert score_round(scoring, replace(marks, verdicts=scaled)).scores == score_round(scoring, marks).scores


@holds_for(drawn.scored_rounds(complete=True), st.fractions(0, 10, max_denominator=1000))
def test_a_judge_of_weight_0_is_absent_whatever_it_says(round_, mark):
    scoring, marks = round_
    rounded = F(round(mark * 1000), 1000)
    ghost = tuple(Verdict("ghost", f, rounded, weight=F(0)) for f in marks.entered)
    assert score_round(scoring, replace(marks, verdicts=marks.verdicts + ghost)) == score_round(scoring, marks)


@holds_for(drawn.scored_rounds(complete=True), st.randoms(use_true_random=False))
def test_the_order_in_which_judges_answer_changes_nothing(round_, chance):
    scoring, marks = round_
    shuffled = tuple(chance.sample(marks.verdicts, len(marks.verdicts)))
    assert score_round(scoring, replace(marks, verdicts=shuffled)) == score_round(scoring, marks)


@holds_for(drawn.scored_rounds(complete=True))
def test_a_weighted_component_lies_between_the_judges_marks(round_):
    scoring, marks = round_
    scores = score_round(scoring, marks)
    for finalist in marks.entered if Component.LLM in scores.present else ():
        given = [v.mark for v in marks.verdicts if v.finalist == finalist and v.weight > 0]
        corrected = [x.after for x in marks.corrections if (x.finalist, x.component) == (finalist, Component.LLM)]
        assert corrected or min(given) <= scores.scores[finalist].llm <= max(given)


def counting(share: str = "1/2") -> Event:
    return event(questions=(Question("How many?", checks=(THREE,), checks_share=F(share)), Question("Two?")))


def test_checks_are_counted_at_the_bell_and_enter_every_judges_mark() -> None:
    hand = Stagehand(counting()).start()
    for finalist, text in zip(hand.state.event.finalist_ids, ["3", "4", "3 of them", "none", "three"], strict=True):
        hand.generate(finalist, text)
    hand.ring()
    assert [found[0].passed for found in hand.round.counted.values()] == [True, False, True, False, True]
    say(hand, "judge", "6")
    by_finalist = {v.finalist: v for v in hand.round.verdicts}
    assert [v.mark for v in by_finalist.values()] == [8, 3, 8, 3, 8]
    assert {v.judged for v in by_finalist.values()} == {F(6)}
    assert by_finalist["arjun"].reason == (
        "Counted by code (50 % of the mark): The last number in the answer is 4, but 3 is right. Because."
    )


def test_checks_enter_a_second_opinion_in_the_same_way() -> None:
    hand = Stagehand(counting("1/4")).seal()
    hand.do(c.Rejudge("the judge was drunk"))
    say(hand, "judge", "8", rejudging=True)
    assert hand.round.rejudging is not None
    assert {v.mark for v in hand.round.rejudging.verdicts} == {F(6)}


def test_a_question_without_checks_counts_nothing() -> None:
    hand = Stagehand().judge()
    assert hand.round.counted == {}
    say(hand, "judge", "6")
    assert {(v.mark, v.judged, v.reason) for v in hand.round.verdicts} == {(F(6), None, "Because.")}


def test_entries_are_to_be_inspected_once_and_findings_change_no_mark() -> None:
    hand = Stagehand().judge()
    assert must_inspect(hand.state) == "1.1"
    found = c.NoteFindings("1.1", {"arjun": (FINDING,), "farah": (), "ghost": (FINDING,)})
    assert hand.do(found, SYSTEM) == (e.EntriesInspected({"arjun": (FINDING,)}),)
    assert must_inspect(hand.state) is None
    assert hand.do(found, SYSTEM) == ()
    hand.seal_current()
    assert llm_of(hand) == 9


def test_a_round_that_has_moved_on_takes_no_findings() -> None:
    hand = Stagehand().reveal()
    assert must_inspect(hand.state) is None
    assert hand.do(c.NoteFindings("1.1", {"arjun": (FINDING,)}), SYSTEM) == ()


def test_a_round_without_entries_has_nothing_to_inspect() -> None:
    assert must_inspect(Stagehand().start().ring().state) is None


@pytest.mark.parametrize("applied", [True, False])
def test_a_second_opinion_is_kept_with_before_and_after_whether_applied_or_dropped(applied: bool) -> None:
    hand = Stagehand().seal()
    before = hand.round.verdicts
    hand.wait(5).do(c.Rejudge("a mark looks odd"))
    asked_at = hand.now
    say(hand, "judge", "5", rejudging=True)
    hand.do(c.ApplyRejudging() if applied else c.DiscardRejudging())
    (opinion,) = hand.round.second_opinions
    assert (opinion.reason, opinion.asked_at, opinion.applied) == ("a mark looks odd", asked_at, applied)
    assert opinion.before == before
    assert {v.mark for v in opinion.after} == {F(5)}
    assert hand.round.verdicts == (opinion.after if applied else before)
    assert hand.round.rejudging is None


def test_asking_twice_shows_the_judges_other_orders() -> None:
    hand = Stagehand().seal()
    seeds = [hand.round.opened_at]
    for _ in range(2):
        hand.wait(5).do(c.Rejudge("again"))
        seeds += [call.seed for call in judge_calls(hand.state)]
        hand.do(c.DiscardRejudging())
    assert len(set(seeds)) == 3


def test_a_question_with_criteria_of_its_own_is_marked_by_them() -> None:
    own = (Criterion("humour", meaning="It makes the hall laugh."), Criterion("accuracy", weight=F(1, 2)))
    hand = Stagehand(event(questions=(Question("Joke?", criteria=own), Question("Two?")))).judge()
    hand.verdicts().do(c.CloseJudging())
    cards = tuple(
        Scorecard("expert-1", f, {"humour": F(9), "accuracy": F(6), "flair": F(0)}) for f in hand.round.entries
    )
    hand.do(c.Seal(hand.round.key, Tally(), cards), SYSTEM)
    assert round_scores(hand.state, hand.round).scores["farah"].experts == 8
    assert own[0].title == "Humour"
    assert hand.state.event.criteria_of(hand.state.event.questions[1]) == hand.state.event.rules.scoring.criteria


OLD = [
    ("RoundOpened", '{"briefing_ends_at":null,"key":"1.1","number":1,"run":1}'),
    ("ClockStarted", '{"bell_at":1800000060000}'),
    (
        "AttemptStarted",
        '{"adapter":"","attempt_id":"a","automatic":false,"finalist":"farah","max_tokens":200,"seed":7,'
        '"system_prompt":"Be brief.","temperature":0.7,"top_p":0.9}',
    ),
    (
        "AttemptFinished",
        '{"attempt_id":"a","engine":"","failure":"","finish_reason":"stop","retries":0,"text":"An answer.",'
        '"tokens":2,"ttft_ms":80}',
    ),
    ("BellRung", '{"early":false,"grace_ends_at":1800000065000,"reason":""}'),
    (
        "RoundSettled",
        '{"entries":{"farah":"a"},"flags":{},"judges_end_at":1800000120000,"voting_ends_at":1800000105000}',
    ),
    (
        "VerdictsRecorded",
        '{"judge":"judge","rejudging":false,"verdicts":[{"finalist":"farah","judge":"judge","mark":"7",'
        '"reason":"Warm.","weight":"1"}]}',
    ),
    ("JudgeAbstained", '{"judge":"other","reason":"prose","rejudging":false}'),
    ("JudgingClosed", '{"automatic":false}'),
    ("RoundSealed", '{"scorecards":[],"tally":{"counted":0,"discarded":0,"favourites":{},"stars":{}}}'),
]


def test_a_journal_from_before_weights_and_checks_still_folds() -> None:
    told = [(1_800_000_000_000 + n, decode(kind, payload)) for n, (kind, payload) in enumerate(OLD)]
    state = fold(initial(event()), told)
    assert state.current is not None
    assert state.current.phase is Phase.SEALED
    assert state.current.counted == {}
    assert round_scores(state, state.current).scores["farah"].llm == 7
    seat = decode("EventConfigured", '{"event":{"id":"x","name":"X","seed":"s","judges":[{"name":"j","label":"J"}]}}')
    assert isinstance(seat, e.EventConfigured)
    assert seat.event.judges[0].weight == 1
