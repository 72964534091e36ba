"""What a search is asked to do, kept as search.json in its folder, so that it can go on after any interruption."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from training.runs.disk import write_whole
from training.runs.record import BaseFacts, DataFacts
from training.search.errors import SearchRefused
from training.search.space import Space
from training.search.space_file import as_data, space_of
from training.tuning.settings import TuningSettings
from training.tuning.settings_file import as_json, from_json

FORMAT = "finale-search/1"
PLAN = "search.json"
_PLAIN = ("name", "entrant", "sampling", "pruning", "seed", "trials", "budget")


class Sampling(StrEnum):
    """Grid: every combination once, in an order drawn by the seed. Random: so many draws from values and ranges."""

    GRID = "grid"
    RANDOM = "random"


class Pruning(StrEnum):
    """How hopeless tries are found: against the median, by successive halving (arXiv 1810.05934), or not at all."""

    MEDIAN = "median"
    HALVING = "halving"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Plan:
    """A search. `trials` is the most tries, `budget` the training seconds of all together (None: no limit)."""

    name: str
    entrant: str
    settings: TuningSettings
    space: Space
    sampling: Sampling
    pruning: Pruning
    seed: int
    trials: int
    budget: float | None
    train: DataFacts
    validation: DataFacts | None
    base: BaseFacts
    started_at: str


def write_plan(folder: Path, plan: Plan) -> None:
    """Replace search.json. Raises OSError."""
    data = {
        "format": FORMAT,
        **{name: getattr(plan, name) for name in _PLAIN},
        "started_at": plan.started_at,
        "settings": as_json(plan.settings),
        "space": as_data(plan.space),
        "train": asdict(plan.train),
        "validation": asdict(plan.validation) if plan.validation else None,
        "base": asdict(plan.base),
    }
    write_whole(folder / PLAN, json.dumps(data, indent=2, ensure_ascii=False) + "\n")


def read_plan(folder: Path) -> Plan:
    """The plan in a search's folder. Raises SearchRefused."""
    try:
        data = json.loads((folder / PLAN).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SearchRefused(f"There is no search in {folder}: {PLAN} is missing. Check the path.") from None
    except (ValueError, RecursionError) as error:
        raise SearchRefused(f"{folder / PLAN} is not valid JSON ({error}); restore it from a copy.") from error
    found = data.get("format") if isinstance(data, dict) else None
    if found != FORMAT:
        raise SearchRefused(f"{folder / PLAN} has the format {found!r}; this version reads {FORMAT!r}.")
    try:
        return _from_json(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SearchRefused(f"{folder / PLAN} is incomplete ({error}); restore it from a copy.") from error


def _from_json(data: Mapping[str, Any]) -> Plan:
    settings = from_json(data["settings"])
    return Plan(
        name=str(data["name"]),
        entrant=str(data["entrant"]),
        settings=settings,
        space=space_of(data["space"], settings),
        sampling=Sampling(data["sampling"]),
        pruning=Pruning(data["pruning"]),
        seed=int(data["seed"]),
        trials=int(data["trials"]),
        budget=None if data["budget"] is None else float(data["budget"]),
        train=DataFacts(**data["train"]),
        validation=DataFacts(**data["validation"]) if data["validation"] else None,
        base=BaseFacts(**data["base"]),
        started_at=str(data["started_at"]),
    )
