"""Reading JSONL at the edge: one object a line, errors by line number. What fields mean is the reader's business."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.protocol import EngineError

MAX_FILE_BYTES = 2 * 2**30


class LinesRefused(EngineError):
    """A file of lines cannot be used; the message names the file, the line and what was expected."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line: its number, from 1, and its fields."""

    file: Path
    number: int
    fields: Mapping[str, Any]

    def refused(self, why: str) -> LinesRefused:
        """The error to raise for this line."""
        return LinesRefused(f"{self.file}, line {self.number}: {why}.")


def read_rows(file: Path) -> tuple[Row, ...]:
    """The objects of a JSONL file; blank lines are skipped. Raises LinesRefused, also for a file without any."""
    rows: list[Row] = []
    for number, line in enumerate(_text(file).split("\n"), 1):
        if line.strip():
            rows.append(Row(file, number, _fields(file, number, line)))
    if not rows:
        raise LinesRefused(f"{file} has no lines; expected one JSON object a line.")
    return tuple(rows)


def sha256_of(file: Path) -> str:
    """The hash of a file's bytes, as cards and reports name their data."""
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def text_of(row: Row, names: Sequence[str], *, may_be_empty: bool = False) -> str:
    """The text under exactly one of `names`. Raises LinesRefused."""
    present = [name for name in names if name in row.fields]
    if len(present) != 1:
        raise row.refused(f"expected one field named {' or '.join(names)}, got {', '.join(present) or 'none'}")
    value = row.fields[present[0]]
    if not isinstance(value, str):
        raise row.refused(f"expected text as {present[0]}, got {str(value)[:40]!r}")
    if not (value.strip() or may_be_empty):
        raise row.refused(f"{present[0]} is empty")
    return value


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise LinesRefused(f"{file} is larger than {MAX_FILE_BYTES >> 30} GiB; split it.")
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise LinesRefused(f"{file} cannot be read ({error.strerror or error}); check the path.") from error
    except UnicodeDecodeError as error:
        raise LinesRefused(f"{file} is not UTF-8 (byte {error.start}); save it as UTF-8.") from error


def _fields(file: Path, number: int, line: str) -> Mapping[str, Any]:
    row = Row(file, number, {})
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise row.refused(f"expected a JSON object, got {line[:40]!r} ({error})") from None
    if not isinstance(fields, dict):
        raise row.refused(f"expected a JSON object, got {line[:40]!r}")
    return fields
