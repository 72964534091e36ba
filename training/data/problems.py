"""What is wrong or noteworthy in a data file, each with its line. Nothing is mended or dropped here."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """ERROR: the row is refused. WARNING: it is kept, but look at it. NOTE: said so that nothing happens in silence."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Kind(StrEnum):
    """What a problem is about."""

    ENCODING = "encoding"
    MALFORMED = "malformed"
    SHAPE = "wrong shape"
    NO_RESPONSE = "no response"
    EMPTY = "empty text"
    LONG = "too long"
    TEXT = "broken text"
    DUPLICATE = "identical rows"
    EDITED = "edited by hand"
    COLUMNS = "columns not used"
    BLANK = "blank lines"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. `line` and `column` count from 1; a finding about the whole file has neither."""

    severity: Severity
    kind: Kind
    message: str
    line: int | None = None
    column: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The problem as JSON data."""
        return {
            "severity": self.severity.value,
            "kind": self.kind.value,
            "line": self.line,
            "column": self.column,
            "message": self.message,
        }


class Refusal(ValueError):
    """A record that makes no row: the kind of problem and what to do about it."""

    def __init__(self, kind: Kind, message: str, column: int | None = None) -> None:
        super().__init__(message)
        self.kind, self.column = kind, column

    def at(self, line: int) -> Problem:
        """The refusal as an error at a line."""
        return Problem(Severity.ERROR, self.kind, str(self), line, self.column)


def counted(problems: Iterable[Problem]) -> dict[tuple[Severity, Kind], int]:
    """How many problems there are of each severity and kind, the severe ones first."""
    counts = Counter((problem.severity, problem.kind) for problem in problems)
    order = list(Severity)
    return dict(sorted(counts.items(), key=lambda item: (order.index(item[0][0]), list(Kind).index(item[0][1]))))
