"""`finale train runs`: the log of runs, listed, shown, compared, exported, and as pages."""

import json
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from training.runs.log import Logged

app = typer.Typer(no_args_is_help=True, help="The log of training runs: list, show, compare, export, reports.")
_console = Console(highlight=False)

Runs = Annotated[Path, typer.Option("--runs", help="The folder that holds the run folders.")]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="A run: its folder, its id, or its name.")]
Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        "-w",
        help="A condition on a column or setting, such as lora_r>=16, loss<1.2, seconds<30m, name~night, data=ab12cd, "
        "status=broken. May be given several times: all must hold.",
        show_default=False,
    ),
]
Entrant = Annotated[str | None, typer.Option(help="Only this entrant's.", show_default=False)]
Status = Annotated[str | None, typer.Option(help="Only runs that stand like this.", show_default=False)]
Sort = Annotated[str, typer.Option(help="Column or setting to sort by; with a minus in front, downwards.")]
Limit = Annotated[int, typer.Option(min=1, help="How many lines at most.")]
Columns = Annotated[
    str | None,
    typer.Option(help="Settings to show, between commas; those that differ if left out.", show_default=False),
]
OutFile = Annotated[Path | None, typer.Option("--out", "-o", help="Where to write.", show_default=False)]
LOG = Path("runs")


class Format(StrEnum):
    """What runs can be exported as."""

    CSV = "csv"
    JSONL = "jsonl"
    MLFLOW = "mlflow"


@app.command("list")
def list_(
    runs: Runs = LOG,
    where: Where = None,
    entrant: Entrant = None,
    status: Status = None,
    sort: Sort = "-started",
    limit: Limit = 50,
    columns: Columns = None,
) -> None:
    """List the runs of the log, newest first, with the settings in which they differ. Broken folders are named."""
    from training.cli._runs_shown import listing
    from training.runs.fields import check_name

    found, broken = _chosen(runs, where, entrant, status, sort)
    names = [name.strip() for name in columns.split(",") if name.strip()] if columns else []
    for name in names if found else ():
        check_name(name, found)
    if found:
        _console.print(listing(found[:limit], runs, names))
    else:
        _console.print("No run meets these conditions." if where or entrant or status else "There are no runs yet.")
    if len(found) > limit:
        _console.print(f"[dim]… and {len(found) - limit:,} more; --limit shows more of them.[/]")
    if broken:
        _console.print(f"[dim]{broken:,} broken run folders are not shown; --status broken lists them.[/]")


@app.command()
def show(
    run: RunName, runs: Runs = LOG, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False
) -> None:
    """Show one run: how it stands, its figures, settings, data and what it says."""
    from training.cli import _runs_shown as shown
    from training.runs.log import find
    from training.runs.reading import progress_of, samples_of, sound_record
    from training.runs.results import results
    from training.runs.run_page import settings_of

    folder = find(runs, run).folder
    record, progress = sound_record(folder), progress_of(folder)
    figures = results(record, progress)
    if as_json:
        typer.echo(json.dumps({"run": asdict(record), "results": asdict(figures)}, ensure_ascii=False, indent=2))
        return
    _console.print(shown.one_run(record, figures, settings_of(record), folder))
    samples = samples_of(folder)
    last = [one for one in samples if one["step"] == samples[-1]["step"]]
    for one in last:
        _console.print(f"\n[dim]Asked at step {one['step']}:[/]")
        shown.say(_console, f"{one['prompt']}\n→ {one['text'].strip()}")


@app.command()
def compare(
    names: Annotated[list[str], typer.Argument(metavar="RUN RUN…", help="Two to eight runs.", show_default=False)],
    runs: Runs = LOG,
    html: Annotated[Path | None, typer.Option(help="Write a page with the curves here.", show_default=False)] = None,
) -> None:
    """Set runs side by side: first what differs between them, then what came of it."""
    from training.cli._runs_shown import side_by_side
    from training.runs.comparison import compare as compared_
    from training.runs.comparison_page import MOST_RUNS, compared, comparison_page
    from training.runs.disk import write_whole
    from training.runs.errors import RunsRefused
    from training.runs.log import find
    from training.runs.reading import sound_record

    if not 2 <= len(names) <= MOST_RUNS:
        raise RunsRefused(f"{len(names)} runs were named; between 2 and {MOST_RUNS} can be compared.")
    folders = [find(runs, name).folder for name in names]
    found = [compared(sound_record(folder), folder) for folder in folders]
    _console.print(side_by_side(compared_(found)))
    if html is not None:
        write_whole(html, comparison_page(found))
        _console.print(f"Page: {html}", soft_wrap=True)


@app.command()
def report(run: RunName, runs: Runs = LOG, out: OutFile = None) -> None:
    """Write a run's page: curves, settings, data and samples in one file that opens from the disk."""
    from training.runs.log import find
    from training.runs.run_page import write_run_page

    place = write_run_page(find(runs, run).folder, out)
    _console.print(f"Page: {place}", soft_wrap=True)


@app.command()
def export(
    runs: Runs = LOG,
    to: Annotated[Format, typer.Option("--format", "-f", help="csv, jsonl, or mlflow for its folders.")] = Format.CSV,
    out: OutFile = None,
    where: Where = None,
    entrant: Entrant = None,
    status: Status = None,
    sort: Sort = "-started",
) -> None:
    """Export runs: a table to the screen or a file, or an mlruns folder for `mlflow ui`."""
    from training.runs.disk import write_whole
    from training.runs.export import as_csv, as_jsonl
    from training.runs.mlflow import export_mlflow

    found, _ = _chosen(runs, where, entrant, status, sort)
    if to is Format.MLFLOW:
        place = out or Path("mlruns")
        count = export_mlflow(found, place)
        left = f"; {len(found) - count} broken left out" if count < len(found) else ""
        _console.print(f"{count} runs in {place}{left}.", soft_wrap=True)
        told = f"To look: mlflow migrate-filestore --source {place} --target sqlite:///mlflow.db, then mlflow ui"
        _console.print(told, soft_wrap=True, markup=False, style="dim")
        return
    text = as_csv(found) if to is Format.CSV else as_jsonl(found)
    if out is None:
        typer.echo(text, nl=False)
        return
    write_whole(out, text)
    _console.print(f"{len(found)} runs in {out}.", soft_wrap=True)


def _chosen(
    runs: Path, where: list[str] | None, entrant: str | None, status: str | None, sort: str
) -> "tuple[list[Logged], int]":
    """The runs that were asked for, in order, and how many broken folders the conditions left out."""
    from training.runs.filters import Condition, checked, in_order, parse, wanted
    from training.runs.log import scan

    conditions = [parse(text) for text in where or ()]
    conditions += [
        checked(Condition(name, "=", text)) for name, text in (("entrant", entrant), ("status", status)) if text
    ]
    there = scan(runs)
    found = wanted(there, conditions)
    return in_order(found, sort), sum(run.record is None for run in there) - sum(run.record is None for run in found)
