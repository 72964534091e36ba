"""The record of a run and its progress: whole at every instant, torn lines left out, a dead run known as dead."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from training.runs import record as files
from training.runs.record import BaseFacts, Best, DataFacts, RunBroken, RunRecord, Status

RECORD = RunRecord(
    id="20260809-1",
    name="first",
    entrant="mei",
    status=Status.FINISHED,
    started_at="2026-08-09T09:00:00+00:00",
    settings={"lora_r": 8},
    train=DataFacts("rows.jsonl", "a" * 64, 90),
    validation=DataFacts("", "b" * 64, 10),
    base=BaseFacts("models/demo/base", "c" * 64),
    best=Best(40, 1.5),
    versions={"torch": "2"},
)


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    for record in (RECORD, replace(RECORD, validation=None, best=None, overfitting_since=30)):
        files.write_record(tmp_path, record)
        assert files.read_record(tmp_path) == record
    data = json.loads((tmp_path / "run.json").read_text())
    assert data["format"] == "finale-run/1"
    assert data["data"]["train"] == {"path": "rows.jsonl", "sha256": "a" * 64, "rows": 90}


def test_a_run_that_says_it_runs_but_is_held_by_nobody_is_interrupted(tmp_path: Path) -> None:
    files.write_record(tmp_path, replace(RECORD, status=Status.RUNNING))
    with files.held(tmp_path):
        assert files.is_held(tmp_path)
        assert files.read_record(tmp_path).status is Status.RUNNING
        with pytest.raises(RunBroken, match="Another process is training"), files.held(tmp_path):
            pass
    found = files.read_record(tmp_path)
    assert found.status is Status.INTERRUPTED
    assert "resume" in found.reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "no run in"),
        ("{", "not valid JSON"),
        ("[]", "the format None"),
        ('{"format": "finale-run/9"}', "'finale-run/9'"),
        ('{"format": "finale-run/1"}', "incomplete"),
    ],
)
def test_what_is_no_record_is_refused_with_the_reason(text: str | None, reason: str, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "run.json").write_text(text)
    with pytest.raises(RunBroken, match=reason):
        files.read_record(tmp_path)


def test_progress_survives_a_torn_line(tmp_path: Path) -> None:
    files.append_progress(tmp_path, {"step": 1, "loss": 2.0})
    with (tmp_path / "progress.jsonl").open("a") as file:
        file.write('{"step": 2, "lo')
    files.append_progress(tmp_path, {"step": 3, "loss": 1.0})
    assert [line["step"] for line in files.read_progress(tmp_path)] == [1, 3]


def test_steps_that_were_trained_again_count_once(tmp_path: Path) -> None:
    for line in (
        {"step": 1, "loss": 2.0},
        {"step": 2, "loss": 9.0},
        {"event": "saved", "step": 2},
        {"event": "resumed", "step": 1},
        {"step": 2, "loss": 1.5},
    ):
        files.append_progress(tmp_path, line)
    found = files.read_progress(tmp_path)
    assert [(line["step"], line.get("loss")) for line in found] == [(1, 2.0), (1, None), (2, 1.5)]


def test_progress_and_samples_of_an_empty_folder_are_empty(tmp_path: Path) -> None:
    assert files.read_progress(tmp_path) == []
    assert files.read_samples(tmp_path) == []


def test_of_a_prompt_sampled_twice_at_a_step_the_later_text_counts(tmp_path: Path) -> None:
    for step, text in ((0, "a"), (4, "b"), (4, "c")):
        files.append_sample(tmp_path, step, "Kopi?", text)
    assert [(line["step"], line["text"]) for line in files.read_samples(tmp_path)] == [(0, "a"), (4, "c")]
