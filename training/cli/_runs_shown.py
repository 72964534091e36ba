"""Runs in the terminal: the list, one run, several side by side."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from training.runs import wording
from training.runs.comparison import Comparison, Row
from training.runs.fields import BROKEN, settings_in, value_of
from training.runs.log import Logged
from training.runs.record import RunRecord
from training.runs.results import Results

MOST_VARYING = 4  # settings that are shown without being asked for, because the listed runs differ in them
_COLOURS = {"finished": "green", "running": "cyan", "stopped": "yellow", "interrupted": "yellow"}


def listing(runs: Sequence[Logged], root: Path, columns: Sequence[str]) -> Group:
    """One line per run: how it stands, where it is, its best loss, and some of its settings; then what is broken."""
    sound = [run for run in runs if run.record]
    broken = [Text.assemble(sign(BROKEN), f"  {run.broken}", style="red") for run in runs if not run.record]
    return Group(*([_table(sound, root, list(columns) or varying(sound))] if sound else []), *broken)


def _table(runs: Sequence[Logged], root: Path, shown: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    table.add_column("Run", overflow="fold", min_width=8)
    table.add_column("Entrant", overflow="fold")
    table.add_column("Loss", justify="right", no_wrap=True)
    table.add_column("Step", justify="right", no_wrap=True)
    for name in shown:
        table.add_column(name, justify="right", overflow="fold", max_width=24)
    table.add_column("Time", justify="right", no_wrap=True)
    table.add_column("Started", no_wrap=True, min_width=16)
    for run in runs:
        table.add_row(*_line(run, root, shown))
    return table


def varying(runs: Sequence[Logged]) -> list[str]:
    """The first settings in which the runs differ."""
    records = [run.record for run in runs if run.record]
    names = (name for name in settings_in(runs) if len({str(one.settings.get(name)) for one in records}) > 1)
    return [name for name, _ in zip(names, range(MOST_VARYING), strict=False)]


def one_run(record: RunRecord, figures: Results, settings: Sequence[Any], folder: Path) -> Group:
    """A run's figures, what it was made from, and the settings that were changed."""
    best = f"{wording.loss(figures.validation_loss)} at step {figures.best_step:,}" if record.best else wording.NOTHING
    lines = [
        ("Folder", str(folder)),
        ("Id", record.id),
        ("Entrant", record.entrant or wording.NOTHING),
        ("Started", wording.moment(record.started_at)),
        ("Training time", wording.duration(figures.seconds)),
        ("Best validation loss", best),
        ("Training loss", wording.loss(figures.training_loss)),
        ("Overfitting since step", wording.count(figures.overfitting_since)),
        ("Steps", f"{figures.step:,}"),
        ("Tokens per second", wording.number(figures.tokens_per_second, 3)),
        ("Memory at the peak", wording.memory(figures.memory_bytes)),
        ("Training rows", _data(record.train)),
        ("Validation rows", _data(record.validation)),
        ("Base", f"{record.base.path} · {wording.short(record.base.sha256)}"),
        ("Commit", wording.short(record.git_commit)),
    ]
    changed = [(one["name"], wording.setting(one["value"])) for one in settings if one["is_changed"]]
    title = Text.assemble((record.name or record.id, "bold"), "  ", sign(record.status.value), " ", record.status.value)
    parts: list[Any] = [title]
    if record.reason:
        parts.append(Text(record.reason))
    parts.append(Padding(_pairs(lines), (1, 0, 0, 0)))
    if changed:
        parts += [Text("\nSettings that differ from the default", style="bold"), _pairs(changed)]
    return Group(*parts)


def side_by_side(comparison: Comparison) -> Group:
    """What differs first, then results."""
    table = Table("", *(escape(title) for title in comparison.titles), box=None, pad_edge=False, header_style="bold")
    for title, rows in (("What differs", comparison.differing), ("Results", comparison.results)):
        table.add_row(Text(title, style="bold underline") if rows else "")
        for row in rows:
            table.add_row(*_cells(row, comparison.best))
    notes = [Text(f"! {warning}", style="yellow") for warning in comparison.warnings]
    same = Text(f"{len(comparison.same)} other things are the same.", style="dim")
    return Group(table, *notes, same)


def sign(status: str) -> Text:
    """The sign of a status in its colour."""
    return Text(wording.SIGNS.get(status, "?"), style=_COLOURS.get(status, "red"))


def say(console: Console, text: str) -> None:
    """Text from a run, which may hold anything, as it is."""
    console.print(Text(text))


def _line(run: Logged, root: Path, shown: Sequence[str]) -> list[Text | str]:
    assert run.record is not None
    place = Text(str(run.folder.relative_to(root)))
    if run.name not in (run.folder.name, f"{run.folder.parent.name} {run.folder.name}"):  # the second: a search's try
        place.append(f"\n{run.name}", style="dim")
    best = run.record.best
    return [
        sign(run.record.status.value),
        place,
        Text(run.record.entrant),
        wording.loss(best.validation_loss if best else None),
        f"{best.step:,}" if best else wording.NOTHING,
        *(Text(wording.setting(value_of(run, name))) for name in shown),
        wording.duration(run.record.seconds),
        wording.moment(run.record.started_at).removesuffix(" UTC"),
    ]


def _cells(row: Row, best: int | None) -> list[Text]:
    name, values = row
    won = best if name == "best validation loss" else None
    return [Text(name), *(Text(value, style="bold green" if n == won else "") for n, value in enumerate(values))]


def _pairs(lines: Sequence[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in lines:
        table.add_row(Text(name), Text(value))
    return table


def _data(facts: Any) -> str:
    return f"{facts.rows:,} of {facts.path or 'memory'} · {wording.short(facts.sha256)}" if facts else "none"
