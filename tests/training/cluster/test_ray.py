"""A run as a job on a local Ray cluster: sent, followed, stopped. Starting Ray and two runs take about a minute."""

import importlib.util
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from models.adapters import AdapterLimits, check_adapter, describe_base
from training.runs.record import Status, read_record

# Ray is never imported here: it puts modules of its own in front of those that other tests use.
pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="Ray is not installed: pip install 'finale[cluster]'"
)
ROOT = Path(__file__).resolve().parents[3]
LIMIT_S = 240  # Ray takes 15 s to start on two quiet cores, and much longer on busy ones
SETTINGS = ["--set", "packing=false", "--set", "per_device_train_batch_size=2", "--set", "early_stopping_patience=0"]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The dashboard of a fresh cluster, with a token of its own."""
    place = Path(tempfile.mkdtemp(prefix="ray-"))
    ours = {
        "HOME": str(place),  # where Ray would leave a token behind
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_memory_monitor_refresh_ms": "0",  # in a container it may count the whole machine
        "RAY_OBJECT_STORE_ALLOW_SLOW_STORAGE": "1",
        "OMP_NUM_THREADS": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }
    with pytest.MonkeyPatch.context() as patch, (place / "log").open("w") as log:
        for name, value in ours.items():
            patch.setenv(name, value)
        cluster = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("local_ray.py")), str(place)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            yield _ready(cluster, place / "log")
        finally:
            _end(cluster)
            shutil.rmtree(place, ignore_errors=True)


def _ready(cluster: "subprocess.Popen[str]", log: Path) -> str:
    assert cluster.stdout is not None
    for line in cluster.stdout:
        if line.startswith("ready "):
            return line.split()[1]
    raise AssertionError(log.read_text())


def _end(cluster: "subprocess.Popen[str]") -> None:
    """Close its input, upon which it ends with everything that it started; what Ray starts dies with it in any case."""
    try:
        cluster.communicate(timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        cluster.kill()
        cluster.communicate()


@pytest.fixture(scope="module")
def working(base: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that travels: rows and base."""
    folder = tmp_path_factory.mktemp("working")
    shutil.copytree(base, folder / "base")
    shutil.copy(data / "rows.jsonl", folder)
    return folder


def finale(*words: object) -> tuple[int, str]:
    """Exit code and everything that was printed, by a process of its own: Ray reads its settings once in a process."""
    command = [sys.executable, "-m", "server.cli", "train", *map(str, words)]
    done = subprocess.run(command, env=os.environ | {"COLUMNS": "300"}, capture_output=True, text=True, timeout=LIMIT_S)
    return done.returncode, done.stdout + done.stderr


def until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < end, f"never happened: {what}"
        time.sleep(0.2)


def sent(address: str, working: Path, out: Path, *more: object) -> list[object]:
    words = ["submit", "--address", address, "--working-dir", working, "--python", sys.executable, *more]
    return [*words, "rows.jsonl", "--base", "base", "--out", out, *SETTINGS]


def test_a_run_is_sent_followed_and_leaves_its_adapter(address: str, working: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    code, told = finale(*sent(address, working, out, "--follow"), "--set", "max_steps=2")
    assert code == 0, told
    assert "finished after" in told  # the run's own words came over
    assert "succeeded" in told
    record = read_record(out)
    assert record.status is Status.FINISHED
    assert json.loads((out / "run.json").read_text())["settings"]["max_steps"] == 2
    facts = check_adapter(out / "adapter", describe_base(working / "base"), limits=AdapterLimits(), inside=out)
    assert facts.sha256 == record.adapter_sha256
    code, told = finale("jobs", "list", "--address", address, "--json")
    assert code == 0, told
    assert [job["status"] for job in json.loads(told) if str(out) in job["entrypoint"]] == ["succeeded"]


def test_a_stopped_job_saves_and_says_that_it_was_interrupted(address: str, working: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    code, told = finale(*sent(address, working, out), "--set", "max_steps=100000", "--set", "eval_steps=50000")
    assert code == 0, told
    job = told.split()[2]
    progress = out / "progress.jsonl"
    until(lambda: progress.exists() and '"loss"' in progress.read_text(), "a step of the run")
    assert finale("jobs", "status", job, "--address", address)[1].startswith(f"{job}: running")
    assert "is asked to save" in finale("jobs", "stop", job, "--address", address)[1]
    until(lambda: read_record(out).status is not Status.RUNNING, "the end of the run")
    record = read_record(out)
    assert (record.status, record.reason) == (
        Status.INTERRUPTED,
        "Interrupted from the keyboard; resume the run to go on.",
    )
    assert [one.name for one in (out / "checkpoints").iterdir() if one.name.startswith("checkpoint-")]
    assert "step" in finale("jobs", "logs", job, "--address", address)[1]


def test_a_job_that_fails_or_is_not_there_is_told(address: str, working: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    code, told = finale(*sent(address, working, out, "--follow"), "--set", "learning_rate=10")
    assert code == 1
    assert "learning_rate must be" in told
    assert "failed" in told
    assert not out.exists()
    code, told = finale("jobs", "status", "raysubmit_nobody", "--address", address)
    assert (code, told.strip()) == (2, f"✗ The cluster at {address} has no job raysubmit_nobody; list them first.")


def test_a_cluster_that_does_not_answer_is_told(working: Path, tmp_path: Path) -> None:
    code, told = finale(*sent("http://127.0.0.1:9", working, tmp_path / "run"))
    assert (code, told.strip()) == (
        2,
        "✗ No cluster answers at http://127.0.0.1:9; start one, or give its dashboard's address with --address.",
    )
