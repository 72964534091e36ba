"""`finale rehearse`: against a running server, and with one of its own."""

import json
from pathlib import Path

import pytest

from server.cli._rehearsal_server import Plan
from server.cli._rehearsal_table import percentile
from server.demo import demo_event
from server.domain.setup import check_event
from tests.cli.conftest import Finale, failed
from tests.players.hall import open_hall, organiser_token, short_event

QUICKLY = ("--phones", 6, "--round-seconds", 5, "--voting-seconds", 5, "--rounds", 1, "--seed", 2)
DEMO = Path(__file__).parents[2] / "models/demo"


def test_a_rehearsal_on_a_running_server_is_counted_exported_and_verified(finale: Finale, tmp_path: Path) -> None:
    server = open_hall(tmp_path, short_event())
    where = ("--server", server.url, "--token", organiser_token(server))
    result = finale("rehearse", *where, *QUICKLY, "--export", "played.json")
    assert result.exit_code == 0, result.output
    assert "Nothing was lost: 0 losses" in result.stdout
    assert "Ballot → receipt" in result.stdout
    assert json.loads(Path("played.json").read_text())["event"]["rehearsal"] is True
    assert finale("verify", "played.json").exit_code == 0
    server.stop()


def test_nothing_is_played_into_a_real_event(finale: Finale, tmp_path: Path) -> None:
    server = open_hall(tmp_path, short_event(rehearsal=False))
    where = ("--server", server.url, "--token", organiser_token(server))
    assert "is no rehearsal" in failed(finale("rehearse", *where, *QUICKLY))
    assert "not one of ours" in failed(finale("rehearse", "--server", server.url, "--token", "x", *QUICKLY))
    assert "--token" in failed(finale("rehearse", "--server", server.url, *QUICKLY))
    assert server.house.arena.state.current is None
    server.stop()


@pytest.mark.skipif(not (DEMO / "catalogue.json").exists(), reason="the demo models are not made yet")
def test_a_rehearsal_with_a_server_of_its_own_plays_the_demo_models(
    finale: Finale, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("FINALE_MODELS_DIR", str(DEMO))
    result = finale("rehearse", *QUICKLY, "--experts", 6)
    assert result.exit_code == 0, result.output
    assert "Nothing was lost" in result.stdout


def test_the_plan_keeps_the_bonus_question_last_and_finds_more_experts() -> None:
    event = Plan(experts=7, seed=1, round_seconds=9, voting_seconds=8, rounds=3).event(demo_event({}, [], "1"))
    check_event(event)
    assert [question.multiplier for question in event.questions] == [1, 1, 2]
    assert len(event.experts) == 7
    assert (event.rules.round_seconds, event.rules.voting_seconds) == (9, 8)


def test_percentiles_are_of_the_nearest_rank() -> None:
    values = [float(n) for n in range(1, 101)]
    assert (percentile(values, 50), percentile(values, 99), percentile([3.0], 99)) == (50.0, 99.0, 3.0)
