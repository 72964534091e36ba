"""The pool of kept connections, against a server that speaks raw bytes."""

import asyncio
import contextlib
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st

from models.http_pool import ConnectionBroke, HttpPool, NothingAnswers, Reply, WentSilent
from models.openai_address import Address
from models.protocol import EngineError

Speak = Callable[[asyncio.StreamReader, asyncio.StreamWriter, int], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
MOST_BYTES = 1000


@contextlib.asynccontextmanager
async def pool_on(speak: Speak, **changes: object) -> AsyncIterator[tuple[HttpPool, list[bytes]]]:
    """A pool on a server whose connections are handled by `speak`; and what was asked, connection by connection."""
    asked: list[bytes] = []
    counter = iter(range(10_000))

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = next(counter)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                asked.append(b"%d %s" % (number, head + await reader.readexactly(length)))
                await speak(reader, writer, len(asked))
                await writer.drain()
                if writer.is_closing():
                    return

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    settings = {"connections": 4, "connect_s": 1.0, "read_s": 5.0, "most_bytes": MOST_BYTES} | changes
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    pool = HttpPool(url, tls=ssl.create_default_context(), **settings)  # type: ignore[arg-type]
    try:
        yield pool, asked
    finally:
        pool.close()
        server.close()


def saying(*replies: bytes, then_close: bool = False) -> Speak:
    """Each request gets the next reply; the last one repeats."""
    waiting = list(replies)

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: int) -> None:
        writer.write(waiting.pop(0) if len(waiting) > 1 else waiting[0])
        if then_close:
            writer.close()

    return speak


async def posted(speak: Speak, **changes: object) -> Reply:
    async with pool_on(speak, **changes) as (pool, _):
        return await pool.post("/chat", b'{"a": 1}', {})


async def test_a_request_is_whole_and_the_connection_is_kept_for_the_next() -> None:
    async with pool_on(saying(OK)) as (pool, asked):
        for _ in range(3):
            assert await pool.post("/chat", b'{"a": 1}', {"Authorization": "Bearer k"}) == Reply(200, b"{}")
    assert len(asked) == 3
    assert all(one.startswith(b"0 POST /v1/chat HTTP/1.1\r\n") and one.endswith(b'\r\n\r\n{"a": 1}') for one in asked)
    assert b"\r\nAuthorization: Bearer k\r\n" in asked[0]
    assert b"\r\nHost: 127.0.0.1:" in asked[0]


def test_the_servers_own_event_loop_serves_as_well() -> None:
    async def twice() -> list[Reply]:
        async with pool_on(saying(OK)) as (pool, _):
            return [await pool.post("/chat", b"{}", {}) for _ in range(2)]

    assert uvloop.run(twice()) == [Reply(200, b"{}")] * 2


async def test_so_many_requests_are_under_way_at_once_and_further_ones_wait() -> None:
    under_way, most, gate = 0, 0, asyncio.Event()

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: int) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        if under_way == 4:
            gate.set()
        await gate.wait()
        under_way -= 1
        writer.write(OK)

    async with pool_on(speak) as (pool, asked):
        await asyncio.gather(*[pool.post("/chat", b"{}", {}) for _ in range(12)])
    assert most == 4
    assert len({one.split(b" ")[0] for one in asked}) == 4


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (b"HTTP/1.1 500 Oh\r\nContent-Length: 4\r\n\r\ndown", Reply(500, b"down")),
        (b"HTTP/1.1 204 No Content\r\n\r\n", Reply(204, b"")),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", Reply(200, b"{}")),
        (b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + OK, Reply(200, b"{}")),
        (b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}", Reply(200, b"{}")),
    ],
)
async def test_every_way_to_say_how_long_a_reply_is(reply: bytes, expected: Reply) -> None:
    assert await posted(saying(reply)) == expected


async def test_a_reply_without_a_length_ends_with_its_connection() -> None:
    assert await posted(saying(b"HTTP/1.1 200 OK\r\n\r\n{}", then_close=True)) == Reply(200, b"{}")


async def test_a_connection_that_was_closed_while_idle_costs_nothing_but_a_second_try() -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: int) -> None:
        if count == 2:
            writer.close()  # the second request comes on the kept connection
        else:
            writer.write(OK)

    async with pool_on(speak) as (pool, asked):
        assert [await pool.post("/chat", b"{}", {}) for _ in range(2)] == [Reply(200, b"{}")] * 2
    assert [one.split(b" ")[0] for one in asked] == [b"0", b"0", b"1"]


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (b"", "without a reply"),
        (OK[:-1], "in the middle"),
        (b"HTTP/1.1 200 OK\r\ncontent-le", "in the middle"),
        (b"SSH-2.0-OpenSSH_9.9\r\n", "no HTTP"),
    ],
)
async def test_half_a_reply_is_none(reply: bytes, says: str) -> None:
    with pytest.raises(ConnectionBroke, match=says):
        await posted(saying(reply, then_close=True))


