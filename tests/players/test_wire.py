"""HTTP as players speak it, against servers of every manner."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from server.players.session import Session, Turned
from server.players.wire import Lost, Wire

Reply = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(reply: Reply) -> AsyncIterator[str]:
    """A server that answers every connection with `reply`; gives its address."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reply(reader, writer)
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


def saying(*answers: str) -> Reply:
    """Answers the requests of a connection in turn, then hangs up."""

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer.replace("\n", "\r\n").encode())

    return reply


OK = "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi"


async def test_a_body_of_known_length_one_in_chunks_and_none() -> None:
    chunked = "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3\nabc\n4;x=y\ndefg\n0\n\n"
    async with serving(saying(OK, chunked, "HTTP/1.1 204 No Content\n\n")) as base:
        wire = Wire(base)
        bodies = [(await wire.ask("GET", "/", {})).text for _ in range(3)]
    assert bodies == ["hi", "abcdefg", ""]


async def test_a_connection_that_was_closed_meanwhile_is_made_anew() -> None:
    async with serving(saying(OK)) as base:
        wire = Wire(base)
        assert (await wire.ask("GET", "/", {})).status == 200
        assert (await wire.ask("GET", "/", {})).status == 200


async def test_an_answer_that_breaks_off_is_lost() -> None:
    for cut in ("HTTP/1.1 200 OK\nContent-Length: 9\n\nhi", "HTTP/1.1 200", "nonsense\n\n"):
        async with serving(saying(cut)) as base:
            with pytest.raises(Lost):
                await Wire(base).ask("GET", "/", {})


async def test_a_server_that_is_not_there_is_lost() -> None:
    with pytest.raises(Lost):
        await Wire("http://127.0.0.1:1").ask("GET", "/", {})


async def test_a_session_follows_its_link_and_keeps_its_cookies() -> None:
    cookies = "Set-Cookie: a=1; HttpOnly\nSet-Cookie: b=2; Path=/\n"
    door = f"HTTP/1.1 303 See Other\nLocation: /play\n{cookies}Content-Length: 0\n\n"
    seen: list[str] = []

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in (door, OK):
            seen.append((await reader.readuntil(b"\r\n\r\n")).decode())
            writer.write(answer.replace("\n", "\r\n").encode())

    async with serving(reply) as base:
        session = Session(base)
        assert await session.enter("/enter/token") == "/play"
    assert session.cookies == {"a": "1", "b": "2"}
    assert "Cookie: a=1; b=2" in seen[1]
    assert f"Origin: {base}" in seen[1]


async def test_a_link_that_does_not_work_turns_the_session_away() -> None:
    async with serving(saying("HTTP/1.1 403 Forbidden\nContent-Length: 0\n\n")) as base:
        with pytest.raises(Turned, match="403"):
            await Session(base).enter("/enter/token")
