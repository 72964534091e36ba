"""Options of `finale train run` and `finale train estimate`, and what they make together."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from training.errors import TrainingError

if TYPE_CHECKING:
    from training.data.rows import TrainingRow
    from training.hours import EntrantHours
    from training.tuning import Prompt

LEDGER_VARIABLE = "FINALE_HOURS"
DEFAULT_LEDGER = Path("var/hours.db")

Validation = Annotated[
    Path | None, typer.Option(help="Validation rows; left out, a part of DATA is held out.", show_default=False)
]
Base = Annotated[Path, typer.Option(help="Folder of the base model.", show_default="the demo base")]
MaybeBase = Annotated[
    Path | None, typer.Option("--base", help="Folder of the base model.", show_default="the demo base")
]
Preset = Annotated[str | None, typer.Option(help="Settings to begin with: laptop or jumpstart.", show_default="laptop")]
SettingsFile = Annotated[
    Path | None, typer.Option("--settings", help="Settings as TOML or JSON, on top of the preset.", show_default=False)
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", "-s", help="A setting, such as lora_r=16; once for each.", show_default=False),
]
Entrant = Annotated[str, typer.Option(help="Whose hours are used; left out, nobody's.", show_default=False)]
Ledger = Annotated[Path | None, typer.Option(help="The ledger of hours.", show_default=str(DEFAULT_LEDGER))]
Budget = Annotated[str | None, typer.Option(help="Most time it may take now, such as 30m.", show_default=False)]
MaxRank = Annotated[int, typer.Option(min=1, help="Highest rank that the event serves.")]


def ledger_path(given: Path | None) -> Path:
    """The ledger: as given, else as FINALE_HOURS says, else var/hours.db."""
    return given or Path(os.environ.get(LEDGER_VARIABLE) or DEFAULT_LEDGER)


def hours_of(entrant: str, ledger: Path | None) -> "EntrantHours | None":
    """The entrant's share of the ledger; None without an entrant."""
    from training.hours import EntrantHours
    from training.hours import Ledger as Book

    return EntrantHours(Book(ledger_path(ledger)), entrant) if entrant else None


def seconds_of(budget: str | None) -> float | None:
    """The budget in seconds. Raises HoursRefused."""
    from training.hours import parse_seconds

    return None if budget is None else parse_seconds(budget)


def rows_of(data: Path, validation: Path | None) -> "tuple[list[TrainingRow], list[TrainingRow]]":
    """The rows of both files, in any shape that `finale train data check` finds no fault with. Raises DataError."""
    from training.cli._data_options import rows_of as read

    return read(data), read(validation) if validation else []


def prompts_of(file: Path | None) -> "list[Prompt]":
    """The prompts to sample. Raises TryingRefused, LinesRefused."""
    from training.trying.prompts import read_prompts

    return [asked.prompt for asked in read_prompts(file)] if file else []


class NoData(TrainingError):
    """Rows are missing on the command line."""
