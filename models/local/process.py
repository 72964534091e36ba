"""One life of the worker process: spawn it, exchange messages, keep the end of its log, stop it.

Restarting it and knowing what the messages mean is not done here.
"""

import asyncio
import os
import sys
from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from models.local import wire
from models.protocol import EngineUnavailable

STOP_PATIENCE_S = 2.0
"""How long a worker may take to end after its stdin closed, before it is killed."""

_PROJECT = Path(__file__).resolve().parents[2]


class Process:
    """A running worker; `log` is a bounded list of its last stderr lines, shared between lives."""

    def __init__(self, process: asyncio.subprocess.Process, log: deque[str]) -> None:
        self._process, self._log = process, log
        self._logging = asyncio.create_task(self._keep_log())

    @classmethod
    async def spawn(cls, log: deque[str], threads: int) -> "Process":
        """Start a worker that waits for its first line. Raises EngineUnavailable."""
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "models.local.worker",
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
                env=_environment(threads), limit=wire.MAX_LINE_BYTES,
            )  # fmt: skip
        except OSError as error:
            raise EngineUnavailable(
                f"The local engine's worker could not start ({error}); free memory or processes and try again."
            ) from error
        return cls(process, log)

    @property
    def pid(self) -> int:
        """The worker's process id."""
        return self._process.pid

    def send(self, message: dict[str, Any]) -> None:
        """Queue one message; silently lost when the worker is gone, for `replies` ends then."""
        assert self._process.stdin is not None
        if not self._process.stdin.is_closing():
            self._process.stdin.write(wire.pack(message))

    async def reply(self) -> dict[str, Any] | None:
        """The next reply, or None once the worker has ended."""
        assert self._process.stdout is not None
        try:
            line = await self._process.stdout.readline()
        except (ConnectionError, ValueError):
            return None
        return wire.unpack(line) if line.endswith(b"\n") else None

    async def replies(self) -> AsyncIterator[dict[str, Any]]:
        """Every reply until the worker ends."""
        while (reply := await self.reply()) is not None:
            yield reply

    async def stop(self) -> int:
        """Close its stdin, wait, kill if it must be; returns the exit code."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), STOP_PATIENCE_S)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._logging
        return self._process.returncode or 0

    async def _keep_log(self) -> None:
        assert self._process.stderr is not None
        rest = b""
        while chunk := await self._process.stderr.read(8192):
            *lines, rest = (rest + chunk).split(b"\n")
            self._log.extend(line.decode(errors="replace") for line in lines)
            rest = rest[-8192:]


def _environment(threads: int) -> dict[str, str]:
    path = os.pathsep.join(filter(None, [str(_PROJECT), os.environ.get("PYTHONPATH")]))
    return os.environ | {
        "PYTHONPATH": path,
        "OMP_NUM_THREADS": str(threads),
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "TRANSFORMERS_VERBOSITY": "error",
    }
