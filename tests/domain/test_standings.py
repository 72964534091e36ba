"""Places: total, then experts, LLM, audience, rounds won, then the lot; strict, and the same everywhere."""

import os
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import strategies as st

from server.domain.rules import Component
from server.domain.scoring import FinalistScore, RoundScores, score_round
from server.domain.standings import TieRule, lot, standings, winners
from tests.domain import drawn_rounds as drawn
from tests.domain.drawn_rounds import NAMES, holds_for

F = Fraction
SEED = "merlion"


def round_of(multiplier=1, **rows):
    """Scores written by hand: finalist=(llm, experts, audience, score)."""
    scores = {f: FinalistScore(*(None if part is None else F(part) for part in row)) for f, row in rows.items()}
    return RoundScores(1, multiplier, tuple(Component), {}, {}, scores, (), ())


def order(rounds, finalists="ab", seed=SEED):
    return [(s.finalist, s.rank, s.decided_by.value) for s in standings(rounds, finalists, seed)]


@pytest.mark.parametrize(
    ("a", "b", "rule"),
    [
        ((1, 1, 1, 5), (9, 9, 9, 4), "total"),
        ((1, 6, 1, 5), (9, 5, 9, 5), "experts"),
        ((6, 5, 1, 5), (5, 5, 9, 5), "llm"),
        ((5, 5, 6, 5), (5, 5, 5, 5), "audience"),
    ],
)
def test_each_rule_decides_when_those_before_it_are_equal(a, b, rule):
    assert order([round_of(a=a, b=b)]) == [("a", 1, rule), ("b", 2, rule)]
    assert order([round_of(a=b, b=a)]) == [("b", 1, rule), ("a", 2, rule)]


def test_rounds_won_decide_after_all_sums():
    rounds = [
        round_of(a=(5, 5, 5, 6), b=(5, 5, 5, 5)),
        round_of(a=(5, 5, 5, 4), b=(5, 5, 5, 3)),
        round_of(a=(5, 5, 5, 0), b=(5, 5, 5, 2)),
    ]
    first, second = standings(rounds, "ab", SEED)
    assert (first.finalist, first.rounds_won, first.decided_by) == ("a", 2, TieRule.ROUNDS_WON)
    assert (second.finalist, second.rounds_won, second.display_rank) == ("b", 1, 1)


def test_the_lot_decides_last_and_comes_from_the_seed():
    level = [round_of(a=(5, 5, 5, 5), b=(5, 5, 5, 5))]
    first = {seed: order(level, seed=seed)[0] for seed in map(str, range(40))}
    assert {decision[0] for decision in first.values()} == {"a", "b"}
    for seed, (finalist, _, rule) in first.items():
        assert rule == "lot"
        assert lot(seed, finalist) == max(lot(seed, "a"), lot(seed, "b"))


def test_the_lot_is_what_sha256sum_says():
    # printf 'merlion\\0mei-ling' | sha256sum | cut -c1-16
    assert f"{lot('merlion', 'mei-ling'):064x}"[:16] == "ae5b61b237bd4a47"


def test_the_rule_named_is_the_one_that_separated_a_finalist_from_a_neighbour():
    rounds = [round_of(a=(5, 6, 5, 5), b=(5, 5, 5, 5), c=(5, 5, 5, 4), d=(4, 5, 5, 4))]
    assert order(rounds, "dcba") == [("a", 1, "experts"), ("b", 2, "experts"), ("c", 3, "llm"), ("d", 4, "llm")]


def test_one_finalist_alone_is_first_by_the_total():
    assert order([], "a") == [("a", 1, "total")]


def test_equal_totals_share_the_displayed_rank_but_not_the_title():
    rounds = [round_of(a=(5, 6, 5, 5), b=(5, 5, 5, 5), c=(1, 1, 1, 1))]
    shown = [(s.finalist, s.rank, s.display_rank) for s in standings(rounds, "abc", SEED)]
    assert shown == [("a", 1, 1), ("b", 2, 1), ("c", 3, 3)]


def test_sums_of_components_carry_the_multiplier_and_skip_absent_rounds():
    rounds = [round_of(2, a=(5, 6, None, 7)), round_of(1, a=(1, 1, 1, 1))]
    (a,) = standings(rounds, "a", SEED)
    assert (a.llm, a.experts, a.audience, a.total) == (11, 13, 1, 8)


def test_joint_winners_all_win_the_round_and_nobody_wins_with_0():
    assert winners(round_of(a=(0, 0, 0, 5), b=(0, 0, 0, 5), c=(0, 0, 0, 1))) == {"a", "b"}
    assert winners(round_of(a=(0, 0, 0, 0), b=(0, 0, 0, 0))) == set()


@holds_for(drawn.shows(most=3), st.text(max_size=8))
def test_ranks_are_a_strict_order_that_refines_the_totals(show, seed):
    scoring, rounds = show
    table = standings([score_round(scoring, marks) for marks in rounds], NAMES, seed)
    assert [s.rank for s in table] == [1, 2, 3, 4]
    assert {s.finalist for s in table} == set(NAMES)
    for above, below in pairwise(table):
        assert above.total >= below.total
        assert (above.display_rank == below.display_rank) == (above.total == below.total)
        assert above.display_rank <= below.display_rank


@holds_for(drawn.shows(most=3), st.randoms(use_true_random=False))
def test_the_order_of_rounds_and_finalists_changes_nothing(show, random):
    scoring, marks = show
    rounds = [score_round(scoring, m) for m in marks]
    shuffled = standings(random.sample(rounds, len(rounds)), random.sample(NAMES, len(NAMES)), SEED)
    assert shuffled == standings(rounds, NAMES, SEED)


@holds_for(drawn.shows(most=3, least=1))
def test_a_double_round_counts_as_the_round_twice(show):
    scoring, rounds = show
    once = [score_round(scoring, replace(marks, multiplier=1)) for marks in rounds]
    double = [score_round(scoring, replace(rounds[0], multiplier=2)), *once[1:]]
    sums = {s.finalist: (s.total, s.experts, s.llm, s.audience) for s in standings(double, NAMES, SEED)}
    assert sums == {
        s.finalist: (s.total, s.experts, s.llm, s.audience) for s in standings([once[0], *once], NAMES, SEED)
    }


@holds_for(drawn.shows(most=3))
def test_the_total_is_the_exact_sum_of_the_round_scores(show):
    scoring, rounds = show
    scored = [score_round(scoring, marks) for marks in rounds]
    for standing in standings(scored, NAMES, SEED):
        assert standing.total == sum((r.scores[standing.finalist].score for r in scored), F(0))


PRINT_STANDINGS = """
from server.domain.marks import RoundMarks
from server.domain.rules import Scoring
from server.domain.scoring import score_round
from server.domain.standings import standings

names = {"mei-ling", "arjun", "farah", "wei-jie", "priya"}
level = score_round(Scoring(), RoundMarks(1, 1, tuple(names), frozenset(names)))
print(standings([level], names, "merlion"))
"""


def test_the_places_do_not_depend_on_the_hash_seed():
    printed = {
        subprocess.run(
            [sys.executable, "-c", PRINT_STANDINGS],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("0", "1", "2026")
    }
    assert len(printed) == 1
    assert "lot" in printed.pop()
