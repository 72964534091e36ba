"""`finale verify`."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from server.domain.errors import Refused
from server.domain.verify import Report
from server.domain.verify import verify as recompute
from server.retelling import retold

DIFFERS = 1
MOST_BYTES = 512 * 2**20
ResultsFile = Annotated[Path, typer.Argument(help="A results file from `finale export` or the results page.")]
_console = Console(soft_wrap=True, highlight=False)


def verify(file: ResultsFile) -> None:
    """Recompute a results file: every score from its marks, every rank, the journal's hashes, and its story.

    Needs nothing but the file. Exit code 0 when everything follows, 1 with the first difference when something does
    not, 2 when the file cannot be read.
    """
    report = recompute(_read(file), retold)
    show(_console, report)
    if not report.ok:
        raise typer.Exit(DIFFERS)


def show(console: Console, report: Report) -> None:
    """Every check in a line, then the verdict."""
    for check in report.checks:
        console.print(f"{'[green]✓[/]' if check.ok else '[red]✗[/]'} {check.name}: {escape(check.detail)}")
    if report.ok:
        console.print("[bold green]The result follows from the marks, and the journal tells the same story.[/]")
    else:
        console.print(f"[bold red]First difference:[/] {escape(report.first_difference or '')}")


def _read(file: Path) -> object:
    if file.stat().st_size > MOST_BYTES:
        raise Refused(f"{file} is larger than a results file can be.")
    try:
        found: object = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise Refused(f"{file} is not a results file: {error}.") from error
    return found
