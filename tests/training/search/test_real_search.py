"""A search whose tries are real runs on the tiny base, charged to an entrant's hours (about 15 s)."""

from pathlib import Path
from typing import Any

from training.hours import EntrantHours, Ledger
from training.runs.log import scan
from training.runs.record import Status, read_progress
from training.search import Means, Sampling, search
from training.search.space_file import space_of
from training.tuning import TuningSettings

SETTINGS = TuningSettings(
    epoch=1, per_device_train_batch_size=4, validation_split_ratio=0.25, target_modules=("q_proj",), eval_steps=2
)


def test_real_tries_are_runs_are_charged_and_the_better_rate_wins(base: Path, rows: list[Any], tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "hours.db")
    ledger.grant("Mei", 600)
    means = Means(rows, (), base=base, hours=EntrantHours(ledger, "Mei"))
    space = space_of({"learning_rate": [1e-6, 3e-2]}, SETTINGS)
    outcome = search(SETTINGS, space, means, out=tmp_path / "runs" / "s", sampling=Sampling.GRID, budget=300.0)
    assert [one.status for one in outcome.tries] == [Status.FINISHED] * 2
    assert outcome.best is not None
    assert dict(outcome.best.changes) == {"learning_rate": 3e-2}
    runs = scan(tmp_path / "runs")
    assert {run.record.entrant for run in runs if run.record} == {"Mei"}
    assert all((run.folder / "adapter" / "adapter_model.safetensors").exists() for run in runs)
    assert all(any("validation_loss" in line for line in read_progress(run.folder)) for run in runs)
    balance = ledger.balance("Mei")
    assert abs(balance.used / 1000 - sum(one.seconds for one in outcome.tries)) < 0.1
    assert balance.reserved == 0
