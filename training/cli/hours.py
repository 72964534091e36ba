"""`finale train hours`: the ledger of training time, granted by organisers and looked at by everybody."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from training.cli._tune_options import Ledger, ledger_path

if TYPE_CHECKING:
    from training.hours import Balance

app = typer.Typer(no_args_is_help=True, help="Training time: grant it, and see where it went.")
_console = Console(highlight=False)

Entrant = Annotated[str, typer.Argument(help="The entrant.", show_default=False)]
Amount = Annotated[str, typer.Argument(help="Such as 3h, 30m or 1h30m.", show_default=False)]
Note = Annotated[str, typer.Option(help="Why; it stays in the ledger.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, in milliseconds.")]


@app.command()
def grant(entrant: Entrant, amount: Amount, note: Note = "", ledger: Ledger = None) -> None:
    """Give an entrant training time."""
    from training.hours import Ledger as Book
    from training.hours import parse_seconds

    book = Book(ledger_path(ledger))
    book.grant(entrant, parse_seconds(amount), note)
    _tell(book.balance(entrant))


@app.command()
def withdraw(entrant: Entrant, amount: Amount, note: Note = "", ledger: Ledger = None) -> None:
    """Take unused training time back; what is used or held by a run stays."""
    from training.hours import Ledger as Book
    from training.hours import parse_seconds

    book = Book(ledger_path(ledger))
    book.grant(entrant, -parse_seconds(amount), note or "withdrawn")
    _tell(book.balance(entrant))


@app.command()
def show(entrant: Entrant, as_json: AsJson = False, ledger: Ledger = None) -> None:
    """Every entry of an entrant, and what is left."""
    from training.hours import Ledger as Book
    from training.hours import in_words

    book = Book(ledger_path(ledger))
    balance, entries = book.balance(entrant), book.entries(entrant)
    if as_json:
        typer.echo(json.dumps({"balance": asdict(balance), "entries": [asdict(one) for one in entries]}, indent=2))
        return
    table = Table("when", "what", "time", "run", "note", box=None, pad_edge=False, header_style="bold")
    for one in entries:
        when = datetime.fromisoformat(one.at).astimezone().strftime("%Y-%m-%d %H:%M")
        table.add_row(when, one.kind.value, in_words(one.ms / 1000), one.run, escape(one.note))
    if entries:
        _console.print(table)
    _tell(balance)


@app.command("list")
def list_(as_json: AsJson = False, ledger: Ledger = None) -> None:
    """What every entrant has."""
    from training.hours import Ledger as Book
    from training.hours import in_words

    balances = Book(ledger_path(ledger)).balances()
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in balances], indent=2))
        return
    if not balances:
        _console.print("Nothing is granted yet. An organiser grants with `finale train hours grant NAME 3h`.")
        return
    table = Table("entrant", "left", "held", "used", "granted", box=None, pad_edge=False, header_style="bold")
    for one in balances:
        amounts = (one.available, one.reserved, one.used, one.granted)
        table.add_row(escape(one.entrant), *(in_words(ms / 1000) for ms in amounts))
    _console.print(table)


def _tell(balance: "Balance") -> None:
    from training.hours import in_words

    held = f", {in_words(balance.reserved / 1000)} held by runs" if balance.reserved else ""
    _console.print(
        f"{escape(balance.entrant)} has {in_words(balance.available / 1000)} left of "
        f"{in_words(balance.granted / 1000)}{held}."
    )
