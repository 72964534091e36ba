"""`finale export` and `finale verify`."""

import csv
import json
from pathlib import Path

import pytest

from server.cli import export
from tests.cli.conftest import Finale, failed, put
from tests.players.hall import short_event


def test_an_export_verifies(finale: Finale, played: str) -> None:
    result = finale("export", "demo")
    assert result.exit_code == 0, result.output
    assert "demo-results.json" in result.stdout
    verified = finale("verify", "demo-results.json")
    assert verified.exit_code == 0, verified.output
    assert "✓ journal story" in verified.stdout


def test_an_export_to_the_screen_is_the_file_and_nothing_else(finale: Finale, played: str) -> None:
    result = finale("export", "demo", "--out", "-")
    assert json.loads(result.stdout)["format"] == "finale-results/1"


def test_the_tables_lie_in_the_folder_that_was_named(finale: Finale, played: str) -> None:
    assert finale("export", "demo", "--csv", "tables").exit_code == 0
    rows = list(csv.DictReader(Path("tables/standings.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["rank"] for row in rows] == ["1", "2", "3", "4", "5"]


def test_a_file_that_is_there_is_not_overwritten_without_force(finale: Finale, played: str) -> None:
    Path("kept.json").write_text("mine")
    assert "--force" in failed(finale("export", "demo", "--out", "kept.json"))
    assert Path("kept.json").read_text() == "mine"
    assert finale("export", "demo", "--out", "kept.json", "--force").exit_code == 0


def test_the_first_difference_is_named(finale: Finale, played: str) -> None:
    finale("export", "demo", "--out", "r.json")
    bundle = json.loads(Path("r.json").read_text())
    bundle["rounds"][0]["scores"][1]["score"] = "20"
    Path("r.json").write_text(json.dumps(bundle))
    result = finale("verify", "r.json")
    assert result.exit_code == 1
    assert "First difference: rounds[1].scores[arjun].score: file says 20" in result.stdout


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "\x00"])
def test_a_file_that_is_no_json_is_told_so(finale: Finale, text: str) -> None:
    Path("broken.json").write_text(text)
    assert "is not a results file" in failed(finale("verify", "broken.json"))


def test_json_that_is_no_bundle_fails_its_first_check(finale: Finale) -> None:
    Path("other.json").write_text('{"format": "other/1"}')
    assert finale("verify", "other.json").exit_code == 1


def test_a_file_that_is_not_there_is_named(finale: Finale) -> None:
    assert "nowhere.json" in failed(finale("verify", "nowhere.json"))


def test_an_unknown_event_is_told_with_those_there_are(finale: Finale, played: str) -> None:
    assert "There is: demo." in failed(finale("export", "dmeo"))


def test_a_full_disk_leaves_nothing_half_written(finale: Finale, played: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export.Path, "write_text", full)
    assert "disk is full" in failed(finale("export", "demo", "--out", "r.json"))
    assert not Path("r.json").exists()


def test_an_event_in_the_middle_of_a_round_may_be_exported_but_not_published(finale: Finale, url: str) -> None:
    put(url, short_event())
    result = finale("export", "demo")
    assert result.exit_code == 0
    assert finale("verify", "demo-results.json").exit_code == 0
