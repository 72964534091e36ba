"""What a run can be asked for by name: the columns of the log, and every setting. Used to filter, sort and export."""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from training.runs.errors import RunsRefused
from training.runs.log import Logged
from training.runs.record import DataFacts, RunRecord

BROKEN = "broken"
"""The status of a run folder that cannot be read."""


class Kind(Enum):
    """How values are compared."""

    TEXT = auto()
    HASH = auto()  # equal to its beginning
    TIME = auto()  # ISO 8601, equal to its beginning
    NUMBER = auto()
    SECONDS = auto()  # compared with amounts such as 30m, too
    HASHES = auto()  # any of several


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the log: how it compares, and its value for a record (None where there is none)."""

    kind: Kind
    of: Callable[[RunRecord], Any]


FIELDS = {
    "id": Field(Kind.HASH, lambda run: run.id),
    "name": Field(Kind.TEXT, lambda run: run.name),
    "entrant": Field(Kind.TEXT, lambda run: run.entrant),
    "status": Field(Kind.TEXT, lambda run: run.status.value),
    "loss": Field(Kind.NUMBER, lambda run: run.best.validation_loss if run.best else None),
    "step": Field(Kind.NUMBER, lambda run: run.best.step if run.best else None),
    "seconds": Field(Kind.SECONDS, lambda run: run.seconds),
    "started": Field(Kind.TIME, lambda run: run.started_at or None),
    "ended": Field(Kind.TIME, lambda run: run.ended_at or None),
    "overfitting": Field(Kind.NUMBER, lambda run: run.overfitting_since),
    "rows": Field(Kind.NUMBER, lambda run: run.train.rows),
    "data": Field(Kind.HASHES, lambda run: _hashes(run.train, run.validation)),
    "train": Field(Kind.TEXT, lambda run: run.train.path or None),
    "validation": Field(Kind.TEXT, lambda run: run.validation.path or None if run.validation else None),
    "base": Field(Kind.HASH, lambda run: run.base.sha256),
    "commit": Field(Kind.HASH, lambda run: run.git_commit or None),
    "adapter": Field(Kind.HASH, lambda run: run.adapter_sha256 or None),
    "reason": Field(Kind.TEXT, lambda run: run.reason or None),
}


def value_of(run: Logged, name: str) -> Any:
    """The value of a column or setting; None where the run has none. A broken run has a name and a status alone."""
    if run.record is None:
        return {"name": run.name, "status": BROKEN, "reason": run.broken}.get(name)
    field = FIELDS.get(name)
    return field.of(run.record) if field else run.record.settings.get(name)


def settings_in(runs: Sequence[Logged]) -> list[str]:
    """The names of all settings that any of the runs has, in the order of the first that has them."""
    return list(dict.fromkeys(name for run in runs if run.record for name in run.record.settings))


def check_name(name: str, runs: Sequence[Logged]) -> None:
    """Raise RunsRefused if neither a column nor a setting of any run has that name."""
    known = [*FIELDS, *settings_in(runs)]
    if name in known:
        return
    near = difflib.get_close_matches(name, known, 1)
    hint = f"Did you mean {near[0]}?" if near else f"Columns are {', '.join(FIELDS)}, and every setting."
    raise RunsRefused(f"No run has anything called {name!r}. {hint}")


def _hashes(train: DataFacts, validation: DataFacts | None) -> tuple[str, ...]:
    return (train.sha256, validation.sha256) if validation else (train.sha256,)
