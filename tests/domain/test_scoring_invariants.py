"""The invariants of scoring, each as a property of any round: invariant, and the tests that hold it.

bounds
    every_score_lies_between_0_and_10_times_the_multiplier
unanimity: all marks x, the score is x when the audience votes stars
    when_all_marks_are_x_the_score_is_x
monotone in every single mark
    a_higher_{verdict,expert_mark,rating,correction}_never_lowers_a_score, a_vote_that_changes_sides_…
another finalist's expert or LLM marks never change mine
    the_marks_of_another_finalist_change_nothing_for_me
permutation of experts, voters, finalists, rounds
    the_order_of_arrival_changes_no_fraction, renaming_experts_and_judges_…, renaming_finalists_…
    test_standings: the_order_of_rounds_and_finalists_changes_nothing
scaling all weights changes nothing
    scaling_all_weights_changes_nothing
dropping a component is global to the round, and weights then sum to exactly 1
    a_component_is_present_for_everyone_or_for_nobody, the_weights_of_what_is_present_sum_to_exactly_1
weight 0 = absent
    weight_0_is_the_same_as_no_marks
multiplier 2 = the round counted twice
    multiplier_2_doubles_every_score_and_no_component
    test_standings: a_double_round_counts_as_the_round_twice
exactness: any sharding or arrival order gives the same fraction
    the_order_of_arrival_changes_no_fraction, any_sharding_of_the_voters_gives_the_same_fraction
duplicating every ballot changes nothing above quorum
    duplicating_every_ballot_changes_nothing
one extra ballot moves a finalist by at most 2/(N+1)
    one_extra_ballot_moves_a_finalist_by_at_most_its_share
last valid ballot wins, repeats change nothing; after the close nothing changes
    test_ballots
quorum less 1, and quorum
    the_audience_is_absent_just_below_the_quorum
an expert who missed one entry counts as absent
    an_expert_who_missed_one_{entry,criterion}_…, a_judge_who_missed_one_entry_…
ranks are a total preorder, the tie-break a strict order, both independent of hash seeds
    test_standings
NaN, infinities and out-of-range marks are refused, never clamped
    test_scoring_parsing, marks_off_the_scale_are_refused_wherever_they_are
folding the journal gives bit-identical totals
    test_bundle: from the file to the totals; the fold itself is tested with the state
"""

from collections import Counter
from dataclasses import replace
from fractions import Fraction

from hypothesis import assume
from hypothesis import strategies as st

from server.domain.ballots import Ballot, count, together
from server.domain.marks import Correction
from server.domain.rules import AudienceMethod, Component, Weights
from server.domain.scoring import score_round
from tests.domain import drawn_rounds as drawn
from tests.domain.drawn_rounds import NAMES, holds_for, plain, scores_of

FAVOURITE, STARS = AudienceMethod.FAVOURITE, AudienceMethod.STARS
any_round = drawn.scored_rounds()
complete_round = drawn.scored_rounds(complete=True)
weighted_round = drawn.scored_rounds(
    complete=True, scorings=drawn.scorings(weights=drawn.positive_weights, quorum=st.just(1))
)
voted_round = drawn.scored_rounds(
    complete=True, scorings=drawn.scorings(drawn.positive_weights, st.just(FAVOURITE), st.just(1))
)
starred_round = drawn.scored_rounds(complete=True, scorings=drawn.scorings(methods=st.just(STARS)))


@holds_for(any_round)
def test_every_score_lies_between_0_and_10_times_the_multiplier(round_):
    scoring, marks = round_
    scores = score_round(scoring, marks).scores
    assert tuple(scores) == marks.finalists
    for score in scores.values():
        assert 0 <= score.score <= 10 * marks.multiplier
        assert all(mark is None or 0 <= mark <= 10 for mark in (score.llm, score.experts, score.audience))


@holds_for(starred_round, st.integers(1, 5))
def test_when_all_marks_are_x_the_score_is_x(round_, stars):
    scoring, marks = round_
    x = Fraction(5 * (stars - 1), 2)
    unanimous = replace(
        marks,
        verdicts=tuple(replace(verdict, mark=x) for verdict in marks.verdicts),
        scorecards=tuple(replace(card, marks=dict.fromkeys(card.marks, x)) for card in marks.scorecards),
        tally=replace(marks.tally, stars={f: {stars: marks.tally.counted} for f in NAMES}),
    )
    scored = score_round(scoring, unanimous)
    expected = x * marks.multiplier if scored.present else 0
    assert {score.score for score in scored.scores.values()} == {expected}


