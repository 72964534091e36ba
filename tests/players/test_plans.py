"""What players plan to do: seeded, within the clock, and as varied as people."""

import random

from server.players.character import plan
from server.players.expert import marks
from server.players.phone import CLUMSY, planned, popularity

FINALISTS = ("mei-ling", "arjun", "farah", "wei-jie", "priya", "somebody-else")
ROUNDS = ("1.1", "2.1", "3.1", "4.1", "4.2")


def test_the_same_seed_plays_the_same_show() -> None:
    assert plan("arjun", "2.1", 7) == plan("arjun", "2.1", 7) != plan("arjun", "2.1", 8)
    first, second = planned(7, "1.1", "phone 3", CLUMSY), planned(7, "1.1", "phone 3", CLUMSY)
    assert (first.at, first.change_at, first.late) == (second.at, second.change_at, second.late)


def test_every_try_of_a_finalist_lies_within_the_clock_and_in_order() -> None:
    for finalist in FINALISTS:
        for round_ in ROUNDS:
            times = [attempt.at for attempt in plan(finalist, round_, 1).tries]
            assert times == sorted(times)
            assert all(0 < at < 0.95 for at in times)


def test_finalists_differ_in_their_habits() -> None:
    plans = [plan(finalist, round_, 1) for finalist in FINALISTS for round_ in ROUNDS]
    assert {len(p.tries) for p in plans} == {1, 2}
    assert any(p.draft_only for p in plans)
    assert any(p.returns_at for p in plans)


def test_a_phone_that_changes_its_mind_does_so_after_its_first_vote() -> None:
    votes = [planned(1, "1.1", f"phone {n}", CLUMSY) for n in range(300)]
    changed = [vote for vote in votes if vote.change_at is not None]
    assert 30 < len(changed) < 100
    assert all(0 < vote.at < (vote.change_at or 0) < 1 for vote in changed)


def test_the_room_has_favourites_all_evening() -> None:
    liked = [popularity(1, finalist) for finalist in FINALISTS]
    assert liked == [popularity(1, finalist) for finalist in FINALISTS]
    assert len(set(liked)) == len(FINALISTS)


def test_marks_are_half_points_on_the_scale_and_favour_fuller_answers() -> None:
    criteria = ("accuracy", "flair")
    rng = random.Random(1)
    short = [float(m) for _ in range(200) for m in marks("No.", criteria, rng).values()]
    full = [float(m) for _ in range(200) for m in marks("word " * 80, criteria, rng).values()]
    assert all(0 <= mark <= 10 and mark * 2 == int(mark * 2) for mark in (*short, *full))
    assert sum(full) > sum(short)
