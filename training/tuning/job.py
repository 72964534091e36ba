"""What a run is asked to do: settings, rows, base, place and everything around them; and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.adapters import AdapterFacts, AdapterLimits, BaseFacts
from training.runs.record import RunRecord
from training.tuning.limit import TimeLimit
from training.tuning.rows import Parts
from training.tuning.sampling import HowToSample, Prompt
from training.tuning.settings import TuningSettings
from training.tuning.watching import Watcher


@dataclass(frozen=True, slots=True)
class Job:
    """One call of `tune`. `is_main` is false in the helper processes of a distributed run, which write nothing."""

    settings: TuningSettings
    parts: Parts
    base: Path
    base_facts: BaseFacts
    out: Path
    limits: AdapterLimits
    limit: TimeLimit
    watcher: Watcher
    prompts: Sequence[Prompt]
    how_to_sample: HowToSample
    entrant: str
    name: str
    resume: bool
    partial: bool
    is_main: bool


@dataclass(frozen=True, slots=True)
class TunedRun:
    """A run that is over. `adapter` is the folder to hand in and `facts` what its check found; None without one."""

    folder: Path
    record: RunRecord
    adapter: Path | None
    facts: AdapterFacts | None
