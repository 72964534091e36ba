"""Runs as CSV, JSON lines, and in MLflow's layout, read back by its rules."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.training.runs.made_up import a_record, a_run
from training.runs.export import as_csv, as_jsonl
from training.runs.log import Logged, scan
from training.runs.mlflow import experiment_id, export_mlflow, run_id
from training.runs.record import Status

NAME = re.compile(r"^[/\w.\- ]*$")  # what MLflow allows
BROKEN = Logged(Path("runs/torn"), None, "run.json is torn")


def test_csv_has_a_line_per_run_and_a_column_per_setting() -> None:
    runs = [
        Logged(Path("a"), a_record(1)),
        Logged(Path("b"), a_record(2, settings={"shine": 7}, validation=None)),
        BROKEN,
    ]
    lines = list(csv.DictReader(io.StringIO(as_csv(runs))))
    assert [line["settings.shine"] for line in lines] == ["", "7", ""]
    assert [line["status"] for line in lines] == ["finished", "finished", "broken"]
    assert lines[0]["validation_loss"] == "1.5"
    assert lines[0]["settings.target_modules"] == "q_proj,v_proj"
    assert lines[1]["validation_sha256"] == ""
    assert lines[2]["broken"] == "run.json is torn"


@pytest.mark.parametrize("name", ["=1+1", "+cmd|' /C calc'!A0", "@sum(A1)", "-2+3", "\tx"])
def test_no_cell_is_computed_by_a_spreadsheet(name: str) -> None:
    line = next(csv.DictReader(io.StringIO(as_csv([Logged(Path("a"), a_record(1, name=name))]))))
    assert line["name"] == f"'{name}"


def test_texts_with_commas_quotes_and_breaks_survive_csv() -> None:
    reason = 'Lost, "as it were";\nagain'
    line = next(csv.DictReader(io.StringIO(as_csv([Logged(Path("a"), a_record(1, reason=reason))]))))
    assert line["reason"] == reason


def test_json_lines_keep_every_value_in_its_kind() -> None:
    first, second = map(json.loads, as_jsonl([Logged(Path("a"), a_record(1, name="=1")), BROKEN]).splitlines())
    assert first["name"] == "=1"
    assert first["settings"]["target_modules"] == ["q_proj", "v_proj"]
    assert first["validation_loss"] == 1.5
    assert second["status"] == "broken"
    assert second["settings"] == {}


def test_no_runs_are_a_head_and_no_lines() -> None:
    assert as_csv([]).startswith("folder,status,")
    assert as_jsonl([]) == ""


def exported(tmp_path: Path, *records: Any) -> Path:
    for number, record in enumerate(records):
        a_run(tmp_path / "runs" / str(number), record)
    assert export_mlflow(scan(tmp_path / "runs"), tmp_path / "mlruns") == len(records)
    return tmp_path / "mlruns"


def test_mlflow_finds_experiments_runs_params_tags_and_metrics(tmp_path: Path) -> None:
    record = a_record(1, name='Tim\'s "Ünï" 🌶\n#1', status=Status.STOPPED, reason="No: time.")
    root = exported(tmp_path, record)
    number = experiment_id("Mei Ling")
    experiment = yaml.safe_load((root / number / "meta.yaml").read_text())
    assert (experiment["experiment_id"], experiment["name"]) == (number, "Mei Ling")
    assert int(number) < 2**63
    place = root / number / run_id(record)
    meta = yaml.safe_load((place / "meta.yaml").read_text())
    assert meta["run_id"] == meta["run_uuid"] == place.name
    assert meta["run_name"] == record.name
    assert meta["experiment_id"] == number
    assert meta["status"] == 3
    assert meta["end_time"] - meta["start_time"] == 600_000
    assert meta["artifact_uri"] == (place / "artifacts").as_uri()
    assert (place / "params" / "lora_r").read_text() == "8"
    assert (place / "tags" / "mlflow.runName").read_text() == record.name
    assert (place / "tags" / "mlflow.source.git.commit").read_text() == "d" * 40
    assert (place / "tags" / "finale.data.train.sha256").read_text() == "a" * 64
    lines = [line.split(" ") for line in (place / "metrics" / "validation_loss").read_text().splitlines()]
    assert [int(step) for _, _, step in lines] == [10, 20, 30, 40]
    assert float(lines[2][1]) == 1.5
    assert int(lines[0][0]) == meta["start_time"] + 10_000
    assert len((place / "metrics" / "loss").read_text().splitlines()) == 40
    names = [
        str(path.relative_to(place / kind))
        for kind in ("params", "metrics", "tags")
        for path in (place / kind).iterdir()
    ]
    assert all(NAME.match(name) for name in names)
    assert yaml.safe_load((root / "0" / "meta.yaml").read_text())["name"] == "Default"


def test_exporting_again_replaces_and_doubles_nothing(tmp_path: Path) -> None:
    root = exported(tmp_path, a_record(1), a_record(2, entrant="Arjun"), a_record(3, entrant=""))
    before = sorted(str(path) for path in root.rglob("*"))
    export_mlflow(scan(tmp_path / "runs"), root)
    assert sorted(str(path) for path in root.rglob("*")) == before


def test_no_step_of_a_metric_is_told_twice(tmp_path: Path) -> None:
    record = a_record(1)
    place = exported(tmp_path, record) / experiment_id("Mei Ling") / run_id(record)
    steps = [line.split(" ")[2] for line in (place / "metrics" / "epoch").read_text().splitlines()]
    assert len(steps) == len(set(steps))


@pytest.mark.parametrize("name", ["../../escape", "/etc/evil", "..", "", "a\nb", "x" * 400])
def test_a_setting_with_an_odd_name_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    record = a_record(1, settings={name: "1"})
    root = exported(tmp_path, record)
    params = root / experiment_id("Mei Ling") / run_id(record) / "params"
    assert len(list(params.iterdir())) == len(record.settings)
    assert not (tmp_path / "escape").exists()
