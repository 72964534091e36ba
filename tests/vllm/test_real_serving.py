"""A real vLLM behind the real arena: a whole round, shut doors, an adapter loaded while it runs, long prompts."""

import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest

from models.protocol import PromptTooLong, SamplingRefused
from server.domain.actors import Role
from server.domain.state import Phase
from tests.live.acting import Director
from tests.vllm.real import VllmServer, demo_catalogue

pytestmark = [pytest.mark.vllm, pytest.mark.xdist_group("vllm")]

ASK: dict[str, Any] = {
    "system_prompt": "Be brief.",
    "question": "What is a kopitiam?",
    "temperature": 0.0,
    "top_p": 1.0,
    "max_tokens": 24,
    "seed": 5,
}


def text_of(server: VllmServer, adapter: str, **changes: Any) -> str:
    async def read() -> str:
        return "".join([piece.text async for piece in server.vllm.stream(adapter=adapter, **ASK | changes)])

    return server.do(read())


def test_five_finalists_play_a_whole_round(server: VllmServer) -> None:
    director = Director(server)
    server.open_round(director)
    for finalist in server.event.finalists:
        client = server.client(Role.FINALIST, finalist.id)
        fields = {"system_prompt": "Be brief.", "attempt_id": "whole-round-1"}
        assert client.post("/play/generate", data=fields).status_code == 204
    server.until(lambda: all(attempt.finish_reason for attempt in director.round.attempts))
    director.act("end-prompting", reason="all are ready")
    server.until(lambda: director.round.phase is Phase.JUDGING)
    round_ = director.round
    assert set(round_.entries) == {finalist.id for finalist in server.event.finalists}
    attempts = {attempt.finalist: attempt for attempt in round_.attempts}
    for finalist in server.event.finalists:
        attempt = attempts[finalist.id]
        assert attempt.text.strip()
        assert attempt.finish_reason in ("stop", "length")
        assert (attempt.engine, attempt.adapter) == ("vllm", finalist.adapter)
        assert (attempt.adapter_sha256, attempt.failure) == (finalist.adapter_sha256, "")
    vote = server.phone().post("/vote/ballot", data={"round": round_.key, "choice": "arjun"})
    assert vote.status_code == 200
    server.play_out(director)
    assert director.round.total_shown


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/models"),
        ("POST", "/v1/load_lora_adapter"),
        ("POST", "/adapters"),
        ("DELETE", "/adapters/x"),
        ("POST", "/invocations"),
        ("GET", "/metrics"),
        ("POST", "/tokenize"),
        ("GET", "/openapi.json"),
    ],
)
def test_no_door_of_vllm_opens_without_the_key(server: VllmServer, method: str, path: str) -> None:
    life = server.vllm._supervisor.life
    assert life is not None
    door = life._address.url.removesuffix("/v1") + path
    assert httpx.request(method, door, json={"name": "x", "src": "/nowhere"}).status_code == 401
    assert httpx.request(method, door, headers={"authorization": "Bearer guess"}).status_code == 401


def test_an_adapter_is_loaded_and_let_go_while_vllm_runs(server: VllmServer, tmp_path: Path) -> None:
    arjun = next(adapter for adapter in demo_catalogue().adapters if adapter.id == "arjun")
    copy = shutil.copytree(arjun.path, tmp_path / "new")
    before = server.vllm.pids
    server.do(server.vllm.load("newcomer@0123456789ab", copy))
    assert server.vllm.pids == before
    assert text_of(server, "newcomer@0123456789ab") == text_of(server, arjun.engine_name)
    assert text_of(server, "newcomer@0123456789ab") != text_of(server, "base")
    assert "newcomer@0123456789ab" in server.do(server.vllm.health()).adapters
    server.do(server.vllm.unload("newcomer@0123456789ab"))
    assert "newcomer@0123456789ab" not in server.do(server.vllm.health()).adapters


def test_a_prompt_longer_than_the_context_is_refused_and_a_long_answer_ends_with_it(server: VllmServer) -> None:
    with pytest.raises(PromptTooLong, match="shorten the system prompt"):
        text_of(server, "base", system_prompt="kopi peng " * 800)
    with pytest.raises(Exception, match="much longer than the 1,024 tokens"):
        text_of(server, "base", system_prompt="kopi peng " * 9000)

    async def whole() -> tuple[int, str | None]:
        asked = ASK | {"system_prompt": "kopi peng " * 150, "max_tokens": 2000, "temperature": 2.0}
        pieces = [piece async for piece in server.vllm.stream(adapter="base", **asked)]
        return sum(piece.tokens for piece in pieces), pieces[-1].finish_reason

    tokens, reason = server.do(whole(), 400)
    assert 0 < tokens < 1024
    assert reason in ("stop", "length")
    with pytest.raises(SamplingRefused, match="at most 2"):
        text_of(server, "base", temperature=2.5)


def test_the_seed_decides_the_answer(server: VllmServer) -> None:
    arjun = next(adapter.engine_name for adapter in demo_catalogue().adapters if adapter.id == "arjun")
    first, again, other = (text_of(server, arjun, temperature=1.2, seed=seed) for seed in (1, 1, 2))
    assert first == again != other


def test_the_readiness_board_is_green_for_every_finalist(server: VllmServer) -> None:
    client = server.client(Role.ORGANISER, "organiser")
    assert client.post("/organise/probe").status_code in (200, 204)
    rows = server.do(server.house.readiness.run())
    found = {row.key: row for row in rows}
    assert found["engine"].level == "green", found["engine"]
    for finalist in server.event.finalists:
        assert found[f"adapter-{finalist.id}"].level in ("green", "amber"), found[f"adapter-{finalist.id}"]
