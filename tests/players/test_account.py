"""The account finds what is missing, and forgives what was never acknowledged."""

from typing import Any

from server.players.account import account
from server.players.sightings import Sightings


def bundle(**changes: Any) -> dict[str, Any]:
    round_ = {
        "key": "1.1",
        "attempts": [{"id": "a-1"}, {"id": "b-1"}],
        "ballots": {"counted": 3, "favourites": {"a": 2, "b": 1}, "stars": {}},
        "scorecards": [{"expert": "x", "finalist": "a", "marks": {"flair": "7.5"}}],
    }
    return {"rounds": [round_ | changes]}


def seen() -> Sightings:
    found = Sightings()
    found.receipts = {("1.1", "p1"): "a", ("1.1", "p2"): "a", ("1.1", "p3"): "b"}
    found.attempts = {"a-1": "1.1", "b-1": "1.1"}
    found.cards = {("1.1", "x", "a"): {"flair": "7.5"}}
    found.sent = {("1.1", "x")}
    return found


def test_everything_acknowledged_is_there() -> None:
    (round_,) = account(bundle(), seen())
    assert round_.losses == 0
    assert (round_.receipts, round_.counted, round_.cards, round_.attempts) == (3, 3, 1, 2)


def test_a_ballot_that_is_missing_or_counted_for_another_is_a_loss() -> None:
    missing = {"counted": 2, "favourites": {"a": 1, "b": 1}, "stars": {}}
    moved = {"counted": 3, "favourites": {"a": 1, "b": 2}, "stars": {}}
    for ballots in (missing, moved):
        (round_,) = account(bundle(ballots=ballots), seen())
        assert round_.lost == 1


def test_a_ballot_without_an_answer_may_be_missing() -> None:
    found = seen()
    found.unsure = {("1.1", "p1")}
    (round_,) = account(bundle(ballots={"counted": 2, "favourites": {"a": 1, "b": 1}, "stars": {}}), found)
    assert round_.lost == 0


def test_other_voters_do_not_hide_a_loss() -> None:
    (round_,) = account(bundle(ballots={"counted": 9, "favourites": {"a": 1, "b": 8}, "stars": {}}), seen())
    assert round_.lost == 1


def test_stars_are_held_against_the_count_too() -> None:
    found = seen()
    found.receipts = {("1.1", "p1"): (("a", 5), ("b", 2))}
    kept = {"counted": 1, "favourites": {}, "stars": {"a": {"5": 1}, "b": {"2": 1}}}
    lost = {"counted": 1, "favourites": {}, "stars": {"a": {"4": 1}, "b": {"2": 1}}}
    assert account(bundle(ballots=kept), found)[0].lost == 0
    assert account(bundle(ballots=lost), found)[0].lost == 1


def test_an_attempt_and_a_mark_that_differ_are_losses() -> None:
    (round_,) = account(bundle(attempts=[{"id": "a-1"}]), seen())
    assert round_.attempts_lost == 1
    changed = [{"expert": "x", "finalist": "a", "marks": {"flair": "7.0"}}]
    assert account(bundle(scorecards=changed), seen())[0].cards_lost == 1


def test_a_card_that_was_never_sent_does_not_count() -> None:
    found = seen()
    found.sent = set()
    assert account(bundle(scorecards=[]), found)[0].cards_lost == 0
