"""Posting to one HTTP address over kept connections, hundreds at once, at little cost for each.

A general client's pool looks through all its connections for every request: 200 at once cost 5 ms of processor time
each, more than everything else that judging does. This one keeps a stack of idle connections and costs 0.07 ms. It
knows HTTP/1.1 and TLS, and nothing of proxies, redirects or compression; who needs those uses the general client.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

import httptools

_DEFAULT_PORTS = {"http": 80, "https": 443}


class PoolError(Exception):
    """No reply; the message says why, in half a sentence."""


class NothingAnswers(PoolError):
    """No connection can be made."""


class WentSilent(PoolError):
    """No byte came for too long."""


class ConnectionBroke(PoolError):
    """The connection ended, or what came is no HTTP."""


class _Stale(ConnectionBroke):
    """The other side closed the connection before it answered anything, as it may with an idle one."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply."""

    status: int
    body: bytes


class HttpPool:
    """Connections to the address that `url` begins with, which is http or https."""

    def __init__(
        self, url: str, *, connections: int, connect_s: float, read_s: float, most_bytes: int, tls: ssl.SSLContext
    ) -> None:
        """`read_s` is the longest silence inside one reply, `most_bytes` the longest body that is accepted."""
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or _DEFAULT_PORTS[parts.scheme]
        self._tls = tls if parts.scheme == "https" else None
        self._head = f"Host: {parts.netloc.rpartition('@')[2]}\r\nAccept: application/json\r\n".encode()
        self._path = parts.path
        self._connect_s, self._read_s, self._most_bytes = connect_s, read_s, most_bytes
        self._room = asyncio.Semaphore(connections)
        self._idle: list[_Connection] = []

    async def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """POST JSON to `path` below the address. Raises PoolError. Waits while all connections are in use.

        A request that meets a connection which the other side had closed meanwhile is sent again, once.
        """
        request = self._request(path, body, headers)
        async with self._room:
            if (kept := self._kept()) is not None:
                try:
                    return await self._exchange(kept, request)
                except _Stale:
                    pass
            return await self._exchange(await self._connected(), request)

    def close(self) -> None:
        """Close the idle connections; those in use close when their reply is there."""
        while self._idle:
            self._idle.pop().close()

    def _request(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        lines = [f"POST {self._path}{path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        if any("\r" in line or "\n" in line for line in lines):
            raise ConnectionBroke("a header or the path holds a line break")
        more = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        return "\r\n".join([*lines, ""]).encode() + self._head + more.encode() + body

    def _kept(self) -> "_Connection | None":
        loop = asyncio.get_running_loop()
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open and connection.loop is loop:
                return connection
        return None

    async def _connected(self) -> "_Connection":
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._connect_s):
                _, connection = await loop.create_connection(
                    lambda: _Connection(loop, self._read_s, self._most_bytes), self._host, self._port, ssl=self._tls
                )
        except (OSError, TimeoutError, ValueError) as error:
            raise NothingAnswers(str(error) or "no answer") from error
        return connection

    async def _exchange(self, connection: "_Connection", request: bytes) -> Reply:
        try:
            async with asyncio.timeout(self._read_s) as silence:
                return await connection.send(request, silence)
        except TimeoutError:
            raise WentSilent("no answer") from None
        finally:
            if connection.may_be_kept:
                self._idle.append(connection)
            else:
                connection.close()


class _Connection(asyncio.Protocol):
    """One connection, one request at a time; the parser calls its `on_…` methods."""

    def __init__(self, loop: asyncio.AbstractEventLoop, read_s: float, most_bytes: int) -> None:
        self.loop, self.is_open, self.may_be_kept = loop, False, False
        self._read_s, self._most_bytes = read_s, most_bytes
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Reply] | None = None
        self._silence: asyncio.Timeout | None = None

    def send(self, request: bytes, silence: asyncio.Timeout) -> asyncio.Future[Reply]:
        """Write `request`; the future has the reply. Every byte that comes puts `silence` off."""
        assert self._transport is not None
        self._parser, self._parts, self._size = httptools.HttpResponseParser(self), list[bytes](), 0
        self._has_begun = self._is_bounded = self._has_head = self.may_be_kept = False
        self._silence, self._waiting = silence, self.loop.create_future()
        self._transport.write(request)
        return self._waiting

    def close(self) -> None:
        """Drop the connection."""
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not every loop's transports are of asyncio's class, so there is nothing to check.
        self._transport, self.is_open = cast(asyncio.Transport, transport), True

    def data_received(self, data: bytes) -> None:
        if self._waiting is None or self._waiting.done():
            self.close()  # nobody asked for anything
            return
        self._has_begun = True
        if self._silence is not None and not self._silence.expired():
            self._silence.reschedule(self.loop.time() + self._read_s)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(ConnectionBroke(f"what came is no HTTP: {error}"))

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        if self._waiting is None or self._waiting.done():
            return
        if self._has_head and not self._is_bounded and exc is None:
            self._finish()  # a body that ends with the connection
        elif self._has_begun:
            self._fail(ConnectionBroke("closed in the middle of a reply"))
        else:
            self._fail(_Stale("closed without a reply"))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._is_bounded |= name.lower() in (b"content-length", b"transfer-encoding")

    def on_headers_complete(self) -> None:
        self._has_head = self._parser.get_status_code() >= 200

    def on_body(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._most_bytes:
            self._fail(ConnectionBroke(f"the reply is longer than {self._most_bytes:,} bytes"))
        self._parts.append(part)

    def on_message_complete(self) -> None:
        if self._has_head:  # an interim reply (1xx) has no part in it
            self.may_be_kept = self._parser.should_keep_alive()
            self._finish()

    def _finish(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(Reply(self._parser.get_status_code(), b"".join(self._parts)))

    def _fail(self, error: PoolError) -> None:
        self.may_be_kept = False
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error)
