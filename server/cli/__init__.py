"""The command line, `finale`. One command per file; what several share is in `_underscored` files."""

import typer

from server.cli import (
    adapters,
    backup,
    check,
    demo,
    event,
    export,
    judge,
    links,
    openapi,
    rehearse,
    restore,
    seats,
    serve,
    train,
    verify,
)
from server.cli._failing import Plainly

app = typer.Typer(
    cls=Plainly,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Run a Grand Finale: five models, a panel, a hall full of phones, and a result that anyone can recompute.\n\n"
    "`finale demo` shows everything on this machine. A real evening is `event new`, `check`, `rehearse`, `serve`, "
    "`export`, `verify`. Every setting can also be given as FINALE_…, for example FINALE_DATABASE.",
)
app.command()(demo.demo)
app.command()(serve.serve)
app.command()(check.check)
app.command()(rehearse.rehearse)
app.command()(links.links)
app.command()(seats.seats)
app.command()(export.export)
app.command()(verify.verify)
app.command()(backup.backup)
app.command()(restore.restore)
app.command()(openapi.openapi)
app.add_typer(event.app, name="event")
app.add_typer(adapters.app, name="adapters")
app.add_typer(judge.app, name="judge")
app.add_typer(train.app, name="train")
