"""A small HTTP server on 127.0.0.1 that answers as scripted: the stand-in for OpenAI-compatible addresses."""

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

Answer = Callable[["Request", asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Request:
    """What a client sent."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass(slots=True)
class FakeAddress:
    """`url` to talk to, `requests` as they came, `answer` to change at any time; `dropped` is set when a client
    left."""

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    dropped: asyncio.Event = field(default_factory=asyncio.Event)
    answer: Answer | None = None

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, one request."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            request = await _read(reader)
            self.requests.append(request)
            assert self.answer is not None
            await self.answer(request, writer)
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def fake_address(answer: Answer) -> AsyncIterator[FakeAddress]:
    """Run a server that gives `answer` to everything."""
    address = FakeAddress(answer=answer)
    server = await asyncio.start_server(address.talk, "127.0.0.1", 0)
    address.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield address
    finally:
        server.close()


def whole(value: Any, status: int = 200) -> Answer:
    """A complete reply: JSON for anything but bytes."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
        writer.write(head.encode() + b"connection: close\r\n\r\n" + body)

    return answer


def events(*data: Any, done: bool = True, then_hang: bool = False) -> Answer:
    """An event stream of `data`, raw where it is bytes; then [DONE], or silence with the connection open."""

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
        for one in [*data, *([b"data: [DONE]\n\n"] if done else [])]:
            writer.write(one if isinstance(one, bytes) else b"data: " + json.dumps(one).encode() + b"\n\n")
            await writer.drain()
        if then_hang:
            await asyncio.Event().wait()

    return answer


def trickle(raw: bytes, *, pause_s: float = 0.01, again: bytes = b"") -> Answer:
    """`raw` byte by byte, then `again` for ever."""

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        for byte in itertools.chain(raw, itertools.cycle(again)):
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(pause_s)

    return answer


def delta(text: str, finish_reason: str | None = None) -> dict[str, Any]:
    """One chat completion chunk."""
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish_reason}]}


def reply(text: str, *, finish_reason: str = "stop", logprobs: dict[str, float] | None = None) -> dict[str, Any]:
    """One whole chat completion; `logprobs` are the first token's alternatives."""
    tops = [{"token": token, "logprob": logprob} for token, logprob in (logprobs or {}).items()]
    detail = {"content": [{"token": text, "logprob": 0.0, "top_logprobs": tops}]} if logprobs else None
    message = {"role": "assistant", "content": text}
    return {"choices": [{"index": 0, "message": message, "finish_reason": finish_reason, "logprobs": detail}]}


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, path, _ = head[0].split(" ")
    headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, path, headers, json.loads(body) if body else {})