async def test_half_a_reply_on_a_kept_connection_is_not_asked_for_again() -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: int) -> None:
        writer.write(OK if count == 1 else OK[:-1])
        if count > 1:
            writer.close()

    async with pool_on(speak) as (pool, asked):
        await pool.post("/chat", b"{}", {})
        with pytest.raises(ConnectionBroke):
            await pool.post("/chat", b"{}", {})
    assert len(asked) == 2


async def test_a_reply_longer_than_allowed_is_refused() -> None:
    body = b"x" * (MOST_BYTES + 1)
    with pytest.raises(ConnectionBroke, match="longer than 1,000 bytes"):
        await posted(saying(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body))


async def test_silence_is_given_up_and_its_connection_dropped() -> None:
    async with pool_on(saying(b"", OK), read_s=0.05) as (pool, asked):
        with pytest.raises(WentSilent):
            await pool.post("/chat", b"{}", {})
        assert await pool.post("/chat", b"{}", {}) == Reply(200, b"{}")
    assert [one.split(b" ")[0] for one in asked] == [b"0", b"1"]


async def test_a_slow_reply_that_never_falls_silent_is_waited_for() -> None:
    async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: int) -> None:
        for byte in OK:
            writer.write(bytes([byte]))
            await asyncio.sleep(0.005)

    assert await posted(drips, read_s=0.1) == Reply(200, b"{}")


async def test_a_request_that_is_given_up_takes_its_connection_with_it() -> None:
    async with pool_on(saying(b"", OK)) as (pool, asked):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await pool.post("/chat", b"{}", {})
        await pool.post("/chat", b"{}", {})
    assert [one.split(b" ")[0] for one in asked] == [b"0", b"1"]


async def test_bytes_that_nobody_asked_for_end_the_connection() -> None:
    async with pool_on(saying(OK + b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged", OK)) as (pool, _):
        with contextlib.suppress(ConnectionBroke):
            await pool.post("/chat", b"{}", {})
        assert await pool.post("/chat", b"{}", {}) == Reply(200, b"{}")


async def test_nothing_there_is_said_at_once() -> None:
    pool = HttpPool(
        "http://127.0.0.1:9", connections=1, connect_s=1, read_s=1, most_bytes=9, tls=ssl.create_default_context()
    )
    with pytest.raises(NothingAnswers):
        await pool.post("/", b"{}", {})


async def test_a_line_break_in_a_header_is_no_second_header() -> None:
    async with pool_on(saying(OK)) as (pool, asked):
        with pytest.raises(ConnectionBroke):
            await pool.post("/chat", b"{}", {"Authorization": "k\r\nX-Other: 1"})
    assert asked == []


@given(st.lists(st.integers(1, 30), max_size=8))
@settings(deadline=None, max_examples=15)
def test_a_reply_is_the_same_however_its_bytes_are_cut(sizes: list[int]) -> None:
    reply = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: int) -> None:
        rest = reply
        for size in [*sizes, len(reply)]:
            writer.write(rest[:size])
            await writer.drain()
            await asyncio.sleep(0)
            rest = rest[size:]

    assert asyncio.run(posted(speak)) == Reply(200, b"hello")


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    """A key and its certificate for 127.0.0.1, signed by itself."""
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    order = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    order += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    try:
        subprocess.run(order, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("openssl is not there to make a certificate")
    return key, certificate


async def test_tls_is_spoken_and_a_certificate_that_nobody_signed_is_refused(keys: tuple[Path, Path]) -> None:
    key, certificate = keys
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n{}")
        writer.write(OK)
        await writer.drain()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    how = {"connections": 1, "connect_s": 5.0, "read_s": 5.0, "most_bytes": 99}
    trusting = HttpPool(url, tls=ssl.create_default_context(cafile=certificate), **how)  # type: ignore[arg-type]
    doubting = HttpPool(url, tls=ssl.create_default_context(), **how)  # type: ignore[arg-type]
    assert await trusting.post("/", b"{}", {}) == Reply(200, b"{}")
    with pytest.raises(NothingAnswers):
        await doubting.post("/", b"{}", {})
    trusting.close()
    server.close()


async def test_an_address_behind_a_proxy_is_posted_to_through_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with pool_on(saying(b'HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n{"a": 1}')) as (pool, asked):
        proxy = f"http://{pool._host}:{pool._port}"
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        address = Address("http://judge.example/v1")
        assert (await address.post("/chat", "{}")).value == {"a": 1}
        await address.close()
    assert b" POST http://judge.example/v1/chat " in asked[0]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8001",
        "http://127.0.0.1:99999/v1",
        "http:///v1",
        "ftp://127.0.0.1/v1",
        "http://[::1/v1",
        "http://a\nb/",
    ],
)
async def test_what_is_no_address_is_refused_in_words(url: str) -> None:
    with pytest.raises(EngineError, match="is no address"):
        Address(url)
