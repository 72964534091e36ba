"""The floor for fan-out: a loop that writes one prepared frame to raw asyncio transports. Obeys like arena_server."""

import argparse
import asyncio
import json
import sys
from typing import Any, ClassVar, cast

import uvloop

from server.web.rawsocket import encode_frame
from tests.bench.arena_server import stamped


class Bare(asyncio.Protocol):
    """A connection that is only written to."""

    everyone: ClassVar[set[asyncio.Transport]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.everyone.add(self.transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.everyone.discard(self.transport)


async def _fan(rate: float, seconds: float, size: int, **_: Any) -> int:
    loop = asyncio.get_running_loop()
    begin, count = loop.time(), int(rate * seconds)
    for number in range(count):
        await asyncio.sleep(max(0.0, begin + number / rate - loop.time()))
        frame = encode_frame(stamped(size))
        for transport in Bare.everyone:
            transport.write(frame)
    return count


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Bare, "127.0.0.1", 0, backlog=4096)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        order = json.loads(line)
        order.pop("do")
        print(json.dumps({"answer": await _fan(**order)}), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--kind")
    parser.parse_args()
    uvloop.run(_serve())
