"""What an act of curation gives: the rows that stay, those that do not and why, and the step that says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training.data.errors import DataError
from training.data.rows import Scalar, Step, TrainingRow


@dataclass(frozen=True, slots=True)
class Removed:
    """A row that does not stay."""

    row: TrainingRow
    reason: str

    def as_json(self) -> dict[str, Any]:
        """Where the row came from and why it went, as JSON data."""
        source = self.row.source
        return {"id": self.row.id, "file": source.file, "line": source.line, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The rows that stay, each signed with `step`; the others; and what else a reader should know."""

    rows: list[TrainingRow]
    removed: list[Removed]
    step: Step
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The report as JSON data."""
        removed = [one.as_json() for one in self.removed]
        return {"step": self.step.name, **self.step.settings, "notes": list(self.notes), "removed": removed}


def kept(
    rows: Sequence[TrainingRow],
    reasons: Mapping[int, str],
    name: str,
    settings: Mapping[str, Scalar],
    notes: tuple[str, ...] = (),
) -> Outcome:
    """The outcome of taking out the rows at the places in `reasons`; the others keep their order.

    Raises DataError if none would be left.
    """
    after = len(rows) - len(reasons)
    if not after:
        why = next(iter(reasons.values()), "there were none")
        raise DataError(f"{name} would leave none of the {len(rows):,} rows (the first: {why}). Change its settings.")
    step = Step(name, {**settings, "before": len(rows), "after": after})
    staying = [row.with_step(step) for place, row in enumerate(rows) if place not in reasons]
    return Outcome(staying, [Removed(rows[place], reason) for place, reason in sorted(reasons.items())], step, notes)


def enough(rows: Sequence[TrainingRow], wanted: int, act: str) -> None:
    """Raise DataError unless there are as many rows as wanted, and at least one is."""
    if not 1 <= wanted <= len(rows):
        raise DataError(f"{act} can choose 1 to {len(rows):,} of these rows, not {wanted:,}. Change the number.")
