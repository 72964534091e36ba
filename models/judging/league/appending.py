"""A JSONL file that is only ever appended to, by one process at a time, and survives being cut off in mid-line.

What its lines mean is the business of whoever owns the file.
"""

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from models.protocol import EngineError


class FileRefused(EngineError):
    """The file cannot be used; the message names it, the line and the next step."""


class AppendFile:
    """`rows` is what it held when it was opened, `note` what had to be mended then, or empty."""

    def __init__(self, file: Path, format_: str) -> None:
        """`format_` stands in the first line; a file of another format is refused."""
        self.file, self._head = file, {"format": format_}
        self.rows: list[dict[str, Any]] = []
        self.note = ""
        self._out: BinaryIO | None = None

    def __enter__(self) -> Self:
        """Lock, read and mend the file. Raises FileRefused."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self._out = self.file.open("a+b")
        try:
            self._lock(self._out)
            self._read(self._out)
        except BaseException:
            self._out.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        assert self._out is not None
        os.fsync(self._out.fileno())
        self._out.close()

    def append(self, row: Mapping[str, Any]) -> None:
        """Write one line, out of this process's hands when it returns."""
        assert self._out is not None, "the file is not open"
        self._out.write(json.dumps(row, ensure_ascii=False).encode(errors="surrogatepass") + b"\n")
        self._out.flush()

    def _lock(self, out: BinaryIO) -> None:
        try:
            fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise FileRefused(f"Another run is writing to {self.file}; wait for it, or use another file.") from error

    def _read(self, out: BinaryIO) -> None:
        out.seek(0)
        number, good_bytes, line = 0, 0, b"\n"
        for number, line in enumerate(out, 1):
            try:
                self._take(line, number)
            except ValueError as error:
                if out.read(1):
                    raise FileRefused(
                        f"{self.file}, line {number}, is not as it was written ({error}); restore the file, "
                        "or begin a new one."
                    ) from error
                # An interrupted write leaves part of a line. It says nothing, and would spoil the next one.
                out.truncate(good_bytes)
                self.note = f"Line {number} of {self.file} was cut off by an interruption and is dropped."
                number, line = number - 1, b"\n"
                break
            good_bytes += len(line)
        out.write(b"" if line.endswith(b"\n") else b"\n")
        if not number:
            self.append(self._head)

    def _take(self, line: bytes, number: int) -> None:
        row = json.loads(line)
        if number > 1 and isinstance(row, dict):
            self.rows.append(row)
        elif row != self._head:
            raise FileRefused(f"{self.file} is no {self._head['format']} file; use another name.")


class AppendLog:
    """What the lines of an append-only file mean, as `_take` of the class that owns them says. A context."""

    def __init__(self, file: Path, format_: str) -> None:
        self._file = AppendFile(file, format_)

    def __enter__(self) -> Self:
        """Lock and read the file. Raises FileRefused; a line cut off at the end is dropped, see `note`."""
        opened = self._file.__enter__()
        try:
            for number, row in enumerate(opened.rows, 2):
                self._take(row, number)
        except BaseException:
            self._file.__exit__(None, None, None)
            raise
        opened.rows.clear()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._file.__exit__(kind, error, trace)

    @property
    def note(self) -> str:
        """What had to be mended when the file was opened; empty if nothing."""
        return self._file.note

    def _take(self, row: Mapping[str, Any], number: int) -> None:
        """Take in one line; `number` is its place in the file, from 1 on."""
        raise NotImplementedError
