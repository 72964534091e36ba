"""HTTP/1.1 as a phone speaks it: one kept-alive connection per device, nothing shared, next to no work per request.

A pooled client of the usual kind costs more than the server it talks to when a few hundred phones vote at once, and
then measures itself. No redirects, no cookies, no compression here.
"""

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 30.0
MOST_HEAD_BYTES = 64 * 1024
IDLE_CONNECTIONS = 2

_BROKEN = (OSError, EOFError, ValueError, LookupError, TimeoutError, asyncio.LimitOverrunError)

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Lost(Exception):
    """The connection broke before the answer was there: nobody knows whether the request was done."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response; header names in small letters, in the order they came."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def header(self, name: str) -> str:
        """The first header of this name; empty if there is none."""
        return next(self.all(name), "")

    def all(self, name: str) -> Iterator[str]:
        """Every header of this name."""
        return (value for key, value in self.headers if key == name)


class Wire:
    """One device's connections to `base`."""

    def __init__(self, base: str) -> None:
        address = urlsplit(base)
        self._tls = ssl.create_default_context() if address.scheme == "https" else None
        self._host, self._netloc = address.hostname or "", address.netloc
        self._port = address.port or (443 if self._tls else 80)
        self._idle: list[Stream] = []

    async def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Send a request and read its answer. Raises Lost."""
        head = {"Host": self._netloc, "Content-Length": str(len(body)), **headers}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
        request = "\r\n".join((*lines, "", "")).encode() + body
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                return await self._exchange(request)
        except _BROKEN as error:
            raise Lost(str(error) or type(error).__name__) from error

    async def _exchange(self, request: bytes) -> Answer:
        if self._idle:
            stream = self._idle.pop()
            # A kept connection may have been closed meanwhile; then the request has not been read.
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                return await self._over(stream, request)
        limits = {"limit": MOST_HEAD_BYTES, "ssl": self._tls}
        return await self._over(await asyncio.open_connection(self._host, self._port, **limits), request)  # type: ignore[arg-type]

    async def _over(self, stream: Stream, request: bytes) -> Answer:
        reader, writer = stream
        done = False
        try:
            writer.write(request)
            answer = await _read(reader)
            done = answer.header("connection").lower() != "close" and len(self._idle) < IDLE_CONNECTIONS
            return answer
        finally:
            if done:
                self._idle.append(stream)
            else:
                writer.close()

    def close(self) -> None:
        """Hang up."""
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()


async def _read(reader: asyncio.StreamReader) -> Answer:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    status = int(first.split(" ", 2)[1])
    pairs = (line.partition(":") for line in lines if line)
    headers = tuple((name.lower(), value.strip()) for name, _, value in pairs)
    told = dict(headers)
    if status in (204, 304) or status < 200:
        return Answer(status, headers, b"")
    if "chunked" in told.get("transfer-encoding", ""):
        return Answer(status, headers, await _chunks(reader))
    return Answer(status, headers, await reader.readexactly(int(told.get("content-length", "0"))))


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readuntil(b"\r\n")
    return bytes(body)
