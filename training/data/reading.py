"""Reading a file of any known shape into canonical rows, with a report of everything that was found on the way.

Every record becomes a row or a refused one; nothing is mended, cut or dropped in silence.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.data.encoding import Decoded, decode, has_broken_bytes
from training.data.errors import DataError
from training.data.jsonl import as_line, from_json
from training.data.problems import Kind, Problem, Refusal, Severity, counted
from training.data.records import Broken, Format, Record, format_of, records
from training.data.rows import EmptyText, Message, NoResponse, Role, Source, TrainingRow, made
from training.data.shapes import CANONICAL_KEYS, NAMES, Shape, tell

GARBLED = re.compile("Ã[\x80-\xbf]|â€[\x80-\xbf™œžŸ¦“”]|ï»¿|\ufffd")  # UTF-8 that was once read as something else
MOST_COLUMNS_NAMED = 12


@dataclass(frozen=True, slots=True)
class Options:
    """How to read. `lengths` gives the tokens of rows as a model will see them; without it none is too long."""

    encoding: str | None = None
    form: Format | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    system: str = ""
    lengths: Callable[[Sequence[TrainingRow]], list[int]] | None = None
    most_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that made no row, as it stands in the file."""

    file: str
    line: int | None
    reason: str
    raw: str


@dataclass(slots=True)
class Reading:
    """What one file gave. `records` is how many were found; each is in `rows` or in `refused`."""

    file: str
    sha256: str
    size: int
    form: Format
    encoding: str
    confidence: float
    records: int = 0
    rows: list[TrainingRow] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    shapes: Counter[str] = field(default_factory=Counter)

    @property
    def is_clean(self) -> bool:
        """Whether no record was refused and nothing was unreadable."""
        return not any(problem.severity is Severity.ERROR for problem in self.problems)

    def as_json(self) -> dict[str, Any]:
        """The reading as JSON data, without the rows' texts."""
        counts = [{"severity": s, "kind": k, "count": n} for (s, k), n in counted(self.problems).items()]
        about = {"file": self.file, "sha256": self.sha256, "bytes": self.size, "format": self.form.value}
        about |= {"encoding": self.encoding, "confidence": round(self.confidence, 3), "shapes": dict(self.shapes)}
        told = {"records": self.records, "rows": len(self.rows), "refused": len(self.refused), "counts": counts}
        return about | told | {"problems": [problem.as_json() for problem in self.problems]}


Seen = dict[str, str]  # row id → where the same text was first met


def read(path: Path, options: Options = Options(), seen: Seen | None = None) -> Reading:
    """Read a file. Give the same `seen` for several files to find rows that two of them share. Raises DataError."""
    data = path.read_bytes()
    check_mapping(options.mapping)
    decoded = decode(data, str(path), options.encoding)
    form = options.form or format_of(path, decoded.text)
    sha256 = hashlib.sha256(data).hexdigest()
    reading = Reading(path.name, sha256, len(data), form, decoded.encoding, decoded.confidence)
    _Reader(reading, options, {} if seen is None else seen, path).take(decoded)
    return reading


def read_all(paths: Sequence[Path], options: Options = Options()) -> list[Reading]:
    """Read several files, and find what they share."""
    seen: Seen = {}
    return [read(path, options, seen) for path in paths]


def check_mapping(mapping: Mapping[str, str]) -> None:
    """Raise DataError unless the mapping goes from names of ours, each to a column of its own."""
    for ours in mapping:
        if ours not in NAMES:
            raise DataError(f"There is no field {ours!r} to map to; choose one of {', '.join(NAMES)}.")
    if len(set(mapping.values())) < len(mapping):
        raise DataError("Two fields are mapped to the same column; give each its own.")


