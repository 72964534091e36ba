"""The build of the demo models: whole in seconds with --quick, resumable step by step, and plain LoRA only."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from training import catalogue, demo, muon
from training.base import BaseRecipe, config, schedule
from training.steps import step


def test_quick_makes_everything_and_a_second_run_makes_nothing(tmp_path: Path) -> None:
    demo.main(["--quick", "--out", str(tmp_path), "--threads", "1"])
    listed = json.loads((tmp_path / "catalogue.json").read_text())
    assert [one["id"] for one in listed["adapters"]] == ["mei-ling", "arjun", "farah", "wei-jie", "priya"]
    weights = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.safetensors")}
    assert len(weights) == 7
    settings = [json.loads(path.read_text()) for path in tmp_path.glob("adapters/*/adapter_config.json")]
    assert {one["base_model_name_or_path"] for one in settings} == {"finale-demo-base"}
    demo.main(["--quick", "--out", str(tmp_path), "--threads", "1"])
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.safetensors")} == weights


def test_an_interrupted_step_leaves_the_last_good_folder_and_is_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "thing"
    step(folder, {"n": 1}, lambda scratch: _write(scratch, "first"))

    def interrupted(scratch: Path) -> dict[str, Any]:
        _write(scratch, "half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        step(folder, {"n": 2}, interrupted)
    assert (folder / "file").read_text() == "first"
    assert step(folder, {"n": 2}, lambda scratch: _write(scratch, "second"))
    assert not step(folder, {"n": 2}, lambda scratch: _write(scratch, "third"))
    assert (folder / "file").read_text() == "second"


def test_a_head_size_that_vllm_cannot_serve_is_refused(words: Any) -> None:
    with pytest.raises(ValueError, match="multiple of 32, got 24"):
        config(BaseRecipe(hidden=96, heads=4), words)


def test_the_catalogue_of_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        catalogue.catalogue(tmp_path)


def test_the_learning_rate_rises_then_falls_to_a_twentieth() -> None:
    rates = [schedule(step, 100, 10) for step in range(101)]
    assert max(rates) == rates[9] == 1
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[100] == pytest.approx(0.05)


def test_muons_direction_is_nearly_orthogonal() -> None:
    torch.manual_seed(0)
    values = torch.linalg.svdvals(muon.orthogonal(torch.randn(24, 64)))
    assert 0.6 < values.min() < values.max() < 1.3


def _write(folder: Path, text: str) -> dict[str, Any]:
    (folder / "file").write_text(text)
    return {}
