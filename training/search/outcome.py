"""What came of a search, or has come of it so far."""

from dataclasses import dataclass
from pathlib import Path

from training.search.plan import Plan
from training.search.tries import Try


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a search stands. `reason` says why it ended; with `is_over` false it goes on, or can be resumed as it is.

    `importances` is the share of each setting in the differences between losses; None with too few tries.
    """

    plan: Plan
    folder: Path
    tries: tuple[Try, ...]
    best: Try | None
    importances: dict[str, float] | None
    reason: str
    is_over: bool
