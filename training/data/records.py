"""From the text of a JSONL, JSON or CSV file to its records, each with its line. What fields mean is in `shapes`."""

import csv
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from training.data.errors import DataError
from training.data.problems import Kind, Problem, Refusal, Severity

BLANK = " \t\r\n"
HINTS = {
    "Expecting property name enclosed in double quotes": "JSON needs double quotes, and no comma after the last field",
    "Extra data": "more than one value in a line; put each row on a line of its own",
    "Unterminated string": "the text has no closing quote; the line may be cut off",
    "Invalid control character": "a line break or tab inside a text must be written as \\n or \\t",
    "Invalid \\escape": "a backslash inside a text must be written twice",
}


class Format(StrEnum):
    """How records lie in a file."""

    JSONL = "jsonl"
    JSON = "json"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it stands in the file; `raw` is for the file of refused rows."""

    line: int
    fields: dict[str, Any]
    raw: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A place where no record could be read."""

    problem: Problem
    raw: str


Found = Record | Broken | Problem


def format_of(path: Path, text: str) -> Format:
    """By the name for CSV, else by the first character: a list is JSON, anything else JSONL."""
    if path.suffix.lower() in (".csv", ".tsv"):
        return Format.CSV
    return Format.JSON if text.lstrip(BLANK).startswith("[") else Format.JSONL


def records(text: str, form: Format, name: str) -> Iterator[Found]:
    """Everything in the file in its order: records, broken places, notes. Raises DataError for a hopeless file."""
    if not text.strip():
        raise DataError(f"{name} is empty: expected one row at least. Choose another file.")
    return {Format.JSONL: _jsonl, Format.JSON: _json, Format.CSV: _csv}[form](text, name)


def _jsonl(text: str, name: str) -> Iterator[Found]:
    lines = text.removesuffix("\n").split("\n")  # splitlines would also split inside texts, at U+2028
    for number, line in enumerate(lines, 1):
        if not line.strip(BLANK):
            yield Problem(Severity.NOTE, Kind.BLANK, "the line is blank", number)
            continue
        try:
            yield Record(number, _object(parsed(line)), line)
        except Refusal as refusal:
            yield Broken(refusal.at(number), line)


def _json(text: str, name: str) -> Iterator[Found]:
    """Elements of the list one by one, so that each has its line and all before a broken one are read."""
    position, line = _skip(text, text.index("[") + 1), 1
    counted_to = 0
    while text[position : position + 1] != "]":
        line, counted_to = line + text.count("\n", counted_to, position), position
        try:
            value, end = DECODER.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            yield Broken(_unreadable_rest(text, error, line), text[position : position + 200])
            return
        try:
            yield Record(line, _object(value), text[position:end])
        except Refusal as refusal:
            yield Broken(refusal.at(line), text[position:end])
        position = _skip(text, end)
        if text[position : position + 1] == ",":
            position = _skip(text, position + 1)
        elif text[position : position + 1] != "]":
            yield Broken(_unreadable_rest(text, json.JSONDecodeError("Expecting , or ]", text, position), line), "")
            return
    if rest := text[position + 1 :].strip(BLANK):
        yield Broken(Problem(Severity.ERROR, Kind.MALFORMED, "there is more behind the end of the list"), rest[:200])


def _unreadable_rest(text: str, error: Exception, line: int) -> Problem:
    at = error if isinstance(error, json.JSONDecodeError) else None
    said = f"{_in_words(error)}. Nothing from here to the end of the file could be read"
    return Problem(Severity.ERROR, Kind.MALFORMED, said, at.lineno if at else line, at.colno if at else None)


def _csv(text: str, name: str) -> Iterator[Found]:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # the default refuses texts over 128 KB
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header = _header(reader, name)
    if delimiter != ",":
        yield Problem(Severity.NOTE, Kind.SHAPE, f"columns are separated by {delimiter!r}", 1)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            said = f"{error}; the rest of the file could not be read. Check the quotes from this line on"
            yield Broken(Problem(Severity.ERROR, Kind.MALFORMED, said, line), "")
            return
        yield _csv_record(header, cells, line)


def _csv_record(header: list[str], cells: list[str], line: int) -> Found:
    if not any(cell.strip() for cell in cells):
        return Problem(Severity.NOTE, Kind.BLANK, "the line is blank", line)
    raw = json.dumps(cells, ensure_ascii=False)
    if len(cells) != len(header):
        said = (
            f"expected {len(header)} columns as in the first line, got {len(cells)}; is a quote or separator missing?"
        )
        return Broken(Problem(Severity.ERROR, Kind.MALFORMED, said, line), raw)
    return Record(line, dict(zip(header, cells, strict=True)), raw)


def _header(reader: Any, name: str) -> list[str]:
    try:
        header = [cell.strip() for cell in next(reader)]
    except csv.Error as error:
        raise DataError(f"The first line of {name} cannot be read as CSV: {error}. Check its quotes.") from error
    if len(set(header)) < len(header) or not all(header):
        raise DataError(f"The first line of {name} must name every column once, but it is {header}. Name the columns.")
    return header


def _delimiter(text: str) -> str:
    first = text.lstrip(BLANK).split("\n", 1)[0]
    return max(",;\t", key=first.count)


def parsed(line: str) -> Any:
    """The JSON value of a line. Raises Refusal with the column."""
    try:
        return DECODER.decode(line)
    except json.JSONDecodeError as error:
        raise Refusal(Kind.MALFORMED, _in_words(error), error.colno) from error
    except (ValueError, RecursionError) as error:
        raise Refusal(Kind.MALFORMED, _in_words(error)) from error


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refusal(Kind.SHAPE, f"expected an object with named fields, got {type(value).__name__} {value!r:.40}")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"the field {', '.join(map(repr, twice))} is there more than once")
    return fields


def _no_constant(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON value")


def _in_words(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "the value is nested too deeply"
    if not isinstance(error, json.JSONDecodeError):
        return str(error)
    hint = next((hint for start, hint in HINTS.items() if error.msg.startswith(start)), "")
    return f"not JSON: {error.msg}" + (f" ({hint})" if hint else "")


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in BLANK:
        position += 1
    return position


DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant)
