"""One voter, one ballot: the last valid one before the close."""

import pytest
from hypothesis import strategies as st

from server.domain.ballots import Ballot, count, together
from server.domain.marks import Tally
from server.domain.rules import AudienceMethod
from tests.domain.drawn_rounds import METHODS, NAMES, choices, holds_for

STARS = AudienceMethod.STARS
CLOSE = 45_000


@st.composite
def sent(draw, method):
    """Ballots in the order they came, some not valid, some after the close."""
    choice = st.one_of(choices(NAMES, method), st.just("nobody"), st.just({"mei-ling": 3}))
    arrivals = draw(st.lists(st.tuples(st.sampled_from("abcde"), choice, st.integers(0, 60_000)), max_size=15))
    return [Ballot(voter, what, at) for voter, what, at in sorted(arrivals, key=lambda arrival: arrival[2])]


def favourites(*ballots):
    return count([Ballot(*b) for b in ballots], NAMES, closes_at_ms=CLOSE).favourites


def test_the_last_ballot_of_a_voter_counts():
    assert favourites(("v", "arjun"), ("w", "farah"), ("v", "farah")) == {
        "mei-ling": 0,
        "arjun": 0,
        "farah": 2,
        "wei-jie": 0,
    }


def test_a_ballot_that_is_not_valid_leaves_the_earlier_one_in_place():
    tally = count([Ballot("v", "arjun"), Ballot("v", "nobody")], NAMES)
    assert (tally.counted, tally.discarded, tally.favourites["arjun"]) == (1, 0, 1)


def test_a_voter_with_nothing_valid_is_discarded_once():
    tally = count([Ballot("v", "nobody"), Ballot("v", "no one"), Ballot("w", "arjun")], NAMES)
    assert (tally.counted, tally.discarded) == (1, 1)


def test_a_ballot_at_the_very_millisecond_of_the_close_counts_and_a_later_one_does_not():
    assert favourites(("v", "arjun", CLOSE), ("w", "farah", CLOSE + 1))["arjun"] == 1
    assert sum(favourites(("v", "arjun", CLOSE), ("w", "farah", CLOSE + 1)).values()) == 1


@pytest.mark.parametrize(
    "choice",
    [
        {"mei-ling": 5, "arjun": 4, "farah": 3},
        {"mei-ling": 5, "arjun": 4, "farah": 3, "wei-jie": 0},
        {"mei-ling": 5, "arjun": 4, "farah": 3, "wei-jie": 6},
        {"mei-ling": 5, "arjun": 4, "farah": 3, "wei-jie": True},
        {"mei-ling": 5, "arjun": 4, "farah": 3, "wei-jie": 2, "stranger": 5},
        "mei-ling",
    ],
)
def test_stars_count_only_when_every_entry_has_one_to_five(choice):
    assert count([Ballot("v", choice)], NAMES, STARS) == Tally(0, 1, stars={f: {} for f in NAMES})


def test_complete_stars_are_counted_by_number():
    ballots = [Ballot("v", dict.fromkeys(NAMES, 4)), Ballot("w", dict.fromkeys(NAMES, 4) | {"arjun": 1})]
    assert count(ballots, NAMES, STARS).stars["arjun"] == {4: 1, 1: 1}


@holds_for(st.data(), METHODS)
def test_repeating_any_ballot_at_once_changes_nothing(data, method):
    ballots = data.draw(sent(method))
    repeated = [ballot for ballot in ballots for _ in range(2)]
    assert count(repeated, NAMES, method, CLOSE) == count(ballots, NAMES, method, CLOSE)


@holds_for(st.data(), METHODS)
def test_after_the_close_nothing_changes(data, method):
    ballots = data.draw(sent(method))
    in_time = [ballot for ballot in ballots if ballot.at_ms <= CLOSE]
    assert count(ballots, NAMES, method, CLOSE) == count(in_time, NAMES, method)


@holds_for(st.data(), METHODS)
def test_every_voter_is_counted_or_discarded_once(data, method):
    ballots = data.draw(sent(method))
    tally = count(ballots, NAMES, method)
    assert tally.counted + tally.discarded == len({ballot.voter for ballot in ballots})
    for parts in [tally.favourites, *tally.stars.values()]:
        assert not parts or sum(parts.values()) == tally.counted


def test_shards_add_up():
    assert together([Tally(2, 1, {"a": 2}), Tally(1, 0, {"a": 0, "b": 1})]) == Tally(3, 1, {"a": 2, "b": 1})
