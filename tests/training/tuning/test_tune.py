"""A whole run on the tiny base: what it leaves, what it tells, and how it ends (about 15 s)."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch

from models.adapters import AdapterLimits, check_adapter, describe_base
from models.tensorfile import read_header
from tests.models import tiny
from tests.training.tuning.small import Remembering, changed, row, rows_of, weights
from training.data.rows import TrainingRow
from training.runs.record import Status, read_progress, read_record, read_samples
from training.tuning import LossDiverged, Prompt, StopTuning, TuningFailed, TuningRefused, tune
from training.tuning.attempt import Attempt
from training.tuning.trainer import Tuner
from training.tuning.watching import Validated


@pytest.fixture(scope="module")
def watched() -> Remembering:
    """Who watched `run`."""
    return Remembering()


@pytest.fixture(scope="module")
def run(base: Path, rows: list[TrainingRow], watched: Remembering, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run with samples."""
    out = tmp_path_factory.mktemp("runs") / "mine"
    prompts = [Prompt("What is kopi?"), Prompt("What is satay?", "Be short.")]
    settings = changed(use_rslora=True, eval_steps=4, adapter_dtype="bfloat16")
    tune(settings, rows, base=base, out=out, watch=watched, prompts=prompts, name="mine", train_path="rows.jsonl")
    return out


def test_the_adapter_passes_the_arenas_validator_and_names_its_base(run: Path, base: Path) -> None:
    facts = check_adapter(run / "adapter", describe_base(base), limits=AdapterLimits(), inside=run)
    settings = json.loads((run / "adapter/adapter_config.json").read_text())
    header = read_header(run / "adapter/adapter_model.safetensors")
    assert (facts.rank, facts.target_modules) == (4, ("q_proj", "v_proj"))
    assert (settings["base_model_name_or_path"], settings["use_rslora"]) == (f"{base.parent.name}-base", True)
    assert sorted(path.name for path in (run / "adapter").iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
    ]
    assert header.metadata["base_sha256"] == describe_base(base).sha256
    assert {place.dtype for place in header.tensors.values()} == {"BF16"}


def test_the_record_tells_what_was_done(run: Path, base: Path, rows: list[TrainingRow]) -> None:
    record = read_record(run)
    validations = [line for line in read_progress(run) if "validation_loss" in line]
    best = min(validations, key=lambda line: line["validation_loss"])
    assert (record.status, record.name, record.reason) == (Status.FINISHED, "mine", "")
    assert (record.train.path, record.train.rows) == ("rows.jsonl", 18)
    assert record.validation is not None
    assert record.validation.rows == 6
    assert record.base.sha256 == describe_base(base).sha256
    assert record.best is not None
    assert (record.best.step, record.best.validation_loss) == (best["step"], pytest.approx(best["validation_loss"]))
    assert int(read_header(run / "adapter/adapter_model.safetensors").metadata["step"]) == best["step"]
    assert record.adapter_sha256 == tiny.sha256_of(run / "adapter")
    assert {"torch", "trl", "peft", "transformers"} <= set(record.versions)


def test_progress_has_a_line_for_every_step_and_tells_watchers_the_same(run: Path, watched: Remembering) -> None:
    steps = [line for line in read_progress(run) if "loss" in line]
    assert [line["step"] for line in steps] == list(range(1, 11)) == [fact.step for fact in watched.steps]
    assert [line["loss"] for line in steps] == [fact.loss for fact in watched.steps]
    wanted = {"step", "epoch", "loss", "learning_rate", "tokens", "tokens_per_second", "memory_bytes", "seconds"}
    assert all(wanted <= set(line) and line["tokens_per_second"] > 0 for line in steps)
    assert steps[-1]["loss"] < steps[0]["loss"], "it learns"
    assert steps[-1]["seconds_left"] == 0
    assert [fact.step for fact in watched.validations] == [4, 8, 10]


def test_prompts_are_sampled_before_during_and_after(run: Path, watched: Remembering) -> None:
    samples = read_samples(run)
    assert [sample["step"] for sample in samples] == [0, 0, 4, 4, 8, 8, 10, 10]
    assert {sample["prompt"] for sample in samples} == {"What is kopi?", "Be short.\n\nWhat is satay?"}
    assert [fact.text for fact in watched.samples] == [sample["text"] for sample in samples]
    assert samples[0]["text"] != samples[-2]["text"]


def test_the_estimate_is_of_measured_steps(watched: Remembering) -> None:
    (estimate,) = watched.estimates
    assert estimate.seconds > 10 * estimate.seconds_per_step > 0
    assert estimate.memory_bytes > 2**20
    assert estimate.fits


