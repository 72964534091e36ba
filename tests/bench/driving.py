"""Starting the measured process, and a client fast enough that it is not what is measured."""

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast


class Server:
    """A measured process; `ask` gives it an order and waits for the answer."""

    def __init__(self, kind: str, folder: Path | None = None, module: str = "tests.bench.arena_server") -> None:
        command = [sys.executable, "-m", module, "--kind", kind]
        command += ["--folder", str(folder)] if folder else []
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port: int = self._read()["port"]

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the measured server ended; its own words are above")
        found: dict[str, Any] = json.loads(line)
        return found

    def tell(self, do: str, **fields: object) -> None:
        """Give an order without waiting."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": do} | fields) + "\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        """The answer to the order given before."""
        return self._read()["answer"]

    def ask(self, do: str, **fields: object) -> Any:
        """Give an order and wait for its answer."""
        self.tell(do, **fields)
        return self.answer()

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self.process.wait()


@contextmanager
def running(kind: str, folder: Path | None = None) -> Iterator[Server]:
    """A measured process for the length of a block."""
    server = Server(kind, folder)
    try:
        yield server
    finally:
        server.kill()


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of the values lie; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def row(what: str, value: str, goal: str = "", ok: bool | None = None) -> None:
    """One line of the report."""
    mark = "" if ok is None else ("  ok" if ok else "  MISSED")
    print(f"{what:<58} {value:>16}   {goal}{mark}", flush=True)


class Poster(asyncio.Protocol):
    """One keep-alive connection that posts the next request as soon as the last is answered."""

    def __init__(self, requests: Callable[[], bytes | None], took: list[float], statuses: dict[bytes, int]) -> None:
        self._requests, self._took, self._statuses = requests, took, statuses
        self._buffer = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._post()

    def _post(self) -> None:
        request = self._requests()
        if request is None:
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, body = self._buffer.partition(b"\r\n\r\n")
        if not separator or len(body) < _length(head):
            return
        self._took.append((time.perf_counter() - self._sent_at) * 1000)
        status = head[9:12]
        self._statuses[status] = self._statuses.get(status, 0) + 1
        self._buffer = b""
        self._post()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


def _length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(b"content-length:")
    return int(lowered[at + 15 : lowered.find(b"\r\n", at) if b"\r\n" in lowered[at:] else None]) if at >= 0 else 0


async def post_for(
    port: int, makers: list[Callable[[], bytes]], seconds: float
) -> tuple[float, list[float], dict[bytes, int]]:
    """Post from one connection per maker for so long: requests a second, milliseconds each, statuses."""
    took: list[float] = []
    statuses: dict[bytes, int] = {}
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds

    def until_end(make: Callable[[], bytes]) -> Callable[[], bytes | None]:
        return lambda: make() if loop.time() < end else None

    began = loop.time()
    made = [
        await loop.create_connection(lambda make=make: Poster(until_end(make), took, statuses), "127.0.0.1", port)  # type: ignore[misc]
        for make in makers
    ]
    await asyncio.gather(*(protocol.done for _, protocol in made))
    return len(took) / (loop.time() - began), took, statuses


def median(values: list[float]) -> float:
    """The middle value."""
    return statistics.median(values)
