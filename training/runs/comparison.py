"""Runs side by side: what differs between them, what came of it, and what is the same. Showing it is others' work."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training.runs import wording
from training.runs.record import DataFacts, RunRecord
from training.runs.results import Results

Row = tuple[str, tuple[str, ...]]
"""A name, and a value in words for each run."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One of the runs: its record, figures and progress."""

    record: RunRecord
    results: Results
    progress: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`best` is the place of the run with the lowest validation loss; None where losses cannot be compared."""

    titles: tuple[str, ...]
    differing: tuple[Row, ...]
    results: tuple[Row, ...]
    same: tuple[Row, ...]
    best: int | None
    warnings: tuple[str, ...]


_FIGURES: tuple[tuple[str, Callable[[Compared], str]], ...] = (
    ("status", lambda run: run.record.status.value),
    ("best validation loss", lambda run: wording.loss(run.results.validation_loss)),
    ("at step", lambda run: wording.count(run.results.best_step)),
    ("training loss at the end", lambda run: wording.loss(run.results.training_loss)),
    ("overfitting since step", lambda run: wording.count(run.results.overfitting_since)),
    ("steps", lambda run: wording.count(run.results.step)),
    ("tokens", lambda run: wording.count(run.results.tokens)),
    ("training time", lambda run: wording.duration(run.results.seconds)),
    ("tokens per second", lambda run: wording.number(run.results.tokens_per_second, 3)),
    ("memory at the peak", lambda run: wording.memory(run.results.memory_bytes)),
    ("reason", lambda run: run.record.reason or wording.NOTHING),
)


def compare(runs: Sequence[Compared]) -> Comparison:
    """The comparison of at least one run, in the order given."""
    made_of = [_made_of(run.record) for run in runs]
    names = list(dict.fromkeys(name for one in made_of for name in one))
    rows = [(name, tuple(one.get(name, wording.NOTHING) for one in made_of)) for name in names]
    warnings = tuple(_warnings(runs))
    return Comparison(
        titles=_titles(runs),
        differing=tuple(row for row in rows if len(set(row[1])) > 1),
        results=tuple((name, tuple(say(run) for run in runs)) for name, say in _FIGURES),
        same=tuple(row for row in rows if len(set(row[1])) == 1),
        best=None if warnings else _best(runs),
        warnings=warnings,
    )


def _made_of(record: RunRecord) -> dict[str, str]:
    """Everything that decided what the run computed, in words."""
    settings = {name: wording.setting(value) for name, value in record.settings.items()}
    return {
        "entrant": record.entrant or wording.NOTHING,
        **settings,
        "training rows": _data(record.train),
        "validation rows": _data(record.validation),
        "base": wording.short(record.base.sha256),
        "commit": wording.short(record.git_commit),
        **dict(record.versions),
    }


def _data(facts: DataFacts | None) -> str:
    return f"{facts.rows:,} · {wording.short(facts.sha256)}" if facts else "none"


def _titles(runs: Sequence[Compared]) -> tuple[str, ...]:
    """Names where they tell the runs apart, with the ids' ends where they do not."""
    names = [run.record.name or run.record.id for run in runs]
    return tuple(
        name if names.count(name) == 1 else f"{name} ({run.record.id[-6:]})"
        for name, run in zip(names, runs, strict=True)
    )


def _warnings(runs: Sequence[Compared]) -> list[str]:
    """Why losses of these runs should not be compared."""
    found = []
    if len({run.record.validation and run.record.validation.sha256 for run in runs}) > 1:
        found.append("The runs were validated on different rows: their validation losses cannot be compared.")
    if len({str(run.record.settings.get("instruction_tuned")) for run in runs}) > 1:
        found.append("Some runs learned answers alone and some every token: their losses cannot be compared.")
    if len({run.record.base.sha256 for run in runs}) > 1:
        found.append("The runs have different bases: their losses can be compared only if the bases share a tokenizer.")
    return found


def _best(runs: Sequence[Compared]) -> int | None:
    losses = {
        place: run.results.validation_loss for place, run in enumerate(runs) if run.results.validation_loss is not None
    }
    return min(losses, key=lambda place: losses[place] or 0.0) if len(losses) > 1 else None