class _Reader:
    def __init__(self, reading: Reading, options: Options, seen: Seen, path: Path) -> None:
        self._reading, self._options, self._seen, self._path = reading, options, seen, path
        self._lines: list[int] = []  # of the rows, in this file: a canonical row remembers another one
        self._columns: Counter[str] = Counter()
        self._unused: Counter[str] = Counter()

    def take(self, decoded: Decoded) -> None:
        if decoded.note:
            self._add(Problem(Severity.WARNING, Kind.ENCODING, decoded.note))
        for found in records(decoded.text, self._reading.form, str(self._path)):
            if isinstance(found, Problem):
                self._add(found)
            elif isinstance(found, Broken):
                self._refuse(found.problem, found.raw)
            else:
                self._record(found)
        if not self._reading.records:
            raise DataError(f"{self._path} holds no row. Choose another file.")
        self._refuse_long()
        self._tell_columns()
        self._tell_duplicates()

    def _record(self, record: Record) -> None:
        self._columns.update(list(record.fields))
        try:
            row = self._row(record)
        except Refusal as refusal:
            self._refuse(refusal.at(record.line), record.raw)
        except ValueError as error:
            self._refuse(Problem(Severity.ERROR, _kind(error), str(error), record.line), record.raw)
        else:
            self._keep(row, record.line)

    def _keep(self, row: TrainingRow, line: int) -> None:
        self._reading.records += 1
        self._reading.rows.append(row)
        self._lines.append(line)
        self._reading.shapes[row.source.shape] += 1
        if garbled := GARBLED.search("\n".join(message.content for message in row.messages)):
            said = f"{garbled[0]!r} looks like text that was once read in a wrong encoding"
            self._add(Problem(Severity.WARNING, Kind.TEXT, said, line))

    def _row(self, record: Record) -> TrainingRow:
        if has_broken_bytes(record.raw):
            raise Refusal(Kind.TEXT, "holds bytes that are not UTF-8")
        if set(record.fields) == CANONICAL_KEYS:
            return self._canonical(record)
        told = tell(record.fields, self._options.mapping)
        self._unused.update(told.unused)
        messages = told.messages
        if self._options.system and messages[0].role is not Role.SYSTEM:
            messages = (Message(Role.SYSTEM, self._options.system), *messages)
        return made(messages, self._source(record, told.shape))

    def _canonical(self, record: Record) -> TrainingRow:
        """A canonical row keeps its provenance; one whose text was changed since begins anew."""
        try:
            return from_json(record.fields)
        except ValueError:
            messages = tell({"messages": record.fields["messages"]}, {}).messages
            row = made(messages, self._source(record, Shape.CANONICAL))
            said = "a canonical row whose text or source was changed by hand: it gets a new id and begins anew"
            self._add(Problem(Severity.WARNING, Kind.EDITED, said, record.line))
            return row

    def _source(self, record: Record, shape: Shape) -> Source:
        return Source(self._reading.file, record.line, self._reading.sha256, shape.value)

    def _refuse_long(self) -> None:
        most, lengths = self._options.most_tokens, self._options.lengths
        if most is None or lengths is None:
            return
        measured = list(zip(self._reading.rows, self._lines, lengths(self._reading.rows), strict=True))
        self._reading.rows = [row for row, _, tokens in measured if tokens <= most]
        self._lines = [line for _, line, tokens in measured if tokens <= most]
        for row, line, tokens in measured:
            if tokens > most:
                self._reading.records -= 1  # it is counted again as refused
                said = f"{tokens:,} tokens with the chat template; at most {most:,} fit, and nothing is ever cut"
                self._refuse(Problem(Severity.ERROR, Kind.LONG, said, line), as_line(row).rstrip())

    def _tell_columns(self) -> None:
        for column in self._options.mapping.values():
            if not self._columns[column]:
                said = f"no row has a column {column!r}, which --map names; there are {sorted(self._columns)}"
                self._add(Problem(Severity.ERROR, Kind.SHAPE, said))
        for column, count in self._unused.most_common(MOST_COLUMNS_NAMED):
            said = f"{column!r} plays no part in {count:,} rows; name it with --map if it should"
            self._add(Problem(Severity.NOTE, Kind.COLUMNS, said))

    def _tell_duplicates(self) -> None:
        for row, line in zip(self._reading.rows, self._lines, strict=True):
            here = f"{self._path}, line {line:,}"
            first = self._seen.setdefault(row.id, here)
            if first != here:
                self._add(Problem(Severity.WARNING, Kind.DUPLICATE, f"the same as {first}", line))

    def _refuse(self, problem: Problem, raw: str) -> None:
        self._reading.records += 1
        self._reading.refused.append(Refused(str(self._path), problem.line, problem.message, raw))
        self._add(problem)

    def _add(self, problem: Problem) -> None:
        self._reading.problems.append(problem)


def _kind(error: ValueError) -> Kind:
    if isinstance(error, NoResponse):
        return Kind.NO_RESPONSE
    return Kind.EMPTY if isinstance(error, EmptyText) else Kind.SHAPE
