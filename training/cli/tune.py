"""`finale train run`, `finale train estimate` and `finale train settings`."""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from training.cli import _tune_options as options
from training.cli._adapter_options import DEFAULT_MAX_RANK, limits_of
from training.places import DEMO_BASE

if TYPE_CHECKING:
    from training.tuning import TuningSettings

INTERRUPTED = 130
_console = Console(highlight=False, soft_wrap=True)

Data = Annotated[
    Path | None,
    typer.Argument(help="Training rows, in any shape that `finale train data check` knows.", show_default=False),
]
Resume = Annotated[
    Path | None,
    typer.Option(help="Go on with the run in this folder, on the same rows and base.", show_default=False),
]
OutFolder = Annotated[Path | None, typer.Option("--out", "-o", help="The run's folder.", show_default="runs/DATE-NAME")]
Prompts = Annotated[
    Path | None,
    typer.Option(help="Prompts to sample before, during and after: a .txt or .jsonl file.", show_default=False),
]
Partial = Annotated[bool, typer.Option("--partial", help="Start even if the time will not do, and stop in time.")]
Name = Annotated[str, typer.Option(help="What the log calls the run.", show_default=False)]


@dataclass(frozen=True, slots=True)
class Before:
    """What a run was started with."""

    data: Path | None
    validation: Path | None
    base: Path
    entrant: str
    settings: "TuningSettings"


def run(
    data: Data = None,
    base: options.MaybeBase = None,
    validation: options.Validation = None,
    preset: options.Preset = None,
    settings: options.SettingsFile = None,
    set_: options.Set = None,
    entrant: options.Entrant = "",
    ledger: options.Ledger = None,
    budget: options.Budget = None,
    partial: Partial = False,
    prompts: Prompts = None,
    resume: Resume = None,
    out: OutFolder = None,
    name: Name = "",
    max_rank: options.MaxRank = DEFAULT_MAX_RANK,
) -> None:
    """Fine-tune a LoRA adapter: `finale train run rows.jsonl --set lora_r=16`.

    The best adapter is always in RUN/adapter, also after Ctrl+C, which ends the run between two steps. Going on with
    --resume RUN leads to the same adapter as if nothing had happened.
    """
    from training.cli._tune_live import Terminal
    from training.runs.record import Status
    from training.runs.report_watcher import ReportWatcher
    from training.tuning import Several, load_settings, tune

    before = _before(resume) if resume else None
    if before is not None and (preset or settings or set_ or out):
        raise options.NoData("A resumed run keeps its settings and folder: no --preset, --settings, --set or --out.")
    if before is not None:
        data, validation = data or before.data, validation or before.validation
    if data is None:
        raise options.NoData("Training rows are missing; give their file: `finale train run rows.jsonl`.")
    place = resume or out or Path("runs") / f"{datetime.now():%Y%m%d-%H%M%S}-{name or data.stem}"
    if not (resume or out) and int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise options.NoData("Several processes train together: name the run's folder with --out, the same for all.")
    train, held = options.rows_of(data, validation)
    terminal = Terminal(_console)
    page = ReportWatcher(place)
    try:
        done = tune(
            before.settings if before else load_settings(settings, preset_name=preset, options=set_ or ()),
            train,
            held,
            base=base or (before.base if before else DEMO_BASE),
            out=place,
            watch=Several([terminal, page]),
            hours=options.hours_of(entrant or (before.entrant if before else ""), ledger),
            budget=options.seconds_of(budget),
            prompts=options.prompts_of(prompts),
            resume=resume is not None,
            partial=partial,
            limits=limits_of(max_rank),
            name=name,
            train_path=str(data),
            validation_path=str(validation or ""),
        )
    finally:
        terminal.close()
    if int(os.environ.get("RANK", "0")):
        return  # a helper process of a distributed run
    _console.print(f"Run: {escape(str(place))}   page: {escape(str(page.page))}")
    if done.facts is not None:
        _console.print(f"[dim]Try it: finale train try {escape(str(place))}[/]")
    if done.record.status is Status.INTERRUPTED:
        _console.print(f"[dim]Go on: finale train run --resume {escape(str(place))}[/]")
        raise typer.Exit(INTERRUPTED)


def estimate(
    data: Annotated[Path, typer.Argument(help="Training rows.", show_default=False)],
    base: options.Base = DEMO_BASE,
    validation: options.Validation = None,
    preset: options.Preset = None,
    settings: options.SettingsFile = None,
    set_: options.Set = None,
    entrant: options.Entrant = "",
    ledger: options.Ledger = None,
    budget: options.Budget = None,
    max_rank: options.MaxRank = DEFAULT_MAX_RANK,
) -> None:
    """Measure a few steps and say what a run would take: time, memory, and whether the hours do. Free of charge."""
    from training.cli._tune_live import estimated
    from training.tuning import estimate as measured
    from training.tuning import load_settings
    from training.tuning.limit import check_fits

    chosen = load_settings(settings, preset_name=preset, options=set_ or ())
    train, held = options.rows_of(data, validation)
    plan, found = measured(
        chosen,
        train,
        held,
        base=base,
        hours=options.hours_of(entrant, ledger),
        budget=options.seconds_of(budget),
        limits=limits_of(max_rank),
    )
    tokens, learned = plan.tokens_per_epoch, plan.learned_per_epoch
    _console.print(f"{plan.steps:,} steps over {tokens:,} tokens an epoch, {learned:,} of them learned.")
    _console.print(estimated(found))
    check_fits(chosen, found, len(train), partial=False)


def settings_(
    preset: options.Preset = None,
    toml: Annotated[bool, typer.Option("--toml", help="As a file for --settings.")] = False,
) -> None:
    """Every setting with its value in a preset, what it is, and what is allowed."""
    from rich.table import Table

    from training.tuning import load_settings
    from training.tuning.settings import descriptions, rules
    from training.tuning.settings_file import as_json, as_toml

    chosen = load_settings(preset_name=preset)
    if toml:
        typer.echo(as_toml(chosen), nl=False)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("setting", no_wrap=True)
    table.add_column("value", overflow="fold", max_width=18)
    table.add_column("what it is, and what it may be")
    values = as_json(chosen)
    for name, about in descriptions().items():
        value = ",".join(values[name]) if isinstance(values[name], list) else str(values[name])
        table.add_row(name, value, f"{escape(about)} [dim]· {escape(rules()[name].says())}[/]")
    Console(highlight=False).print(table)


def _before(run: Path) -> Before:
    from training.runs.record import read_record
    from training.tuning.opening import settings_of

    record = read_record(run)
    held = record.validation
    own = held is not None and held.path not in ("", record.train.path)
    return Before(
        data=Path(record.train.path) if record.train.path else None,
        validation=Path(held.path) if held is not None and own else None,
        base=Path(record.base.path),
        entrant=record.entrant,
        settings=settings_of(run),
    )
