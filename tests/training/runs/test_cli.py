"""`finale train runs`, as one types it."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.training.runs.made_up import a_record, a_run
from training.cli import app
from training.runs.record import Best, DataFacts, Status

WIDE = {"COLUMNS": "200"}


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A log of three runs and a broken folder."""
    root = tmp_path / "runs"
    a_run(root / "small", a_record(1, name="small", settings={"lora_r": 4}, best=Best(30, 1.5)), steps=5)
    a_run(
        root / "sweep" / "large",
        a_record(
            2, name="large", entrant="Arjun", settings={"lora_r": 32}, best=Best(20, 1.2),
            started_at="2026-11-23T10:00:00+00:00", train=DataFacts("other.jsonl", "f00d" + "0" * 60, 9),
        ),
        steps=5,
    )  # fmt: skip
    a_run(root / "lost", a_record(3, name="lost", status=Status.FAILED, best=None, reason="The loss became NaN."))
    (root / "torn").mkdir()
    (root / "torn" / "run.json").write_text("{")
    return root


def said(*words: Any, code: int = 0) -> str:
    """What a command says."""
    result = CliRunner(env=WIDE).invoke(app, ["runs", *map(str, words)])
    assert result.exit_code == code, result.output
    return result.output


def test_list_shows_every_run_newest_first_with_what_they_differ_in(runs: Path) -> None:
    text = said("list", "--runs", runs)
    assert text.index("sweep/large") < text.index("small") < text.index("torn")
    assert "lora_r" in text
    assert "learning_rate" not in text
    assert "1.2000" in text
    assert "is not valid JSON" in text


def test_list_filters_and_sorts(runs: Path) -> None:
    text = said("list", "--runs", runs, "-w", "lora_r<=8", "--entrant", "mei ling", "--sort", "loss")
    assert text.index("small") < text.index("lost")
    assert "large" not in text
    assert "1 broken run folders are not shown" in text
    assert "large" in said("list", "--runs", runs, "--where", "data=f00d")


def test_list_can_be_cut_and_says_so(runs: Path) -> None:
    assert "and 3 more" in said("list", "--runs", runs, "--limit", 1)


def test_list_of_nothing_says_so(runs: Path, tmp_path: Path) -> None:
    assert "No run meets" in said("list", "--runs", runs, "--status", "running")
    (tmp_path / "empty").mkdir()
    assert "no runs yet" in said("list", "--runs", tmp_path / "empty")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["list", "--where", "lora_rank=8"], "Did you mean"),
        (["list", "--status", "done"], "no status"),
        (["list", "--sort", "-lss"], "Did you mean loss"),
        (["list", "--columns", "lora_r,nothing"], "called 'nothing'"),
        (["list", "--runs", "elsewhere"], "no log of runs"),
        (["show", "unknown"], "no run 'unknown'"),
        (["show", "torn"], "is not valid JSON"),
        (["compare", "small"], "between 2 and 8"),
        (["report", "torn"], "is not valid JSON"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(runs: Path, words: list[str], told: str) -> None:
    assert told in " ".join(said(words[0], "--runs", runs, *words[1:], code=2).split())


def test_show_tells_figures_changed_settings_and_the_last_samples(runs: Path) -> None:
    text = said("show", "large", "--runs", runs)
    assert "1.2000 at step 20" in text
    assert "lora_r" in text
    assert "condensed milk" in text
    assert json.loads(said("show", "large", "--runs", runs, "--json"))["run"]["settings"]["lora_r"] == 32


def test_show_tells_why_a_run_failed(runs: Path) -> None:
    assert "The loss became NaN." in said("show", "lost", "--runs", runs)


def test_compare_tells_differences_first_and_writes_a_page(runs: Path, tmp_path: Path) -> None:
    text = said("compare", "small", "sweep/large", "--runs", runs, "--html", tmp_path / "page.html")
    assert text.index("What differs") < text.index("lora_r") < text.index("Results") < text.index("1.2000")
    assert "<svg" in (tmp_path / "page.html").read_text()


def test_report_writes_the_page_into_the_run(runs: Path) -> None:
    said("report", "small", "--runs", runs)
    assert "<h1>small</h1>" in (runs / "small" / "report.html").read_text()


def test_export_to_the_screen_a_file_and_mlflow(runs: Path, tmp_path: Path) -> None:
    lines = said("export", "--runs", runs, "--format", "jsonl", "--status", "finished").splitlines()
    assert [json.loads(line)["name"] for line in lines] == ["large", "small"]
    said("export", "--runs", runs, "--out", tmp_path / "runs.csv")
    with (tmp_path / "runs.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 4
    text = said("export", "--runs", runs, "--format", "mlflow", "--out", tmp_path / "mlruns")
    assert "3 runs" in text
    assert "1 broken left out" in text
    assert len(list((tmp_path / "mlruns").glob("*/*/params/lora_r"))) == 3
