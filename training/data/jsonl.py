"""Canonical rows as JSONL: written whole or not at all, read strictly. Files of other shapes are read in `reading`."""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from training.data.errors import DataError
from training.data.rows import Message, Role, Source, Step, TrainingRow, check_messages, row_id

KEYS = {"id", "messages", "source"}
SOURCE_KEYS = {"file", "line", "sha256", "shape", "steps"}


def read_rows(path: Path) -> list[TrainingRow]:
    """The rows of a canonical file. Raises DataError with file and line for anything that is not exactly canonical."""
    return list(each_row(path))


def each_row(path: Path) -> Iterator[TrainingRow]:
    """The rows one after the other, for files that are larger than memory likes. Errors as `read_rows`."""
    empty = True
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            empty = False
            yield _row(line, f"{path}:{number}")
    if empty:
        raise DataError(f"{path} is empty: expected one canonical row in each line. Choose another file.")


def write_rows(path: Path, rows: Iterable[TrainingRow]) -> int:
    """Write the rows, durably and whole or not at all (an interrupt leaves the old file), and return how many."""
    count = 0
    with whole(path) as out:
        for row in rows:
            out.write(as_line(row))
            count += 1
    return count


@contextmanager
def whole(path: Path) -> Iterator[TextIO]:
    """A file to write as UTF-8 that takes its place only when the block ends well; else what was there stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def as_line(row: TrainingRow) -> str:
    """One row as a line of JSON, newline included."""
    return json.dumps(as_json(row), ensure_ascii=False) + "\n"


def as_json(row: TrainingRow) -> dict[str, Any]:
    """One row as JSON data."""
    source = row.source
    steps = [{"name": step.name, **step.settings} for step in source.steps]
    told = {"file": source.file, "line": source.line, "sha256": source.sha256, "shape": source.shape, "steps": steps}
    return {"id": row.id, "messages": row.chat(), "source": told}


def from_json(value: Any) -> TrainingRow:
    """The row of JSON data. Raises ValueError that says what was expected and what came."""
    _expect(isinstance(value, dict) and set(value) == KEYS, f"an object with {sorted(KEYS)}", _kind(value))
    messages = _messages(value["messages"])
    check_messages(messages)
    if value["id"] != (found := row_id(messages)):
        raise ValueError(
            f"its id is {value['id']!r}, but its text has the id {found!r}: the text was changed since it was written; "
            "`finale train data convert` makes new rows of it"
        )
    return TrainingRow(found, messages, _source(value["source"]))


def _row(line: bytes, where: str) -> TrainingRow:
    try:
        return from_json(json.loads(line.decode("utf-8")))
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{where} is not a canonical row: {error}. `finale train data convert` reads other shapes."
        ) from error


def _messages(value: Any) -> tuple[Message, ...]:
    _expect(isinstance(value, list), "a list of messages", _kind(value))
    return tuple(_message(one) for one in value)


def _message(value: Any) -> Message:
    whole = isinstance(value, dict) and set(value) == {"role", "content"} and isinstance(value["content"], str)
    _expect(whole, "messages of a role and a text as content", _kind(value))
    _expect(
        value["role"] in [role.value for role in Role],
        f"a role of {[role.value for role in Role]}",
        repr(value["role"]),
    )
    return Message(Role(value["role"]), value["content"])


def _source(value: Any) -> Source:
    _expect(isinstance(value, dict) and set(value) == SOURCE_KEYS, f"a source with {sorted(SOURCE_KEYS)}", _kind(value))
    for key in ("file", "sha256", "shape"):
        _expect(isinstance(value[key], str), f"the source's {key} to be a text", _kind(value[key]))
    line = value["line"]
    _expect(isinstance(line, int) and not isinstance(line, bool) and line >= 1, "a line from 1 on", repr(line))
    _expect(isinstance(value["steps"], list), "a list of steps", _kind(value["steps"]))
    return Source(value["file"], line, value["sha256"], value["shape"], tuple(_step(one) for one in value["steps"]))


def _step(value: Any) -> Step:
    _expect(isinstance(value, dict) and isinstance(value.get("name"), str), "steps with a name", _kind(value))
    settings = {key: setting for key, setting in value.items() if key != "name"}
    plain = all(setting is None or isinstance(setting, str | int | float) for setting in settings.values())
    _expect(plain, "a step's settings to be texts and numbers", repr(settings))
    return Step(value["name"], settings)


def _expect(truth: bool, expected: str, got: str) -> None:
    if not truth:
        raise ValueError(f"expected {expected}, got {got}")


def _kind(value: Any) -> str:
    return f"an object with {sorted(value)}" if isinstance(value, dict) else f"{type(value).__name__} {value!r:.60}"
