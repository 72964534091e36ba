"""`finale train try`, `compare`, `win-rate`, `export` and `play` as people type them. The demo judge takes long."""

import json
import os
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.catalogue import load_catalogue
from tests.models import tiny
from tests.training.handing_in.made_up import a_run
from training.cli import app
from training.cli import export as export_command


@pytest.fixture
def run(models: Path, tmp_path: Path) -> Path:
    return a_run(tmp_path / "kaya", models / "base", models / "adapters" / "f1")


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    file = tmp_path / "mine.txt"
    file.write_text("What is laksa?\nWho makes kaya?\n")
    return file


def finale(*words: object) -> tuple[int, str, str]:
    """Exit code, standard output and standard error, each on one line."""
    done = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "200"})
    return done.exit_code, " ".join(done.stdout.split()), " ".join(done.stderr.split())


def test_try_says_what_an_adapter_answers(run: Path, prompts: Path) -> None:
    code, out, err = finale("try", run, "--prompts", prompts, "--max-tokens", 4, "--temperature", 0)
    assert code == 0, err
    assert "What is laksa?" in out
    assert "2 answers of kaya." in out
    code, out, _ = finale("try", run, "--prompts", prompts, "--max-tokens", 4, "--temperature", 0, "--json")
    assert [one["question"] for one in json.loads(out)] == ["What is laksa?", "Who makes kaya?"]


def test_compare_writes_a_page_too(run: Path, prompts: Path, tmp_path: Path) -> None:
    page = tmp_path / "pages" / "two.html"
    code, out, err = finale("compare", "base", run, "--prompts", prompts, "--max-tokens", 4, "--html", page)
    assert code == 0, err
    assert "2 prompts, 0 answered alike" in out
    assert "<title>base beside kaya</title>" in page.read_text()


def test_win_rate_with_the_demo_judge(demo: Path, prompts: Path, tmp_path: Path) -> None:
    reference = tmp_path / "poor.jsonl"
    reference.write_text('{"id": "1", "answer": "I cannot answer that."}\n{"id": "2", "answer": ""}\n')
    words = ["win-rate", demo / "adapters" / "farah", "--against", reference, "--prompts", prompts, "--models", demo]
    words += ["--base", demo / "base", "--max-tokens", 40, "--out", tmp_path / "judged"]
    code, out, err = finale(*words)
    assert code == 0, err
    assert "farah against poor" in out
    assert "order-inconsistent" in out
    assert "demo judge" in out
    assert json.loads((tmp_path / "judged" / "farah.json").read_text())["counts"]["win"] >= 1  # an empty answer loses


def test_a_budget_needs_prices_and_is_a_sum(demo: Path, prompts: Path, tmp_path: Path) -> None:
    words = ["win-rate", "base", "--base", demo / "base", "--prompts", prompts, "--out", tmp_path]
    assert finale(*words, "--budget", "much")[::2] == (2, "✗ Expected a sum such as 2.50 as --budget, got 'much'.")


def test_export_says_what_is_inside(run: Path, tmp_path: Path) -> None:
    code, out, err = finale("export", run, "--out", tmp_path / "kaya.zip", "--licence", "CC-BY-4.0")
    assert code == 0, err
    assert "licence CC-BY-4.0" in out
    assert tiny.sha256_of(run / "adapter") in out
    assert "The arena accepts it" in out


def test_export_without_a_licence_asks_for_one(run: Path, tmp_path: Path) -> None:
    code, _, err = finale("export", run, "--out", tmp_path / "kaya.zip")
    assert (code, err) == (
        2,
        "✗ Say under which licence you hand the adapter in, for example --licence Apache-2.0.",
    )


def test_a_rank_above_the_limit_is_refused_in_one_sentence(run: Path, tmp_path: Path) -> None:
    code, _, err = finale("export", run, "--out", tmp_path / "kaya.zip", "--licence", "MIT", "--max-rank", 2)
    assert (code, err) == (2, "✗ The rank is 3, above the limit of 2; train a lower rank.")


def test_play_puts_it_on_stage_and_says_how_to_start(run: Path, models: Path, tmp_path: Path) -> None:
    stage = tmp_path / "stage"
    code, out, err = finale("play", run, "--as", "f2", "--models", models, "--out", stage, "--no-start")
    assert code == 0, err
    assert f"FINALE_MODELS_DIR={stage} finale demo --fresh" in out
    assert load_catalogue(stage / "catalogue.json").adapters[2].sha256 == tiny.sha256_of(run / "adapter")


def test_play_starts_the_demo_on_the_copied_models(
    run: Path, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[list[str], str]] = []
    monkeypatch.setattr(
        export_command.os, "execve", lambda _, words, env: started.append((words, env["FINALE_MODELS_DIR"]))
    )
    assert finale("play", run, "--as", "f2", "--models", models, "--out", tmp_path / "stage")[0] == 0
    assert started == [([sys.executable, sys.argv[0], "demo", "--fresh"], str(tmp_path / "stage"))]
    assert "FINALE_MODELS_DIR" not in os.environ