@holds_for(any_round, st.data())
def test_a_higher_verdict_never_lowers_a_score(round_, data):
    scoring, marks = round_
    assume(marks.verdicts)
    place = data.draw(st.integers(0, len(marks.verdicts) - 1))
    verdict = marks.verdicts[place]
    higher = replace(verdict, mark=data.draw(st.integers(int(verdict.mark * 1000), 10_000)) * Fraction(1, 1000))
    raised = replace(marks, verdicts=(*marks.verdicts[:place], higher, *marks.verdicts[place + 1 :]))
    assert scores_of(scoring, raised)[verdict.finalist] >= scores_of(scoring, marks)[verdict.finalist]


@holds_for(any_round, st.data())
def test_a_higher_expert_mark_never_lowers_a_score(round_, data):
    scoring, marks = round_
    assume(marks.scorecards)
    place = data.draw(st.integers(0, len(marks.scorecards) - 1))
    card = marks.scorecards[place]
    key = data.draw(st.sampled_from(sorted(card.marks)))
    higher = Fraction(data.draw(st.integers(int(card.marks[key] * 2), 20)), 2)
    raised_card = replace(card, marks={**card.marks, key: higher})
    raised = replace(marks, scorecards=(*marks.scorecards[:place], raised_card, *marks.scorecards[place + 1 :]))
    assert scores_of(scoring, raised)[card.finalist] >= scores_of(scoring, marks)[card.finalist]


@holds_for(starred_round, st.sampled_from(NAMES), st.integers(1, 4))
def test_a_higher_rating_never_lowers_a_score(round_, finalist, stars):
    scoring, marks = round_
    given_ = dict(marks.tally.stars[finalist])
    assume(given_.get(stars, 0) > 0)
    raised = Counter(given_) - Counter({stars: 1}) + Counter({stars + 1: 1})
    tally = replace(marks.tally, stars={**marks.tally.stars, finalist: dict(raised)})
    before, after = scores_of(scoring, marks), scores_of(scoring, replace(marks, tally=tally))
    assert after[finalist] >= before[finalist]
    assert all(after[other] == before[other] for other in NAMES if other != finalist)


@holds_for(voted_round, st.data())
def test_a_vote_that_changes_sides_helps_the_new_side_only(round_, data):
    scoring, marks = round_
    votes = marks.tally.favourites
    voted_for = sorted(name for name, count in votes.items() if count)
    assume(voted_for)
    old = data.draw(st.sampled_from(voted_for))
    new = data.draw(st.sampled_from([name for name in NAMES if name != old]))
    moved = dict(Counter(votes) - Counter({old: 1}) + Counter({new: 1}))
    before = scores_of(scoring, marks)
    after = scores_of(scoring, replace(marks, tally=replace(marks.tally, favourites=moved)))
    assert after[new] > before[new]
    assert after[old] < before[old]
    assert all(after[f] == before[f] for f in NAMES if f not in (old, new))


@holds_for(any_round, drawn.half_points, drawn.half_points, st.sampled_from(NAMES), st.sampled_from(Component))
def test_a_higher_correction_never_lowers_a_score(round_, one, other, finalist, component):
    scoring, marks = round_
    low, high = sorted((one, other))

    def corrected(to):
        correction = Correction(finalist, component, None, to, "recount")
        return scores_of(scoring, replace(marks, corrections=(*marks.corrections, correction)))

    assert corrected(high)[finalist] >= corrected(low)[finalist]
    assert all(corrected(high)[f] == corrected(low)[f] for f in NAMES if f != finalist)


@holds_for(complete_round, complete_round, st.sampled_from(NAMES))
def test_the_marks_of_another_finalist_change_nothing_for_me(round_, other_round, me):
    scoring, marks = round_
    verdicts = {(v.judge, v.finalist): v.mark for v in other_round[1].verdicts}
    cards = {(c.expert, c.finalist): c.marks for c in other_round[1].scorecards}
    changed = replace(
        marks,
        verdicts=tuple(
            v if v.finalist == me else replace(v, mark=verdicts.get((v.judge, v.finalist), v.mark))
            for v in marks.verdicts
        ),
        scorecards=tuple(
            c if c.finalist == me else replace(c, marks=cards.get((c.expert, c.finalist), c.marks))
            for c in marks.scorecards
        ),
    )
    assert score_round(scoring, changed).scores[me] == score_round(scoring, marks).scores[me]


