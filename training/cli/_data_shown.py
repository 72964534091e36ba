"""Readings, outcomes and overlaps in the terminal: counts first, then a few of each kind. Reports hold them all."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from training.data.problems import Problem, Severity, counted

if TYPE_CHECKING:
    from training.data.curate import Outcome
    from training.data.overlaps import Overlap
    from training.data.reading import Reading

MOST_OF_A_KIND = 5
MOST_REMOVED = 3
MOST_OVERLAPS = 20
EXCERPT = 160
SIGNS = {Severity.ERROR: "[red]✗[/]", Severity.WARNING: "[yellow]▲[/]", Severity.NOTE: "[dim]·[/]"}
console = Console(soft_wrap=True, highlight=False)


def show_reading(reading: "Reading") -> None:
    """One file: what it is, then what is wrong with it, kind by kind."""
    shapes = ", ".join(f"{shape} {count:,}" for shape, count in reading.shapes.most_common()) or "no shape"
    console.print(
        f"[bold]{escape(reading.file)}[/]: {reading.records:,} records, {len(reading.rows):,} rows, "
        f"{len(reading.refused):,} refused ({reading.form}, {reading.encoding}; {shapes})"
    )
    for (severity, kind), count in counted(reading.problems).items():
        found = [one for one in reading.problems if (one.severity, one.kind) == (severity, kind)]
        console.print(f"  {SIGNS[severity]} {kind}: {count:,}")
        for problem in found[:MOST_OF_A_KIND]:
            console.print(f"      {_where(problem)}{escape(problem.message)}")
        if count > MOST_OF_A_KIND:
            console.print(f"      [dim]… and {count - MOST_OF_A_KIND:,} more; --json lists them all[/]")


def show_outcome(outcome: "Outcome", out: Path, report: Path) -> None:
    """What an act of curation did, and where it is written down."""
    before, after = outcome.step.settings["before"], outcome.step.settings["after"]
    console.print(f"[green]✓[/] {outcome.step.name}: {before:,} → {after:,} rows in {escape(str(out))}")
    for note in outcome.notes:
        console.print(f"  {escape(note)}")
    for one in outcome.removed[:MOST_REMOVED]:
        source = one.row.source
        console.print(f"  [dim]out: {escape(source.file)}, line {source.line:,}: {escape(one.reason)}[/]")
    if len(outcome.removed) > MOST_REMOVED:
        more = len(outcome.removed) - MOST_REMOVED
        console.print(f"  [dim]… and {more:,} more, all in {escape(str(report))}[/]")


def show_overlaps(found: "Sequence[Overlap]") -> None:
    """Each overlap with both texts."""
    for one in found[:MOST_OVERLAPS]:
        source = one.row.source
        console.print(
            f"[red]✗[/] {escape(source.file)}, line {source.line:,}, holds {escape(one.question.label)} "
            f"{one.sign} ({one.score:.0%})"
        )
        console.print(f"    asked: {escape(_short(one.question.text))}")
        console.print(f"    row:   {escape(_short(one.row.question))}")
    if len(found) > MOST_OVERLAPS:
        console.print(f"[dim]… and {len(found) - MOST_OVERLAPS:,} more; --json lists them all[/]")


def _where(problem: Problem) -> str:
    if problem.line is None:
        return ""
    return f"line {problem.line:,}" + (f", column {problem.column:,}" if problem.column else "") + ": "


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT else line[: EXCERPT - 1] + "…"
