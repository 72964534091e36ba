"""A real vLLM is killed in mid-answer: nobody is left without an entry or a reason, and it comes back by itself."""

import os
import signal

import pytest

from server.domain.actors import Role
from tests.live.acting import Director
from tests.vllm.real import START_LIMIT_S, VllmServer
from tests.vllm.waiting import is_alive

pytestmark = [pytest.mark.vllm, pytest.mark.xdist_group("vllm")]


def test_when_vllm_is_killed_everyone_has_an_entry_or_a_reason_and_it_comes_back(server: VllmServer) -> None:
    director = Director(server)
    arena = server.house.arena
    clients = [server.client(Role.FINALIST, finalist.id) for finalist in server.event.finalists]
    server.open_round(director)
    for client in clients:
        fields = {
            "system_prompt": "Tell it at length.",
            "attempt_id": "killed-1",
            "max_tokens": "400",
            "temperature": "1.5",
        }
        assert client.post("/play/generate", data=fields).status_code == 204
    server.until(lambda: any(live.text for live in arena.streams.live.values()))
    before = server.vllm.pids
    os.kill(before[-1], signal.SIGKILL)
    server.until(lambda: arena.state.outage)
    assert arena.state.is_paused, "sixty seconds are not for waiting until vLLM is back"
    server.until(lambda: not [pid for pid in before if is_alive(pid)])
    server.until(lambda: server.vllm.pids not in ((), before), START_LIMIT_S)
    server.until(lambda: all(attempt.finish_reason for attempt in director.round.attempts), START_LIMIT_S)
    assert director.act("resume").status_code == 204
    server.play_out(director)
    for finalist in server.event.finalists:
        own = director.round.attempts_of(finalist.id)
        assert finalist.id in director.round.entries or all(attempt.failure for attempt in own)
    assert any(attempt.lost_ms > 0 and attempt.text for attempt in director.round.attempts)
