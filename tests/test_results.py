"""The results of a whole show, converted, written and verified."""

import json
from copy import deepcopy
from typing import Any

import pytest

from server.domain.commands import Correct, OpenRound, Void
from server.domain.derived import Json
from server.domain.events import EventConfigured
from server.domain.rules import Component
from server.domain.verify import verify
from server.results import bundle_of, show_of
from server.retelling import retold
from server.store.journal import chained, tip_of
from tests.stagehand import START, Stagehand


class Kept:
    """A journal as the store keeps it."""

    def __init__(self, hand: Stagehand, founded: bool = True) -> None:
        told = ([(START, EventConfigured(hand.state.event))] if founded else []) + hand.journal
        self._entries: list[Any] = []
        for at, happening in told:
            self._entries += chained(tip_of(self._entries), [(at, happening)])

    def entries(self) -> list[Any]:
        return self._entries


def written(hand: Stagehand, founded: bool = True) -> Json:
    """The bundle as it comes back from a file."""
    bundle: Json = json.loads(json.dumps(bundle_of(Kept(hand, founded), hand.state)))
    return bundle


@pytest.fixture(scope="module")
def played() -> Json:
    hand = Stagehand()
    hand.reveal()
    hand.do(Correct("arjun", Component.LLM, "7.5", "the judge had read half of it"))
    hand.do(Void(reason="the projector failed"))
    hand.do(OpenRound(1))
    hand.do(Void(reason="again"))
    return written(hand.play_out())


def test_a_played_event_verifies_with_its_journal_retold(played: Json) -> None:
    report = verify(played, retold)
    assert report.ok, report.first_difference
    assert "journal story" in [check.name for check in report.checks]


def test_the_bundle_names_rounds_in_the_order_they_were_played(played: Json) -> None:
    assert [(r["key"], r["status"]) for r in played["rounds"]][:3] == [
        ("1.1", "voided"),
        ("1.2", "voided"),
        ("2.1", "revealed"),
    ]


def test_a_mark_changed_with_its_score_is_found_by_the_journals_story(played: Json) -> None:
    forged = deepcopy(played)
    forged["rounds"][2]["question"] = "Another question?"
    report = verify(forged, retold)
    assert not report.ok
    assert "Another question?" in (report.first_difference or "")


def test_a_journal_without_the_make_up_is_told_to_be_incomplete() -> None:
    report = verify(written(Stagehand().play_out(), founded=False), retold)
    assert not report.ok
    assert "make-up" in (report.first_difference or "")


def test_a_show_in_the_middle_of_a_round_may_not_be_published() -> None:
    hand = Stagehand().judge()
    assert not show_of(hand.state).may_be_published
    assert show_of(Stagehand().play_out().state).may_be_published
