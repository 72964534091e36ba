"""Run folders made up for tests: what a run would have written, without training anything."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

from training.runs.record import (
    BaseFacts,
    Best,
    DataFacts,
    RunRecord,
    Status,
    append_progress,
    append_sample,
    write_record,
)
from training.tuning import TuningSettings
from training.tuning.settings_file import as_json

RECORD = RunRecord(
    id="20261122-101500-aaaaaa",
    name="first try",
    entrant="Mei Ling",
    status=Status.FINISHED,
    started_at="2026-11-22T10:15:00+00:00",
    ended_at="2026-11-22T10:25:00+00:00",
    settings=as_json(TuningSettings()),
    train=DataFacts("data/mine.jsonl", "a" * 64, 400),
    validation=DataFacts("data/held.jsonl", "b" * 64, 40),
    base=BaseFacts("models/demo/base", "c" * 64),
    seconds=600.0,
    git_commit="d" * 40,
    best=Best(30, 1.5),
    adapter_sha256="e" * 64,
    versions={"python": "3.11.2", "torch": "2.13.0"},
)


def a_record(number: int = 0, **changes: Any) -> RunRecord:
    """A record like RECORD with an id of its own; `settings` given are laid over the defaults."""
    settings = {**RECORD.settings, **changes.pop("settings", {})}
    return replace(RECORD, **{"id": f"20261122-101500-{number:06x}", "settings": settings, **changes})


def a_run(folder: Path, record: RunRecord = RECORD, steps: int = 40, **more: Any) -> Path:
    """A run folder with a record, and progress and samples of so many steps."""
    folder.mkdir(parents=True)
    write_record(folder, record)
    for step in range(1, steps + 1):
        append_progress(folder, a_step(step, steps, **more))
        if step % 10 == 0:
            append_progress(folder, a_validation(step))
    if steps:
        append_sample(folder, 0, "What is kopi?", "A drink.")
        append_sample(folder, steps, "What is kopi?", "Coffee from the kopitiam, with condensed milk.")
    return folder


def a_step(step: int, steps: int = 40, **more: Any) -> dict[str, Any]:
    """A line of progress as a run writes it."""
    return {
        "step": step,
        "epoch": step / 10,
        "loss": 1.2 + 3 * math.exp(-step / 8) + 0.05 * math.sin(step * 7),
        "learning_rate": 2e-4 * (1 - step / (steps + 1)),
        "grad_norm": 0.8 + 0.2 * math.cos(step),
        "tokens": step * 512,
        "tokens_per_second": 900.0 + step,
        "memory_bytes": 700 * 2**20,
        "seconds": float(step),
        "seconds_left": float(steps - step),
        **more,
    }


def a_validation(step: int, loss: float | None = None) -> dict[str, Any]:
    """A validation's line; by default the loss is lowest at step 30."""
    value = 1.5 + abs(step - 30) / 50 if loss is None else loss
    return {"step": step, "epoch": step / 10, "validation_loss": value, "is_best": step <= 30, "seconds": float(step)}
