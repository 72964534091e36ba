"""Two processes on gloo, started by accelerate with the shipped configurations. Each run takes about ten seconds.

One process with the double batch is the measure: the same gradients, the same losses, the same adapter.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from models.adapters import AdapterLimits, check_adapter, describe_base
from tests.training.cluster.launched import SHARDED
from training.runs.record import Status, read_record

ROOT = Path(__file__).resolve().parents[3]
CONFIGURATIONS = ROOT / "training" / "cluster"
STEPS = 6
LIMIT_S = 300


def train(launcher: list[str], base: Path, data: Path, out: Path, batch: int, **environment: str) -> Path:
    """Train STEPS steps through the launcher and give the run's folder."""
    settings = {
        "max_steps": STEPS,
        "per_device_train_batch_size": batch,
        "per_device_eval_batch_size": 4,
        "learning_rate": 0.01,
        "lora_dropout": 0.0,
        "packing": False,
        "early_stopping_patience": 0,
        "adapter_dtype": "float32",
    }
    words = ["train", "run", str(data / "rows.jsonl"), "--validation", str(data / "held.jsonl")]
    words += ["--base", str(base), "--out", str(out)]
    words += [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    done = subprocess.run(
        [*launcher, *words],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return out


def by_accelerate(configuration: str) -> list[str]:
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--config_file", str(CONFIGURATIONS / configuration)]
    return [*launch, "-m", "tests.training.cluster.launched"]


def lines(run: Path, name: str) -> list[Any]:
    """A figure of every line of progress.jsonl that has it."""
    rows = [json.loads(line) for line in (run / "progress.jsonl").read_text().splitlines()]
    return [row[name] for row in rows if name in row]


@pytest.fixture(scope="module")
def alone(base: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One process with the double batch."""
    return train([sys.executable, "-m", "server.cli"], base, data, tmp_path_factory.mktemp("alone") / "run", batch=4)


@pytest.fixture(scope="module")
def together(base: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two processes, each with the whole base."""
    out = tmp_path_factory.mktemp("together") / "run"
    return train(by_accelerate("accelerate_ddp.yaml"), base, data, out, batch=2)


def assert_same_training(run: Path, alone: Path, adapters_within: float) -> None:
    assert lines(run, "grad_norm") == pytest.approx(lines(alone, "grad_norm"), rel=1e-4)
    assert lines(run, "loss") == pytest.approx(lines(alone, "loss"), rel=1e-4)
    assert lines(run, "validation_loss") == pytest.approx(lines(alone, "validation_loss"), rel=1e-4)
    assert lines(run, "learning_rate") == lines(alone, "learning_rate")
    ours, theirs = (load_file(one / "adapter" / "adapter_model.safetensors") for one in (run, alone))
    assert ours.keys() == theirs.keys()
    for name, tensor in ours.items():
        torch.testing.assert_close(tensor, theirs[name], rtol=0, atol=adapters_within)


def test_two_processes_learn_what_one_learns_with_the_double_batch(together: Path, alone: Path) -> None:
    assert_same_training(together, alone, 1e-5)


def test_the_loss_goes_down(together: Path) -> None:
    losses = lines(together, "validation_loss")
    assert losses[-1] < losses[0] - 0.5


def test_the_main_process_alone_writes_and_the_adapter_can_be_served(together: Path, base: Path) -> None:
    steps = [
        json.loads(line)["step"] for line in (together / "progress.jsonl").read_text().splitlines() if "loss" in line
    ]
    assert [step for step in steps if steps.count(step) != 2] == []  # a line of progress and one of validation
    assert sorted(set(steps)) == list(range(1, STEPS + 1))
    record = read_record(together)
    assert record.status is Status.FINISHED
    assert [one.name for one in together.iterdir() if one.name.startswith("adapter")] == ["adapter"]
    facts = check_adapter(together / "adapter", describe_base(base), limits=AdapterLimits(), inside=together)
    assert facts.sha256 == record.adapter_sha256


def test_a_sharded_base_learns_the_same(base: Path, data: Path, alone: Path, tmp_path: Path) -> None:
    run = train(by_accelerate("accelerate_fsdp.yaml"), base, data, tmp_path / "run", batch=2, **{SHARDED: "1"})
    # Sums come in another order, and Adam divides by the gradient: where it is nearly zero, its last digits decide.
    assert_same_training(run, alone, 2e-3)
    checkpoint = run / "checkpoints" / f"checkpoint-{STEPS}"
    assert (checkpoint / "pytorch_model_fsdp_0").is_dir()  # it was sharded indeed
