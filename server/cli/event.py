"""`finale event`: new, list, show, template."""

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from server.cli import _event_made, _event_template
from server.cli._models import models_of
from server.cli._options import Database, EventId, settings_of
from server.cli._store import event_of, now_ms, opened
from server.store import events
from server.store.archive import EventArchive
from server.store.founding import found

app = typer.Typer(no_args_is_help=True, help="Make events and look at them.")
_console = Console(soft_wrap=True, highlight=False)

EventFile = Annotated[
    Path | None, typer.Argument(help="The event as JSON or TOML (`finale event template` prints one).")
]
Id = Annotated[str, typer.Option("--id", help="Small letters, digits, hyphens.")]
Name = Annotated[str, typer.Option(help="What the stage calls it.")]
Finalists = Annotated[
    list[str], typer.Option("--finalist", help='"NAME" or "NAME=ADAPTER" of the catalogue; in lane order.')
]
Experts = Annotated[list[str], typer.Option("--expert", help="A name; once for each.")]
Questions = Annotated[list[str], typer.Option("--question", help="A question; once for each, in order.")]
Bonus = Annotated[str, typer.Option(help="A last question for double points.")]
Rehearsal = Annotated[bool, typer.Option("--rehearsal", help="Marked as a rehearsal everywhere, and in the result.")]


@app.command()
def new(
    file: EventFile = None,
    id_: Id = "",
    name: Name = "Grand Finale",
    finalist: Finalists = [],  # noqa: B006 (typer reads the default, nobody changes it)
    expert: Experts = [],  # noqa: B006
    question: Questions = [],  # noqa: B006
    bonus: Bonus = "",
    rehearsal: Rehearsal = False,
    database: Database = None,
) -> None:
    """Make an event from a JSON or TOML file, or from what is given here.

    A finalist's adapter is the id in the catalogue; left out, it is the finalist's own id. The organiser's page and
    the API can change everything until the first round is opened.
    """
    settings = settings_of(database=database)
    models = models_of(settings)
    if file is not None:
        made_up = _event_made.from_file(file)
    else:
        seed = secrets.token_hex(8)
        made_up = _event_made.from_names(id_, name, finalist, expert, question, bonus, rehearsal, seed)
    made_up = _event_made.completed(made_up, models.playable, models.seats)
    with opened(settings) as writer:
        code = writer.do_now(lambda connection: found(connection, made_up, now_ms()))
    for absent in _event_made.without_model(made_up):
        typer.echo(f"{absent.name} has no adapter of this name in the catalogue, and cannot generate yet.", err=True)
    typer.echo(f"{made_up.id} is made; phones come in with {code}. Run it: finale serve --event {made_up.id}")


@app.command("list")
def list_(database: Database = None) -> None:
    """Every event of the database, the newest first."""
    with opened(settings_of(database=database)) as writer:
        known = writer.do_now(events.every)
    if not known:
        typer.echo("There is no event yet. `finale event new` makes one, `finale demo` too.")
    table = Table("id", "name", "kind", "code", "made", box=None, pad_edge=False)
    for stored in known:
        made = datetime.fromtimestamp(stored.created_at / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
        kind = "rehearsal" if stored.event.rehearsal else "finale"
        table.add_row(stored.event.id, stored.event.name, kind, stored.code, made)
    if known:
        _console.print(table)


@app.command()
def show(event: EventId, database: Database = None, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """One event: people, questions, rules, and how far it has been played. --json prints it for `event new`."""
    with opened(settings_of(database=database)) as writer:
        stored = event_of(writer, event)
        state, _ = EventArchive(writer, stored.event.id).load()
    print(_event_made.as_json(state.event) if as_json else _event_made.in_words(state, stored.code))


@app.command()
def template(
    toml: Annotated[bool, typer.Option("--toml", help="As TOML, with a word on everything.")] = False,
) -> None:
    """Print an event as JSON, to be changed in an editor and given to `event new`."""
    print(_event_template.TOML if toml else _event_made.as_json(_event_template.TEMPLATE))