@holds_for(any_round, st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_no_fraction(round_, random):
    scoring, marks = round_

    def shuffled(items):
        return tuple(random.sample(list(items), len(items)))

    arrived = replace(
        marks,
        finalists=shuffled(marks.finalists),
        verdicts=shuffled(marks.verdicts),
        scorecards=shuffled(marks.scorecards),
        tally=replace(marks.tally, favourites=dict(shuffled(marks.tally.favourites.items()))),
    )
    assert plain(score_round(scoring, arrived)) == plain(score_round(scoring, marks))


@holds_for(any_round)
def test_renaming_experts_and_judges_changes_nothing(round_):
    scoring, marks = round_
    swapped = replace(
        marks,
        verdicts=tuple(replace(v, judge=f"{9 - int(v.judge[1:])}") for v in marks.verdicts),
        scorecards=tuple(replace(c, expert=f"{9 - int(c.expert[1:])}") for c in marks.scorecards),
    )
    assert plain(score_round(scoring, swapped)) == plain(score_round(scoring, marks))


@holds_for(any_round, st.permutations(NAMES))
def test_renaming_finalists_renames_their_scores(round_, order):
    scoring, marks = round_
    new = dict(zip(NAMES, order, strict=True))
    renamed = replace(
        marks,
        entered=frozenset(new[f] for f in marks.entered),
        verdicts=tuple(replace(v, finalist=new[v.finalist]) for v in marks.verdicts),
        scorecards=tuple(replace(c, finalist=new[c.finalist]) for c in marks.scorecards),
        corrections=tuple(replace(c, finalist=new[c.finalist]) for c in marks.corrections),
        tally=replace(
            marks.tally,
            favourites={new[f]: n for f, n in marks.tally.favourites.items()},
            stars={new[f]: given_ for f, given_ in marks.tally.stars.items()},
        ),
    )
    before, after = score_round(scoring, marks).scores, score_round(scoring, renamed).scores
    assert all(after[new[f]] == before[f] for f in NAMES)


@holds_for(any_round, drawn.positive)
def test_scaling_all_weights_changes_nothing(round_, factor):
    scoring, marks = round_
    w = scoring.weights
    scaled = replace(scoring, weights=Weights(w.llm * factor, w.experts * factor, w.audience * factor))
    assert score_round(scaled, marks) == score_round(scoring, marks)


@holds_for(any_round)
def test_multiplier_2_doubles_every_score_and_no_component(round_):
    scoring, marks = round_
    once = score_round(scoring, replace(marks, multiplier=1)).scores
    twice = score_round(scoring, replace(marks, multiplier=2)).scores
    assert twice == {f: replace(score, score=2 * score.score) for f, score in once.items()}


@holds_for(st.data(), drawn.METHODS, st.integers(1, 4))
def test_any_sharding_of_the_voters_gives_the_same_fraction(data, method, shards):
    sent = data.draw(st.lists(st.tuples(st.sampled_from("abcdefgh"), drawn.choices(NAMES, method)), max_size=25))
    ballots = [Ballot(voter, choice) for voter, choice in sent]
    in_shards = [[b for b in ballots if ord(b.voter) % shards == n] for n in range(shards)]
    tally = count(ballots, NAMES, method)
    assert together(count(shard, NAMES, method) for shard in in_shards) == tally
    by_voter = sorted(ballots, key=lambda ballot: ballot.voter)  # stable: each voter's own order stays
    assert count(by_voter, NAMES, method) == tally


@holds_for(weighted_round, st.integers(2, 5))
def test_duplicating_every_ballot_changes_nothing(round_, times):
    scoring, marks = round_
    duplicated = replace(marks, tally=together([marks.tally] * times))
    assert score_round(scoring, duplicated) == score_round(scoring, marks)


@holds_for(weighted_round, st.sampled_from(NAMES))
def test_one_extra_ballot_moves_a_finalist_by_at_most_its_share(round_, finalist):
    scoring, marks = round_
    scoring = replace(scoring, weights=Weights(), audience_method=FAVOURITE)
    assume(marks.tally.favourites)
    marks = replace(marks, multiplier=1)
    more = replace(marks, tally=together([marks.tally, drawn.votes(**{finalist: 1})]))
    before, after = scores_of(scoring, marks), scores_of(scoring, more)
    bound = Fraction(2, marks.tally.counted + 1)
    assert all(abs(after[f] - before[f]) <= bound for f in NAMES)
