"""`finale check`."""

import asyncio
import time
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from server.arena.clock import WallClock
from server.arena.proof import Proof
from server.arena.readiness import Readiness
from server.arena.room import Check
from server.checks import checks
from server.cli._models import models_of
from server.cli._options import Base, Database, Engine, EventOption, Port, Server, Token, settings_of
from server.cli._running import Running, found
from server.cli._store import event_of, links_of, opened
from server.domain.errors import Refused
from server.domain.event import Event
from server.settings import Settings
from server.store.archive import EventArchive
from server.store.probes import ProbeBook
from server.store.writer import Writer

NOT_READY = 1
LOOK_SECONDS = 1.0
LIGHTS = {"green": "[green]● ok[/]", "amber": "[yellow]▲ look[/]", "red": "[red]■ mend[/]", "grey": "[dim]○ not run[/]"}
_console = Console()
Row = Mapping[str, Any]


def check(
    event: EventOption = None,
    database: Database = None,
    engine: Engine = None,
    base: Base = None,
    server: Server = None,
    token: Token = None,
    port: Port = None,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for what is not ready yet.")] = 0,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on what needs a look, too.")] = False,
) -> None:
    """The readiness board in the terminal: the engine, every finalist's model, the judge's canaries, address, disk.

    Asks the running server if there is one (or the one at --server); otherwise loads the models and checks here.
    Exit code 0 when everything is ready, 1 when something must be mended.
    """
    settings = settings_of(event=event, database=database, engine=engine, base=base, port=port)
    if server is not None:
        if token is None:
            raise Refused("Give the organiser's token of that server with --token.")
        rows = _probed(Running(server, token), wait)
    else:
        rows = _checked(settings, wait)
    _console.print(_board(rows))
    bad = ("red", "grey", "amber") if strict else ("red", "grey")
    if any(row["level"] in bad for row in rows):
        raise typer.Exit(NOT_READY)


def _checked(settings: Settings, wait: float) -> list[Row]:
    with opened(settings) as writer:
        stored = event_of(writer, settings.event)
        running = found(settings, links_of(settings, writer, stored), stored.event.id)
        if running is not None:
            return _probed(running, wait)
        made_up = EventArchive(writer, stored.event.id).load()[0].event
        return asyncio.run(_here(settings, made_up, writer))


def _probed(running: Running, wait: float) -> list[Row]:
    """What the server finds; again and again for `wait` seconds, while something is red."""
    ends = time.monotonic() + wait
    with _console.status(f"Asking {running.base} to check everything …"):
        while True:
            rows: list[Row] = running.post("/readiness/probe")
            if time.monotonic() >= ends or not any(row["level"] == "red" for row in rows):
                return rows
            time.sleep(LOOK_SECONDS)


async def _here(settings: Settings, event: Event, writer: Writer) -> list[Row]:
    """Load the models and run every check in this process; no show is started."""
    models = models_of(settings)
    engines = (models.engine, *models.spares)
    proof = Proof(ProbeBook(writer), WallClock(), settings.slow_tokens_per_second)
    with _console.status("Loading the models …") as status:

        def tell(rows: tuple[Check, ...]) -> None:
            waiting = next((row.label for row in rows if row.level == "grey"), "")
            status.update(f"Checking: {waiting} …")

        for engine in models.engines:
            try:
                await engine.start()
            except Exception as error:  # told as the engine's own row below
                _console.print(f"[yellow]The engine {engine.name} did not start: {escape(str(error))}[/]")
        tasks = checks(event, engines, models.seats, models.canaries, settings, proof)
        board = Readiness(lambda: [*tasks, *(models.intake.tasks(event) if models.intake else ())], tell)
        rows = await board.run()
        await models.close()
    return [_row(one) for one in rows]


def _row(one: Check) -> Row:
    return {"label": one.label, "level": one.level, "detail": one.detail, "remedy": one.remedy}


def _board(rows: list[Row]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    order = ("red", "amber", "grey", "green")
    for row in sorted(rows, key=lambda row: order.index(row["level"])):
        remedy = f"\n[dim]→ {escape(row['remedy'])}[/]" if row["remedy"] else ""
        table.add_row(LIGHTS[row["level"]], escape(row["label"]), f"{escape(row['detail'])}{remedy}")
    return table
