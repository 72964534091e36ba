"""The middleware that runs inside vLLM: without the key nothing gets through, whatever the path."""

from typing import Any

import pytest

from models.vllm.inside.gate import Gate


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    monkeypatch.setenv("VLLM_API_KEY", "k3y")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "let in"})

    return Gate(app)


async def answers(gate: Gate, kind: str, *headers: tuple[bytes, bytes]) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("nothing is read of a request that is not let in")

    await gate({"type": kind, "path": "/adapters", "headers": list(headers)}, receive, send)
    return sent


async def test_the_key_opens(gate: Gate) -> None:
    assert await answers(gate, "http", (b"authorization", b"Bearer k3y")) == [{"type": "let in"}]
    assert await answers(gate, "lifespan") == [{"type": "let in"}]


@pytest.mark.parametrize("shown", [b"", b"Bearer", b"Bearer ", b"k3y", b"bearer k3y", b"Bearer k3y ", b"Bearer \xff"])
async def test_anything_else_does_not(gate: Gate, shown: bytes) -> None:
    assert (await answers(gate, "http", (b"authorization", shown)))[0]["status"] == 401
    assert (await answers(gate, "http"))[0]["status"] == 401
    assert await answers(gate, "websocket", (b"authorization", shown)) == [{"type": "websocket.close", "code": 1008}]


def test_without_a_key_of_its_own_nothing_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VLLM_API_KEY", raising=False)
    with pytest.raises(KeyError):
        Gate(lambda scope, receive, send: None)  # type: ignore[arg-type,return-value]
