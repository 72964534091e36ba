"""Which rows a run trains on and which it validates on: drawn, split and described. No tokens here.

The split is a plain one by seed; `training.data` splits without near-duplicates across and is the better way.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from training.data.rows import TrainingRow, fingerprint
from training.runs.record import DataFacts
from training.tuning.errors import TuningRefused
from training.tuning.settings import TuningSettings

LEAST_ROWS = 2


@dataclass(frozen=True, slots=True)
class Parts:
    """The rows of a run. `twice` counts validation rows that are training rows too."""

    train: list[TrainingRow]
    validation: list[TrainingRow]
    train_facts: DataFacts
    validation_facts: DataFacts | None
    twice: int


def parts_of(
    settings: TuningSettings,
    train: Sequence[TrainingRow],
    validation: Sequence[TrainingRow],
    *,
    train_path: str = "",
    validation_path: str = "",
) -> Parts:
    """Split where no validation rows are given, draw as many as asked for. Raises TuningRefused for too few rows."""
    given = fingerprint(train)
    rng = random.Random(settings.train_data_split_seed)
    left, kept = list(train), list(validation)
    if not kept and settings.validation_split_ratio:
        left, kept = _split(left, settings.validation_split_ratio, rng)
        validation_path = train_path
    left, kept = _drawn(left, settings.max_train_samples, rng), _drawn(kept, settings.max_val_samples, rng)
    if len(left) < LEAST_ROWS:
        raise TuningRefused(f"There are {len(left)} rows to train on; at least {LEAST_ROWS} are needed. Add rows.")
    facts = DataFacts(validation_path, fingerprint(kept), len(kept)) if kept else None
    ids = {row.id for row in left}
    twice = sum(row.id in ids for row in kept)
    return Parts(left, kept, DataFacts(train_path, given, len(left)), facts, twice)


def _split(rows: list[TrainingRow], share: float, rng: random.Random) -> tuple[list[TrainingRow], list[TrainingRow]]:
    count = min(max(1, round(len(rows) * share)), max(0, len(rows) - LEAST_ROWS))
    chosen = set(rng.sample(range(len(rows)), count))
    left = [row for number, row in enumerate(rows) if number not in chosen]
    return left, [row for number, row in enumerate(rows) if number in chosen]


def _drawn(rows: list[TrainingRow], most: int, rng: random.Random) -> list[TrainingRow]:
    if most < 0 or most >= len(rows):
        return rows
    return [rows[number] for number in sorted(rng.sample(range(len(rows)), most))]
