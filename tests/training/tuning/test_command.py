"""`finale train run`, `estimate`, `settings` and `hours` on the tiny base (about 10 s)."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.training.tuning.small import SETTINGS, rows_of
from training.cli import app
from training.cli._tune_live import Terminal
from training.data.jsonl import write_rows
from training.hours import Ledger
from training.runs.record import Status, read_progress, read_record
from training.tuning import load_settings
from training.tuning.settings_file import as_toml
from training.tuning.watching import Stepped


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with rows, settings and prompts, where commands are given."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FINALE_HOURS", str(tmp_path / "hours.db"))
    write_rows(tmp_path / "rows.jsonl", rows_of(24))
    (tmp_path / "mine.toml").write_text(as_toml(SETTINGS))
    (tmp_path / "prompts.txt").write_text("What is kopi?\n")
    return tmp_path


def finale(*words: Any) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_a_run_from_a_file_of_rows_to_an_adapter(place: Path, base: Path) -> None:
    told = finale(
        "run", "rows.jsonl", "--base", base, "--settings", "mine.toml", "-s", "epoch=1", "--out", "r",
        "--prompts", "prompts.txt", "--name", "first",
    )  # fmt: skip
    assert told.exit_code == 0, told.output
    assert "5 steps on CPU" in told.output
    assert "It will take about" in told.output
    assert "step 0 · What is kopi?" in told.output
    assert "best so far" in told.output
    assert "✓ finished after" in told.output
    assert "finale train try r" in told.output
    record = read_record(place / "r")
    assert (record.name, record.train.path, record.settings["epoch"]) == ("first", "rows.jsonl", 1.0)
    assert (place / "r/report.html").exists()


def test_an_interrupted_run_says_how_to_go_on_and_goes_on(
    place: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def press(terminal: Terminal, fact: Stepped) -> None:
        if fact.step == 2:
            signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patched:
        patched.setattr(Terminal, "stepped", press)
        told = finale("run", "rows.jsonl", "--base", base, "--settings", "mine.toml", "--out", "r")
    assert told.exit_code == 130, told.output
    assert "finale train run --resume r" in told.output
    refused = finale("run", "--resume", "r", "-s", "epoch=9")
    assert refused.exit_code == 2
    again = finale("run", "--resume", "r")
    assert again.exit_code == 0, again.output
    assert "The run goes on after step 3." in again.output
    assert read_record(place / "r").status is Status.FINISHED
    assert [line["step"] for line in read_progress(place / "r") if "loss" in line] == list(range(1, 11))


def test_hours_are_granted_used_shown_and_withdrawn(place: Path, base: Path) -> None:
    given = ("run", "rows.jsonl", "--base", base, "--settings", "mine.toml", "-s", "epoch=1", "--entrant", "mei")
    refused = finale(*given)
    assert refused.exit_code == 2
    assert "finale train hours grant mei 3h" in refused.stderr
    assert "mei has 30 min left of 30 min." in finale("hours", "grant", "mei", "30m", "--note", "week 1").output
    assert finale(*given, "--out", "r").exit_code == 0
    shown = json.loads(finale("hours", "show", "mei", "--json").output)
    assert [entry["kind"] for entry in shown["entries"]] == ["granted", "reserved", "used", "returned"]
    assert shown["entries"][0]["note"] == "week 1"
    assert "returned" in finale("hours", "show", "mei").output
    assert "mei" in finale("hours", "list").output
    assert finale("hours", "withdraw", "mei", "20m").exit_code == 0
    assert Ledger(place / "hours.db").balance("mei").granted == 600_000
    assert finale("hours", "withdraw", "mei", "20m").exit_code == 2
    assert finale("hours", "grant", "mei", "a lot").exit_code == 2


def test_an_estimate_keeps_nothing_and_costs_nothing(place: Path, base: Path) -> None:
    before = sorted(place.iterdir())
    told = finale("estimate", "rows.jsonl", "--base", base, "--settings", "mine.toml")
    assert told.exit_code == 0, told.output
    assert "10 steps over" in told.output
    tight = finale(
        "estimate", "rows.jsonl", "--base", base, "--settings", "mine.toml", "-s", "epoch=900", "--budget", "1s"
    )
    assert (tight.exit_code, "too little for any training" in tight.stderr) == (2, True)
    assert sorted(place.iterdir()) == before


def test_settings_are_listed_and_written_as_a_file(place: Path) -> None:
    assert "learning_rate" in finale("settings", "--preset", "jumpstart").output
    (place / "js.toml").write_text(finale("settings", "--preset", "jumpstart", "--toml").output)
    assert load_settings(place / "js.toml") == load_settings(preset_name="jumpstart")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["run"], "Training rows are missing"),
        (["run", "none.jsonl"], "There is no none.jsonl"),
        (["run", "rows.jsonl", "--base", "none"], "There is no base model in none"),
        (["run", "rows.jsonl", "-s", "learning_rate=10"], "learning_rate must be"),
        (["run", "rows.jsonl", "-s", "use_dora=true"], "DoRA adapters are not served"),
        (["run", "rows.jsonl", "--preset", "huge"], "no preset 'huge'"),
        (["run", "rows.jsonl", "--budget", "soon"], "'soon' is not an amount of time"),
        (["run", "--resume", "none"], "There is no run in none"),
        (["run", "empty.jsonl"], "empty.jsonl"),
        (["run", "silent.jsonl"], "1 of 2 records make no row"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(words: list[str], reason: str, place: Path) -> None:
    (place / "empty.jsonl").write_text("")
    (place / "silent.jsonl").write_text('{"instruction": "a", "response": "b"}\n{"instruction": "a", "response": ""}\n')
    told = finale(*words)
    assert told.exit_code == 2
    assert reason in told.stderr
    assert "Traceback" not in told.stderr
    assert not (place / "runs").exists()


def test_the_command_line_loads_none_of_the_heavy_libraries() -> None:
    heavy = ("torch", "transformers", "trl", "datasets", "matplotlib", "sklearn", "optuna", "ray")
    code = f"import sys, server.cli; print([name for name in {heavy} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
