"""One life of a command on the leash: start it, keep the end of what it writes, tell its processes, stop it.

What the command is and whether it serves is not known here.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import psutil

from models.protocol import EngineUnavailable
from models.vllm import leash

STOP_LIMIT_S = leash.PATIENCE_S + 4.0
LOOK_S = 0.05
LOG_FILE_BYTES = 20 * 2**20
"""A longer log file is begun anew at the next start, and the old one kept beside it."""


class Child:
    """A running command. `log`: its last lines, shared between lives; `said`: those of this life alone."""

    def __init__(
        self, process: asyncio.subprocess.Process, group: int | None, log: deque[str], file: Path | None
    ) -> None:
        self._process, self._group, self._log, self._file = process, group, log, file
        self.said: deque[str] = deque(maxlen=log.maxlen)
        self._logging = asyncio.create_task(self._keep_log(), name="vllm log")

    @classmethod
    async def spawn(
        cls, command: Sequence[str], environment: Mapping[str, str], log: deque[str], file: Path | None = None
    ) -> "Child":
        """Start `command` on a leash, in a process group of its own. Raises EngineUnavailable."""
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-I", "-S", leash.__file__, *command,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
                env=dict(environment),
            )  # fmt: skip
        except OSError as error:
            raise EngineUnavailable(
                f"No process could be started for vLLM ({error}); free memory or processes and try again."
            ) from error
        return cls(process, await _group(process), log, file)

    @property
    def pids(self) -> tuple[int, ...]:
        """The command's processes, the leash not among them."""
        return tuple(pid for pid in psutil.pids() if pid != self._process.pid and self._has(pid))

    @property
    def has_ended(self) -> bool:
        """Whether the command has ended."""
        return self._process.returncode is not None

    async def ended(self) -> int:
        """Wait until it ends, clear up what it left running, and return the exit code (128 + the signal)."""
        while (code := self._process.returncode) is None:  # noqa: ASYNC110
            # wait() would also wait for whatever the command left running, for that holds the other end of the pipe.
            await asyncio.sleep(LOOK_S)
        self._kill()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._logging), 2.0)
        return 128 - code if code < 0 else code

    async def stop(self) -> int:
        """Ask it to end, kill it if it must be; returns the exit code. May be called twice."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            return await asyncio.wait_for(self.ended(), STOP_LIMIT_S)
        except TimeoutError:
            self._kill()
            return await self.ended()

    def _has(self, pid: int) -> bool:
        with contextlib.suppress(OSError):
            return os.getpgid(pid) == self._group
        return False

    def _kill(self) -> None:
        """Everything, if the leash was killed and could not see to it."""
        for pid in self.pids:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        if self._process.returncode is None:
            self._process.kill()

    async def _keep_log(self) -> None:
        assert self._process.stdout is not None
        rest = b""
        with _opened(self._file) as file:
            while chunk := await self._process.stdout.read(8192):
                with contextlib.suppress(OSError):  # a full disk must not silence vLLM, nor stop it
                    file.write(chunk)
                *lines, rest = (rest + chunk).replace(b"\r", b"\n").split(b"\n")
                self._keep(lines)
                rest = rest[-8192:]
        self._keep([rest])

    def _keep(self, lines: list[bytes]) -> None:
        kept = [line.decode(errors="replace") for line in lines if line.strip()]
        self._log.extend(kept)
        self.said.extend(kept)


async def _group(leash: asyncio.subprocess.Process) -> int | None:
    """The process group that the leash says it holds; None where it could start nothing."""
    assert leash.stdin is not None
    assert leash.stderr is not None
    try:
        said = await leash.stderr.readline()
    except asyncio.CancelledError:
        leash.stdin.close()  # it lets go of what it may hold
        raise
    return int(said) if said.strip().isdigit() else None


def _opened(file: Path | None) -> BinaryIO:
    """The log file to append to; where it cannot be written, nothing is kept and nothing fails."""
    try:
        if file is None:
            return open(os.devnull, "wb", buffering=0)
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists() and file.stat().st_size > LOG_FILE_BYTES:
            file.replace(file.with_name(file.name + ".old"))
        return file.open("ab", buffering=0)
    except OSError:
        return open(os.devnull, "wb", buffering=0)
