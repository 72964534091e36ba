"""A crowd of websockets on one event loop: raw protocols that count bytes and read times, nothing else."""

import asyncio
import time
from typing import cast

HANDSHAKE = (
    "GET /live/{screen} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Origin: http://127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n"
)


class Member(asyncio.Protocol):
    """One phone. While `frame_bytes` is set, every frame has that size and begins (after its header) with the time."""

    def __init__(self, hello: bytes, crowd: "Crowd") -> None:
        self._hello, self._crowd, self._held = hello, crowd, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self._hello)

    def data_received(self, data: bytes) -> None:
        crowd = self._crowd
        if not crowd.frame_bytes:
            crowd.idle_bytes += len(data)
            return
        held = self._held + data
        whole = len(held) // crowd.frame_bytes
        now = time.monotonic_ns()
        for number in range(whole):
            start = number * crowd.frame_bytes + crowd.header_bytes
            crowd.delays.append(now - int(held[start : start + 20]))
        self._held = held[whole * crowd.frame_bytes :]


class Crowd:
    """Many members. `delays`: nanoseconds from sending to arrival, one for each frame and member."""

    def __init__(self) -> None:
        self.members: list[Member] = []
        self.delays: list[int] = []
        self.frame_bytes = self.header_bytes = self.idle_bytes = 0

    async def join(self, port: int, hellos: list[bytes]) -> None:
        """Connect one member for each hello, a few at a time."""
        loop = asyncio.get_running_loop()
        for start in range(0, len(hellos), 100):
            made = [
                loop.create_connection(lambda h=h: Member(h, self), "127.0.0.1", port)
                for h in hellos[start : start + 100]
            ]  # type: ignore[misc]
            self.members += [protocol for _, protocol in await asyncio.gather(*made)]

    async def settled(self) -> None:
        """Wait until nothing has come for half a second."""
        seen = -1
        while seen != self.idle_bytes:
            seen = self.idle_bytes
            await asyncio.sleep(0.5)

    async def receive(self, frames: int, seconds: float) -> list[float]:
        """Wait until every member has `frames` frames, at most so long; milliseconds of delay each."""
        wanted, end = frames * len(self.members), time.monotonic() + seconds
        while len(self.delays) < wanted and time.monotonic() < end:  # noqa: ASYNC110 (bytes give no event)
            await asyncio.sleep(0.02)
        taken, self.delays = self.delays, []
        return [delay / 1e6 for delay in taken]

    def leave(self) -> None:
        """Hang up."""
        for member in self.members:
            member.transport.close()


def hello(port: int, screen: str, cookie: str) -> bytes:
    """A websocket handshake."""
    return HANDSHAKE.format(port=port, screen=screen, cookie=cookie).encode()