def test_neither_measuring_nor_sampling_changes_what_is_learned(
    base: Path, rows: list[TrainingRow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = changed(neftune_noise_alpha=5, epoch=1)
    tune(settings, rows, base=base, out=tmp_path / "measured", prompts=[Prompt("Kopi?")])
    monkeypatch.setattr(Attempt, "_estimated", lambda attempt: None)
    tune(settings, rows, base=base, out=tmp_path / "plain")
    assert weights(tmp_path / "measured") == weights(tmp_path / "plain")


def test_the_loss_on_a_cpu_is_trls_own_loss(base: Path, rows: list[TrainingRow], tmp_path: Path) -> None:
    losses = {}
    for lean in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            if not lean:
                patch.setattr(Tuner, "_is_lean", property(lambda own: False, lambda own, value: None), raising=False)
            watch = Remembering()
            tune(changed(epoch=1, lora_dropout=0), rows, base=base, out=tmp_path / str(lean), watch=watch)
            losses[lean] = [fact.loss for fact in watch.steps] + [fact.validation_loss for fact in watch.validations]
    assert losses[True] == pytest.approx(losses[False], rel=1e-5)


def test_the_validation_loss_is_per_learned_token_whatever_the_batches(
    base: Path, rows: list[TrainingRow], tmp_path: Path
) -> None:
    found = []
    for size in (1, 4):
        watch = Remembering()
        settings = changed(epoch=1, per_device_eval_batch_size=size)
        tune(settings, rows, base=base, out=tmp_path / str(size), watch=watch)
        found.append(watch.validations[-1].validation_loss)
    assert found[0] == pytest.approx(found[1], rel=1e-5)


def test_it_stops_early_and_says_when_overfitting_began(base: Path, tmp_path: Path) -> None:
    train = rows_of(8)
    other = [row(f"Q{number}?", "zq xj vw kp " * 3) for number in range(4)]
    watch = Remembering()
    settings = changed(epoch=30, eval_steps=2, early_stopping_patience=3, lora_r=16)
    done = tune(settings, train, other, base=base, out=tmp_path / "run", watch=watch)
    record = done.record
    assert record.best is not None
    assert record.status is Status.FINISHED
    assert f"since step {record.best.step}, 3 in a row" in record.reason
    assert watch.validations[-1].step < 60
    assert record.overfitting_since == record.best.step
    (news,) = watch.messages("overfitting")
    assert f"The adapter of step {record.best.step} is kept" in news
    assert [line["since"] for line in read_progress(done.folder) if line.get("event") == "overfitting"] == [
        record.best.step
    ]
    with pytest.raises(TuningRefused, match="is finished"):
        tune(settings, train, other, base=base, out=tmp_path / "run", resume=True)


def test_a_loss_of_nan_ends_the_run_and_leaves_the_last_good_adapter(
    base: Path, rows: list[TrainingRow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Tuner.training_step

    def from_step_six_on(self: Any, model: Any, inputs: Any, items: Any = None) -> Any:
        loss = real(self, model, inputs, items)
        if self.state.global_step == 5:
            for parameter in model.parameters():
                if parameter.grad is not None:
                    parameter.grad.fill_(math.nan)
        return loss

    monkeypatch.setattr(Tuner, "training_step", from_step_six_on)
    with pytest.raises(LossDiverged, match=r"NaN or infinite in step 6.*Lower learning_rate"):
        tune(changed(eval_steps=2), rows, base=base, out=tmp_path / "run")
    record = read_record(tmp_path / "run")
    assert (record.status, record.best and record.best.step) == (Status.FAILED, 4)
    check_adapter(tmp_path / "run/adapter", describe_base(base), limits=AdapterLimits(), inside=tmp_path)


def test_weights_that_are_not_finite_never_become_the_adapter(
    base: Path, rows: list[TrainingRow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tuner, "adapter_tensors", lambda own: {"lora": torch.tensor([1.0, math.inf])})
    with pytest.raises(LossDiverged, match="weights are NaN or infinite"):
        tune(changed(validation_split_ratio=0), rows, base=base, out=tmp_path / "run")
    assert not (tmp_path / "run/adapter").exists()


def test_an_error_that_nobody_foresaw_is_told_and_recorded(
    base: Path, rows: list[TrainingRow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tuner, "evaluate", lambda own, **options: {}["nothing"])
    with pytest.raises(TuningFailed, match="KeyError"):
        tune(changed(), rows, base=base, out=tmp_path / "run")
    assert read_record(tmp_path / "run").status is Status.FAILED


def test_a_watcher_may_stop_the_run_at_a_validation(base: Path, rows: list[TrainingRow], tmp_path: Path) -> None:
    class Pruning(Remembering):
        def validated(self, fact: Validated) -> None:
            raise StopTuning("hopeless")

    done = tune(changed(eval_steps=3), rows, base=base, out=tmp_path / "run", watch=Pruning())
    assert (done.record.status, done.record.reason) == (Status.STOPPED, "hopeless")
    assert done.facts is not None


@pytest.mark.parametrize("hears", ["started", "estimated"])
def test_a_watcher_may_stop_the_run_before_its_first_step(
    hears: str, base: Path, rows: list[TrainingRow], tmp_path: Path
) -> None:
    def refuse(*facts: object) -> None:
        raise StopTuning("not today")

    watch = Remembering()
    setattr(watch, hears, refuse)
    done = tune(changed(), rows, base=base, out=tmp_path / "run", watch=watch)
    assert (done.record.status, done.record.reason) == (Status.STOPPED, "not today")
    assert done.adapter is None
    assert read_progress(tmp_path / "run") == []


def test_rows_that_are_too_long_are_left_out_aloud(base: Path, rows: list[TrainingRow], tmp_path: Path) -> None:
    long = row("Why?", "because " * 60)
    watch = Remembering()
    tune(changed(epoch=1, long_rows="leave_out"), [*rows, long], rows[:3], base=base, out=tmp_path / "a", watch=watch)
    assert any("1 training rows of more than 384 tokens are left out" in note for note in watch.messages("note"))
    assert any("3 validation rows are training rows too" in note for note in watch.messages("note"))


def test_26_000_identical_rows_are_a_run_like_any_other(base: Path, tmp_path: Path) -> None:
    same = [row("What is kopi?", "Coffee, lah.")] * 26_000
    settings = changed(max_steps=2, max_train_samples=64, max_val_samples=8)
    done = tune(settings, same, base=base, out=tmp_path / "run")
    assert (done.record.status, done.record.train.rows) == (Status.FINISHED, 64)
