"""A whole short show over real sockets, with every kind of clumsiness: nothing acknowledged is lost."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.domain.verify import verify
from server.players.phone import Clumsiness
from server.players.rehearsal import Cast, Outcome, rehearse
from server.retelling import retold
from tests.players.hall import open_hall, organiser_token, short_event

PHONES = 25
FAULTS = Clumsiness(reconnects=0.3, double_taps=0.3, changes=0.3, late=0.2)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    folder: Path = tmp_path_factory.mktemp("hall")
    server = open_hall(folder, short_event())
    cast = Cast(phones=PHONES, seed=3, faults=FAULTS)
    yield asyncio.run(rehearse(server.url, organiser_token(server), cast))
    server.stop()


def test_every_receipt_is_counted_for_the_answer_that_was_chosen(outcome: Outcome) -> None:
    assert [round_.key for round_ in outcome.rounds] == ["1.1"]
    assert outcome.losses == 0
    assert outcome.rounds[0].counted == outcome.rounds[0].receipts > PHONES // 2


def test_nobody_had_anything_to_complain_about(outcome: Outcome) -> None:
    assert outcome.seen.complaints == []


def test_experts_and_finalists_find_everything_they_sent_in_the_result(outcome: Outcome) -> None:
    assert outcome.rounds[0].cards == 5
    assert outcome.rounds[0].attempts >= 3
    assert len(outcome.bundle["rounds"][0]["scorecards"]) == 25


def test_the_clumsy_ones_were_there(outcome: Outcome) -> None:
    assert outcome.seen.counts["ballot too late"] > 0
    assert len(outcome.seen.seconds["reconnect"]) > 0
    assert outcome.seen.counts["receipts"] > outcome.rounds[0].receipts


def test_the_hall_saw_the_first_words_and_it_was_measured(outcome: Outcome) -> None:
    assert len(outcome.seen.seconds["first text"]) >= 3


def test_the_result_verifies_and_names_a_champion(outcome: Outcome) -> None:
    report = verify(json.loads(json.dumps(outcome.bundle)), retold)
    assert report.ok, report.first_difference
    assert outcome.bundle["standings"][0]["rank"] == 1
