"""What is refused before the first step, with the reason; and that a refused run leaves nothing behind (about 5 s)."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from models.adapters import AdapterLimits
from tests.training.tuning.small import SETTINGS, Remembering, changed, row, rows_of
from training.data.rows import TrainingRow
from training.runs.record import RunBroken
from training.tuning import StopTuning, TuningRefused, measure, tune
from training.tuning.servable import check_servable, read_base
from training.tuning.trainer import Tuner
from training.tuning.watching import Silent, Stepped


def refused(reason: str, base: Path, out: Path, **changes: Any) -> None:
    rows = changes.pop("rows", None) or rows_of(8)
    settings = changes.pop("settings", SETTINGS)
    with pytest.raises(TuningRefused, match=reason):
        tune(settings, rows, base=base, out=out, **changes)
    assert not out.exists(), "nothing is left of a run that was refused"


@pytest.mark.parametrize(
    ("changes", "limits", "reason"),
    [
        ({"lora_r": 32}, AdapterLimits(max_rank=16), "lora_r is 32, but the event serves ranks up to 16"),
        ({"target_modules": ("q_proj", "qkv")}, AdapterLimits(), "'qkv', but this base has no such layer; it has down"),
        ({"lora_r": 64}, AdapterLimits(max_bytes=1000), "above the event's limit of 1,000"),
        ({"max_input_length": 4000}, AdapterLimits(), "reads 384 tokens at most"),
        ({"max_input_length": 20}, AdapterLimits(), r"longer than 20 tokens.*long_rows"),
    ],
)
def test_what_the_event_or_the_base_does_not_allow(
    changes: dict[str, Any], limits: AdapterLimits, reason: str, base: Path, tmp_path: Path
) -> None:
    refused(reason, base, tmp_path / "run", settings=changed(**changes), limits=limits)


@pytest.mark.skipif("__import__('torch').cuda.is_available()")
@pytest.mark.parametrize("name", ["load_in_4bit", "int8_quantization"])
def test_quantized_bases_without_a_gpu(name: str, base: Path, tmp_path: Path) -> None:
    refused(f"{name} needs a CUDA GPU", base, tmp_path / "run", settings=changed(**{name: True}))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda folder: shutil.rmtree(folder), "no base model in"),
        (lambda folder: (folder / "config.json").unlink(), r"config\.json is missing"),
        (lambda folder: (folder / "tokenizer_config.json").unlink(), r"tokenizer_config\.json is missing"),
        (lambda folder: (folder / "model.safetensors").unlink(), "no safetensors base model"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"x" * 99), "header length is impossible"),
    ],
)
def test_a_base_that_is_not_there_or_not_whole(
    spoil: Callable[[Path], object], reason: str, base: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(base, tmp_path / "base")
    spoil(folder)
    refused(reason, folder, tmp_path / "run")


def test_an_adapter_of_a_base_is_no_base(base: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(base, tmp_path / "base")
    (folder / "config.json").write_text(json.dumps({"model_type": "nothing"}))
    refused("cannot be loaded", folder, tmp_path / "run")


def test_too_few_rows(base: Path, tmp_path: Path) -> None:
    refused("There are 1 rows", base, tmp_path / "run", rows=[row("a?", "b")])


def test_a_disk_with_no_room_for_the_checkpoints(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure.shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9, 1000))
    refused("would write about .* MiB, but only 0 MiB are free", base, tmp_path / "run")


def test_the_size_that_is_refused_is_the_size_that_is_written(base: Path) -> None:
    # The tiny base: q_proj 64 to 64, v_proj 64 to 32, two layers; rank 4; four bytes each.
    check_servable(SETTINGS, read_base(base), AdapterLimits(max_bytes=4 * 2 * 4 * (64 + 64 + 64 + 32)))
    with pytest.raises(TuningRefused, match="bytes"):
        check_servable(SETTINGS, read_base(base), AdapterLimits(max_bytes=4 * 2 * 4 * (64 + 64 + 64 + 32) - 1))


def test_a_folder_that_holds_something_else(base: Path, rows: list[TrainingRow], tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(TuningRefused, match="is not empty"):
        tune(SETTINGS, rows, base=base, out=tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "precious"


def test_resuming_what_is_no_run(base: Path, rows: list[TrainingRow], tmp_path: Path) -> None:
    with pytest.raises(RunBroken, match="no run in"):
        tune(SETTINGS, rows, base=base, out=tmp_path / "none", resume=True)
    assert not (tmp_path / "none").exists()


class StopsAtOnce(Silent):
    """Stops at the first step."""

    def stepped(self, fact: Stepped) -> None:
        """Stop."""
        raise StopTuning("enough")


def test_only_the_same_run_is_resumed(base: Path, rows: list[TrainingRow], tmp_path: Path) -> None:
    out = tmp_path / "run"
    tune(SETTINGS, rows, base=base, out=out, watch=StopsAtOnce())
    before = (out / "run.json").read_bytes()
    other = shutil.copytree(base, tmp_path / "other")
    with (other / "model.safetensors").open("r+b") as file:
        file.seek(-4, 2)
        file.write(b"\0\0\0\0")
    cases: list[tuple[dict[str, Any], str]] = [
        ({"settings": changed(epoch=3)}, "epoch was 2.0 and is 3.0"),
        ({"rows": rows[:-1]}, "training rows are not those"),
        ({"base": other}, "another base"),
    ]
    for changes, reason in cases:
        given = {"settings": SETTINGS, "rows": rows, "base": base} | changes
        with pytest.raises(TuningRefused, match=reason):
            tune(given["settings"], given["rows"], base=given["base"], out=out, resume=True)
    with pytest.raises(TuningRefused, match="holds a run already"):
        tune(SETTINGS, rows, base=base, out=out)
    assert (out / "run.json").read_bytes() == before


def test_a_batch_that_does_not_fit_the_memory_is_refused_with_what_to_set(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_large(*given: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(Tuner, "training_step", too_large)
    refused("not enough memory.*per_device_train_batch_size lower", base, tmp_path / "run")


def test_a_run_that_needs_nearly_all_memory_says_so(
    base: Path, rows: list[TrainingRow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.tuning.memory.there", lambda: 2**20)
    watch = Remembering()
    tune(changed(max_steps=1), rows, base=base, out=tmp_path / "run", watch=watch)
    assert any("nearly all the memory there is" in note for note in watch.messages("note"))
