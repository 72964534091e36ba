"""A tiny models folder, and runs on its base that look as if they had been trained."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from models.adapters import describe_base
from tests.models import tiny
from training.runs.record import BaseFacts, Best, DataFacts, RunRecord, Status, write_record


def a_catalogue(root: Path) -> Path:
    """A models folder: tiny base, three finalists f0 to f2 and a judge."""
    return tiny.make_catalogue(root, finalists=3).parent


def a_run(folder: Path, base: Path, adapter: Path, /, **changes: Any) -> Path:
    """A finished run whose adapter is a copy of `adapter`; `changes` go into its record."""
    shutil.copytree(adapter, folder / "adapter")
    record = RunRecord(
        id="20261122-101500-abcdef",
        name=folder.name,
        entrant="Team Kaya",
        status=Status.FINISHED,
        started_at="2026-11-22T10:15:00+00:00",
        ended_at="2026-11-22T10:25:00+00:00",
        settings={"lora_r": 2, "epoch": 3.0},
        train=DataFacts("mine.jsonl", "a" * 64, 400),
        validation=DataFacts("held.jsonl", "b" * 64, 40),
        base=BaseFacts(str(base), describe_base(base).sha256),
        seconds=600.5,
        git_commit="c" * 40,
        best=Best(30, 1.5),
        versions={"python": "3.11.2", "torch": "2.13.0"},
    )
    write_record(folder, replace(record, **changes))
    return folder


def change_settings(adapter: Path, **changes: Any) -> None:
    """Change adapter_config.json."""
    file = adapter / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))
