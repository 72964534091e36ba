"""The whole arena on the stand-in for vLLM: a death in mid-answer costs a pause, and nobody their answer."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.domain.actors import Role
from tests.live.acting import Director
from tests.vllm import real, standin


@pytest.fixture
def mute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that keeps the stand-in from saying a word while it is there."""
    monkeypatch.setenv("STANDIN_MUTE", str(tmp_path / "mute"))
    return tmp_path / "mute"


@pytest.fixture
def server(tmp_path: Path, mute: Path) -> Iterator[real.VllmServer]:
    """The arena with the stand-in under vLLM's engine."""
    changes: dict[str, object] = {
        "engine": "vllm",
        "judge": "none",
        "vllm_command": f"{sys.executable} {standin.__file__}",
        "vllm_log": tmp_path / "vllm.log",
        "adapters_dir": tmp_path / "adapters",
    }
    running = real.VllmServer(tmp_path, real.event(real.demo_catalogue()), changes)
    running.start()
    running.until_ready()
    yield running
    running.do(running.vllm.close())
    running.stop()


def test_when_vllm_is_killed_attempts_wait_and_go_on(server: real.VllmServer, mute: Path) -> None:
    director, arena = Director(server), server.house.arena
    clients = [server.client(Role.FINALIST, finalist.id) for finalist in server.event.finalists]
    server.open_round(director)
    mute.touch()
    for client in clients:
        fields = {"system_prompt": "Tell it.", "attempt_id": "a1"}
        assert client.post("/play/generate", data=fields).status_code == 204
    os.kill(server.vllm.pids[0], signal.SIGKILL)
    server.until(lambda: arena.state.outage)
    assert arena.state.is_paused
    mute.unlink()
    server.until(lambda: all(attempt.finish_reason for attempt in director.round.attempts))
    assert not arena.state.outage
    for attempt in director.round.attempts:
        assert (attempt.finish_reason, attempt.failure, attempt.engine) == ("stop", "", "vllm")
        assert attempt.lost_ms > 0
    assert director.act("resume").status_code == 204
    server.play_out(director)
    assert set(director.round.entries) == {finalist.id for finalist in server.event.finalists}
