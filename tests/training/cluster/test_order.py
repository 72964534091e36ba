"""What is sent to a cluster: the command, and every file that would not be there."""

import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from training.cli import app
from training.cluster.errors import ClusterFailed, OrderRefused
from training.cluster.jobs import Cluster
from training.cluster.order import Order, check, environment_of


@pytest.fixture
def working(tmp_path: Path) -> Path:
    (tmp_path / "rows.jsonl").write_text("{}")
    return tmp_path


def an_order(working: Path, **changes: Any) -> Order:
    return Order(**({"words": ("rows.jsonl", "--out", "/shared/it's mine"), "working_dir": working} | changes))


def test_the_command_is_train_run_with_the_words_as_they_were_given(working: Path) -> None:
    words = shlex.split(an_order(working).entrypoint)
    assert words == ["exec", "python", "-m", "server.cli", "train", "run", "rows.jsonl", "--out", "/shared/it's mine"]


def test_several_processes_are_started_by_torchrun(working: Path) -> None:
    words = shlex.split(an_order(working, gpus=4, processes=4, python="/opt/python").entrypoint)
    assert words[:7] == ["exec", "/opt/python", "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "4"]
    assert words[7:11] == ["-m", "server.cli", "train", "run"]


def test_a_stopped_job_is_given_time_to_save(working: Path) -> None:
    given = an_order(working, environment={"FINALE_HOURS": "/shared/hours.db"}, requirements=Path("pins.txt"))
    assert given.runtime_env["env_vars"] == {
        "RAY_JOB_STOP_SIGNAL": "SIGINT",
        "RAY_JOB_STOP_WAIT_TIME_S": "300",
        "PYTHONUNBUFFERED": "1",
        "FINALE_HOURS": "/shared/hours.db",
    }
    assert given.runtime_env["pip"] == "pins.txt"
    assert "/.git/" in given.runtime_env["excludes"]


OUT = {"out": Path("/shared/mine")}


@pytest.mark.parametrize(
    ("given", "changes", "said"),
    [
        ({}, {}, "kept with --out"),
        ({"out": Path("runs/mine")}, {}, "--out runs/mine is relative"),
        ({"resume": Path("runs/mine")}, {}, "--resume runs/mine is relative"),
        (OUT | {"data": Path("gone.jsonl")}, {}, r"gone\.jsonl is not in the working folder"),
        (OUT | {"base": Path("../base")}, {}, r"\.\./base is not in the working folder"),
        (OUT | {"entrant": "Team Kaya"}, {}, "Give the ledger of hours"),
        (OUT | {"entrant": "Team Kaya", "ledger": Path("hours.db")}, {}, "--ledger hours.db is relative"),
        (OUT, {"gpus": 1, "processes": 2}, "2 processes cannot train on 1 GPUs"),
    ],
)
def test_what_could_not_work_there_is_refused_here(
    working: Path, given: dict[str, Any], changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(OrderRefused, match=said):
        check(an_order(working, **changes), given)


def test_files_that_travel_or_are_shared_pass(working: Path) -> None:
    check(an_order(working), OUT | {"data": Path("rows.jsonl"), "base": Path("/shared/base"), "validation": None})
    check(an_order(working, processes=2), {"resume": Path("/shared/mine"), "out": None})


@pytest.mark.parametrize("word", ["A", "=b", "a-b=c", ""])
def test_a_variable_is_name_and_value(word: str) -> None:
    assert environment_of(["A=b=c", "D="]) == {"A": "b=c", "D": ""}
    with pytest.raises(OrderRefused, match="NAME=VALUE"):
        environment_of([word])


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["rows.jsonl", "--out", "/x", "--sett", "a=1"], 2, "No such option: --sett"),
        (["rows.jsonl", "--out", "x"], 2, "--out x is relative"),
        (
            ["rows.jsonl", "--out", "/x", "--address", "anyscale://x"],
            2,
            "Expected the address of a cluster's dashboard",
        ),
    ],
)
def test_a_slip_is_told_before_anything_is_sent(working: Path, words: list[str], code: int, said: str) -> None:
    done = CliRunner().invoke(app, ["submit", "--working-dir", str(working), *words], env={"COLUMNS": "200"})
    assert done.exit_code == code
    assert said in " ".join(done.stderr.split())


def test_without_ray_the_remedy_is_told(working: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ClusterFailed, match=r'pip install "ray\[default\]"'):
        Cluster()
