"""One run of `finale train synthesize`: the estimate, the question whether to start, the run, rows and report."""

import asyncio
import json
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from training.cli._synthesize_options import Given, plan_of
from training.synthetic.errors import SynthesisRefused

if TYPE_CHECKING:
    from training.data.rows import TrainingRow
    from training.synthetic import running
    from training.synthetic.journal import Journal
    from training.synthetic.plan import Plan
    from training.synthetic.tasks import Task
    from training.synthetic.writers import Writer

ENDED_EARLY = 1
_console = Console(soft_wrap=True, highlight=False)


@dataclass(frozen=True, slots=True)
class Opened:
    """A writer, and what must be awaited before it is asked."""

    writer: "Writer"
    start: Callable[[], Awaitable[None]]


def go(
    kind: str,
    tasks: "Sequence[Task]",
    given: Given,
    *,
    threshold: float = 0.8,
    earlier: "Sequence[TrainingRow]" = (),
) -> None:
    """Do it, or with --estimate only say what it would cost. Exit code 1 where tasks are left open."""
    from training.data.near import bands
    from training.synthetic import plan as planning
    from training.synthetic.journal import Journal
    from training.synthetic.report import JOURNAL

    plan, opened = plan_of(given), writer_of(given)
    bands(threshold)  # what is wrong is said before anything is paid
    _check_folder(given.out, kind)
    journal_file = given.out / JOURNAL
    with Journal(journal_file) as journal:
        if journal.note:
            _console.print(f"[yellow]▲[/] {escape(journal.note)}")
        found = planning.estimate(tasks, opened.writer.identity, journal, plan)
        _console.print(escape(found.in_words()))
        if given.estimate_only:
            return
        ended: running.Run | None = None
        try:
            if found.requests:
                _confirm(given)
                ended = asyncio.run(_asked(tasks, opened, journal, plan))
        finally:  # whatever happened: what came in becomes rows
            _assemble(kind, tasks, opened.writer.identity, journal, plan, given.out, threshold, earlier)
    if ended and (said := ended.in_words(journal_file)):
        _console.print(f"[yellow]▲[/] {escape(said)}")
        raise typer.Exit(ENDED_EARLY)


def writer_of(given: Given) -> Opened:
    """The model that was named, not started. Raises SynthesisRefused, EngineError."""
    if bool(given.local) == bool(given.url):
        raise SynthesisRefused(
            "Say who writes: --url ADDRESS and --model NAME, or --local base for the demo's own base."
        )
    return _local(given) if given.local else _at_address(given)


def _at_address(given: Given) -> Opened:
    from models.openai_address import Address
    from training.synthetic.writers import AddressWriter

    if not given.model:
        raise SynthesisRefused("An address may serve several models: name one with --model.")
    address = Address(given.url, key_variable=given.key_env or None, read_s=given.silence, connections=given.at_once)

    async def nothing() -> None:
        """An address is there or not; the first request shows it."""

    return Opened(AddressWriter(address, given.model), nothing)


def _local(given: Given) -> Opened:
    from models.catalogue import load_catalogue
    from models.local import LocalEngine
    from models.protocol import BASE
    from training.synthetic.writers import EngineWriter

    catalogue = load_catalogue(given.catalogue)
    names = {BASE: BASE} | {adapter.id: adapter.engine_name for adapter in catalogue.adapters}
    if given.local not in names:
        raise SynthesisRefused(f"There is no model {given.local!r} in {given.catalogue}; choose {', '.join(names)}.")
    engine = LocalEngine(base=catalogue.base, adapters=catalogue.served, slots=min(given.at_once, 8))
    identity = f"{names[given.local]} on base {catalogue.base_sha256[:12]}"
    return Opened(EngineWriter(engine, names[given.local], identity), engine.start)


def _check_folder(folder: Path, kind: str) -> None:
    from training.synthetic.report import REPORT

    place = folder / REPORT
    if place.exists() and (other := json.loads(place.read_text(encoding="utf-8")).get("kind")) != kind:
        raise SynthesisRefused(f"{folder} holds rows made by `synthesize {other}`. Choose another folder with --out.")


def _confirm(given: Given) -> None:
    if given.yes:
        return
    if not sys.stdin.isatty():
        raise SynthesisRefused("Nobody is there to agree to the cost: say --yes, or --estimate to see it only.")
    typer.confirm("Start?", abort=True)


async def _asked(tasks: "Sequence[Task]", opened: Opened, journal: "Journal", plan: "Plan") -> "running.Run":
    from training.synthetic.running import run

    stop = asyncio.Event()
    _on_interrupt(stop)
    try:
        await opened.start()
        with _bar() as bar:
            task = bar.add_task("asking")

            def tell(progress: "running.Progress") -> None:
                said = f"asking ({progress.refused:,} refused{', ' + progress.cost if progress.cost else ''})"
                bar.update(task, description=said, total=progress.total, completed=progress.settled)

            return await run(tasks, opened.writer, journal, plan, tell=tell, stop=stop)
    finally:
        await opened.writer.close()


def _on_interrupt(stop: asyncio.Event) -> None:
    """The first Ctrl+C lets replies on their way come in; a second one does not wait."""
    loop, me = asyncio.get_running_loop(), asyncio.current_task()

    def heard() -> None:
        if stop.is_set() and me is not None:
            me.cancel()
        stop.set()

    loop.add_signal_handler(signal.SIGINT, heard)


def _assemble(
    kind: str,
    tasks: "Sequence[Task]",
    writer: str,
    journal: "Journal",
    plan: "Plan",
    out: Path,
    threshold: float,
    earlier: "Sequence[TrainingRow]",
) -> None:
    from training.synthetic.assembling import assemble
    from training.synthetic.report import PAGE, ROWS, Paid, write

    found = assemble(tasks, writer, journal, plan, threshold=threshold, earlier=earlier)
    report = write(out, found, Paid(journal.used, plan.prices), writer, kind)
    where = (
        f"{out / ROWS}; the report is {out / PAGE}" if found.rows else f"none was written; the report is {out / PAGE}"
    )
    _console.print(f"[green]✓[/] {len(found.rows):,} rows: {escape(where)}")
    if "refined" in report:
        refined = report["refined"]
        _console.print(f"  {refined['changed']:,} responses changed, {refined['unchanged']:,} stayed as they were")
    for reason, count in report["reasons"].items():
        _console.print(f"  {count:,} replies refused: {reason}")


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
