"""`finale train search`, as one types it. The runs are scripted."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.training.search.scripted import Scripted
from training.cli import app
from training.data import write_rows
from training.data.rows import TrainingRow

SPACE = "lora_r = [4, 16]\nlearning_rate = {low = 1e-4, high = 1e-2, log = true}\n"


@pytest.fixture
def here(tmp_path: Path, rows: list[TrainingRow], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with rows and a space, to work in."""
    write_rows(tmp_path / "rows.jsonl", rows)
    (tmp_path / "space.toml").write_text(SPACE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(*words: Any, code: int = 0) -> str:
    """What a command says."""
    result = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["search", *map(str, words)])
    assert result.exit_code == code, result.output
    return " ".join(result.output.split())


def test_a_search_tells_every_try_and_the_best(here: Path, base: Path, scripted: Scripted) -> None:
    text = said(
        "rows.jsonl", "--space", "space.toml", "--trials", 6, "--budget", "2h", "--base", base, "--out", "runs/s"
    )
    assert all(f"try {number} " in text for number in range(6))
    assert "best so far" in text
    assert "What mattered" in text
    assert "6 tries in" in text
    assert "finale train run rows.jsonl --settings runs/s/best.toml" in text
    assert scripted.calls[0].packing  # the preset is that of a run
    assert (here / "runs/s/search.html").exists()


def test_a_search_is_taken_up_from_what_it_wrote_down(here: Path, base: Path, scripted: Scripted) -> None:
    scripted.outcome = lambda call: "interrupted" if call == 1 else ""
    words = ("rows.jsonl", "--space", "space.toml", "--trials", 3, "--base", base, "--out", "s", "-s", "epoch=2")
    text = said(*words, code=130)
    assert "Go on: finale train search --resume s" in text
    assert "All 3 tries are made." in said("--resume", "s")
    assert {settings.epoch for settings in scripted.calls} == {2.0}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "Training rows are missing"),
        (["rows.jsonl"], "What to try is missing"),
        (["rows.jsonl", "--space", "none.toml"], "There is no none.toml"),
        (["rows.jsonl", "--space", "space.toml"], "give --trials"),
        (["rows.jsonl", "--space", "space.toml", "--trials", "3", "--sampler", "clever"], "random, not 'clever'"),
        (["rows.jsonl", "--space", "space.toml", "--trials", "3", "--pruner", "axe"], "none, not 'axe'"),
        (["rows.jsonl", "--space", "space.toml", "--budget", "soon"], "'soon' is not an amount of time"),
        (["rows.jsonl", "--space", "space.toml", "--trials", "3", "-s", "lora_rr=3"], "Did you mean lora_r"),
        (["--resume", "nowhere"], "There is no search in nowhere"),
    ],
)
def test_what_is_missing_or_wrong_is_told_in_a_sentence(here: Path, base: Path, words: list[str], told: str) -> None:
    assert told in said(*words, "--base", base, code=2)


def test_a_resumed_search_keeps_its_space(here: Path, base: Path, scripted: Scripted) -> None:
    said("rows.jsonl", "--space", "space.toml", "--trials", 1, "--base", base, "--out", "s")
    assert "keeps its space" in said("--resume", "s", "--space", "space.toml", code=2)


def test_a_search_in_which_nothing_came_of_any_try_ends_with_a_code_of_its_own(
    here: Path, base: Path, scripted: Scripted
) -> None:
    scripted.outcome = lambda call: "diverged"
    words = ("rows.jsonl", "--space", "space.toml", "--trials", 9, "--base", base, "--out", "s")
    assert "3 tries in a row came to nothing" in said(*words, code=1)
