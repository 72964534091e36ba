"""Runs as a table: CSV for spreadsheets, JSON lines for programs. MLflow's layout is `mlflow`'s matter."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from training.runs.fields import BROKEN, settings_in
from training.runs.log import Logged
from training.runs.record import RunRecord

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(runs: Sequence[Logged]) -> str:
    """One line per run, one column per fact and setting. Texts that a spreadsheet would compute get a ' in front."""
    settings = settings_in(runs)
    out = io.StringIO()
    names = [*_facts(None), *(f"settings.{name}" for name in settings)]
    writer = csv.DictWriter(out, names, restval="", lineterminator="\n")
    writer.writeheader()
    for run in runs:
        given = {f"settings.{name}": value for name, value in (run.record.settings if run.record else {}).items()}
        writer.writerow({name: _cell(value) for name, value in {**_facts(run), **given}.items()})
    return out.getvalue()


def as_jsonl(runs: Sequence[Logged]) -> str:
    """One JSON object per run: the facts, and `settings` as an object; broken folders say what is broken."""
    lines = ({**_facts(run), "settings": dict(run.record.settings) if run.record else {}} for run in runs)
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _facts(run: Logged | None) -> dict[str, Any]:
    """The columns in their order; of no run, the names alone."""
    record = run.record if run else None
    return {
        "folder": str(run.folder) if run else "",
        "status": record.status.value if record else BROKEN,
        "broken": run.broken if run else "",
        **_of_record(record),
    }


def _of_record(record: RunRecord | None) -> dict[str, Any]:
    held_out = record.validation if record else None
    best = record.best if record else None
    return {
        "id": record and record.id,
        "name": record and record.name,
        "entrant": record and record.entrant,
        "started_at": record and record.started_at,
        "ended_at": record and record.ended_at,
        "seconds": record and record.seconds,
        "reason": record and record.reason,
        "best_step": best and best.step,
        "validation_loss": best and best.validation_loss,
        "overfitting_since": record and record.overfitting_since,
        "train_path": record and record.train.path,
        "train_rows": record and record.train.rows,
        "train_sha256": record and record.train.sha256,
        "validation_path": held_out and held_out.path,
        "validation_rows": held_out and held_out.rows,
        "validation_sha256": held_out and held_out.sha256,
        "base_path": record and record.base.path,
        "base_sha256": record and record.base.sha256,
        "adapter_sha256": record and record.adapter_sha256,
        "git_commit": record and record.git_commit,
        "versions": dict(record.versions) if record else {},
    }


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        value = ",".join(map(str, value))
    if isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False)
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
