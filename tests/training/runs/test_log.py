"""The log of runs: found by scanning, broken folders told, runs named in every way a person would."""

import json
import time
from pathlib import Path

import pytest

from tests.training.runs.made_up import RECORD, a_record, a_run
from training.runs.errors import RunsRefused
from training.runs.log import find, logged, scan
from training.runs.record import LOCK, Status, held, write_record
from training.runs.record import RECORD as RUN_JSON


def test_runs_are_listed_newest_first_with_those_in_sub_folders(tmp_path: Path) -> None:
    a_run(tmp_path / "old", a_record(1, started_at="2026-11-20T08:00:00+00:00"), steps=0)
    a_run(tmp_path / "sweep" / "trials" / "000", a_record(2, started_at="2026-11-21T08:00:00+00:00"), steps=0)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "idea.txt").write_text("more chilli")
    assert [run.folder.name for run in scan(tmp_path)] == ["000", "old"]


def test_what_lies_inside_a_run_is_not_searched_for_runs(tmp_path: Path) -> None:
    a_run(tmp_path / "mine", steps=0)
    a_run(tmp_path / "mine" / "checkpoints" / "copy", steps=0)
    assert len(scan(tmp_path)) == 1


@pytest.mark.parametrize(
    ("spoilt", "told"),
    [
        ("", "is not valid JSON"),
        ('{"format": "finale-run/1", "id": "x', "is not valid JSON"),
        ('{"format": "finale-run/9"}', "finale-run/9"),
        ('{"format": "finale-run/1"}', "incomplete"),
        ("[]", "format None"),
        ("[" * 100_000, "cannot be read"),
        ("\xff\xfe", "is not valid JSON"),
    ],
)
def test_a_record_that_cannot_be_read_makes_its_folder_broken_and_no_other(
    tmp_path: Path, spoilt: str, told: str
) -> None:
    a_run(tmp_path / "fine", steps=0)
    (tmp_path / "spoilt").mkdir()
    (tmp_path / "spoilt" / RUN_JSON).write_bytes(spoilt.encode("latin-1"))
    fine, broken = scan(tmp_path)
    assert fine.record == RECORD
    assert broken.record is None
    assert told in broken.broken


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", 7),
        ("name", "half \ud83d"),
        ("seconds", "long"),
        ("seconds", True),
        ("settings", [1]),
        ("best", {"step": "nine", "validation_loss": 1.0}),
        ("best", {"step": 9, "validation_loss": float("nan")}),
        ("overfitting_since", 1.5),
        ("started_at", None),
        ("base", {"path": "x", "sha256": 5}),
    ],
)
def test_a_record_with_values_of_the_wrong_kind_is_broken(tmp_path: Path, name: str, value: object) -> None:
    folder = a_run(tmp_path / "run", steps=0)
    data = json.loads((folder / RUN_JSON).read_text())
    (folder / RUN_JSON).write_text(json.dumps({**data, name: value}))
    run = logged(folder)
    assert run.record is None
    assert name in run.broken


def test_a_folder_left_before_its_record_was_written_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "half" / "checkpoints").mkdir(parents=True)
    assert "left before" in scan(tmp_path)[0].broken


def test_a_run_that_is_being_set_up_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    with held(tmp_path / "new"):
        assert "is being set up" in scan(tmp_path)[0].broken


def test_a_run_whose_process_died_is_interrupted_and_one_that_is_held_runs(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "run", a_record(status=Status.RUNNING), steps=0)
    (folder / LOCK).touch()
    assert logged(folder).record.status is Status.INTERRUPTED  # type: ignore[union-attr]
    with held(folder):
        assert logged(folder).record.status is Status.RUNNING  # type: ignore[union-attr]


def test_no_log_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RunsRefused, match="--runs"):
        scan(tmp_path / "nowhere")


def test_a_run_is_found_by_folder_place_id_beginning_of_id_and_name(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "sweep" / "a", a_record(7, name="night market"), steps=0)
    a_run(tmp_path / "b", a_record(8, name="other", id="20261123-090000-000008"), steps=0)
    for reference in (str(folder), "sweep/a", "20261122-101500-000007", "20261122", "night market"):
        assert find(tmp_path, reference).folder == folder, reference


def test_an_ambiguous_name_is_refused_and_the_ids_are_told(tmp_path: Path) -> None:
    a_run(tmp_path / "a", a_record(1), steps=0)
    a_run(tmp_path / "b", a_record(2), steps=0)
    with pytest.raises(RunsRefused, match=r"20261122-101500-00000[12].*give an id"):
        find(tmp_path, "first try")


def test_an_unknown_run_is_refused(tmp_path: Path) -> None:
    a_run(tmp_path / "a", steps=0)
    with pytest.raises(RunsRefused, match="no run 'nothing'"):
        find(tmp_path, "nothing")


def test_a_thousand_runs_are_listed_in_seconds(tmp_path: Path) -> None:
    for number in range(1000):
        folder = tmp_path / f"{number:04}"
        folder.mkdir()
        write_record(folder, a_record(number, status=Status.RUNNING if number % 100 == 0 else Status.FINISHED))
    began = time.process_time()
    assert len(scan(tmp_path)) == 1000
    assert time.process_time() - began < 3
