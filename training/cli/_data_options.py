"""Options that the commands on data share, and what they become."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from training.data.errors import DataError
from training.data.jsonl import whole, write_rows
from training.data.records import Format
from training.data.rows import TrainingRow

if TYPE_CHECKING:
    from training.data.reading import Options, Reading
    from training.data.tokens import Tokens

Files = Annotated[list[Path], typer.Argument(metavar="FILE…", help="JSONL, JSON or CSV.", show_default=False)]
Rows = Annotated[Path, typer.Argument(metavar="FILE", help="Rows in any shape.", show_default=False)]
Out = Annotated[Path, typer.Option("--out", "-o", help="JSONL file to write.", show_default=False)]
Force = Annotated[bool, typer.Option("--force", help="Overwrite what is there.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same rows.")]
Threshold = Annotated[float, typer.Option(help="From this similarity on (0.3 to 1) two rows count as near-duplicates.")]
Encoding = Annotated[
    str | None, typer.Option(help="Encoding of the files, such as gb18030; found out if left out.", show_default=False)
]
FileFormat = Annotated[
    Format | None,
    typer.Option("--format", help="How rows lie in the files; found out if left out.", show_default=False),
]
Columns = Annotated[
    list[str] | None,
    typer.Option("--map", help="FIELD=COLUMN, such as response=answer; once for each.", show_default=False),
]
System = Annotated[str, typer.Option(help="A system prompt for every row that has none.", show_default=False)]
MostTokens = Annotated[
    int | None,
    typer.Option("--max-tokens", min=1, help="Refuse rows longer than this, template included.", show_default=False),
]
Tokenizer = Annotated[
    Path | None,
    typer.Option(help="Folder of the model that will learn; the demo base's if left out.", show_default=False),
]


def tokens_of(folder: Path | None) -> "Tokens":
    """The tokenizer in a folder, or the demo base's. Raises DataError."""
    from training.data.tokens import Tokens
    from training.places import DEMO_BASE

    return Tokens(folder or DEMO_BASE)


def options_of(
    encoding: str | None,
    form: Format | None,
    columns: list[str] | None,
    system: str,
    most_tokens: int | None,
    tokenizer: Path | None,
) -> "Options":
    """How to read, as it was asked for. Raises DataError."""
    from training.data.reading import Options

    lengths = tokens_of(tokenizer).of_rows if most_tokens is not None else None
    return Options(encoding, form, mapping_of(columns or []), system, lengths, most_tokens)


def mapping_of(columns: Sequence[str]) -> dict[str, str]:
    """{"response": "answer"} of ["response=answer"]. Raises DataError."""
    mapping: dict[str, str] = {}
    for told in columns:
        ours, equals, theirs = told.partition("=")
        if not equals or not ours or not theirs or ours in mapping:
            raise DataError(
                f"--map takes FIELD=COLUMN, each field once, such as response=answer; {told!r} is not that."
            )
        mapping[ours] = theirs
    return mapping


def sound(readings: "Sequence[Reading]") -> list[TrainingRow]:
    """The rows of files in which nothing was refused. Raises DataError that says where to look."""
    for reading in readings:
        if not reading.is_clean:
            raise DataError(
                f"{reading.file}: {len(reading.refused):,} of {reading.records:,} records make no row. Look with "
                "`finale train data check`, or leave them behind with `finale train data convert --rejects FILE`."
            )
    return [row for reading in readings for row in reading.rows]


def rows_of(path: Path) -> list[TrainingRow]:
    """The rows of one file in any shape. Raises DataError where a record makes none."""
    from training.data.reading import read

    return sound([read(path)])


def check_free(path: Path, force: bool) -> None:
    """Raise DataError if the file is there and may not be overwritten."""
    if path.exists() and not force:
        raise DataError(f"{path} is there already. Choose another name, or overwrite it with --force.")


def written(path: Path, rows: Sequence[TrainingRow], report: dict[str, Any]) -> Path:
    """Write the rows, and beside them the whole report; returns the report's place."""
    write_rows(path, rows)
    place = path.with_name(path.name + ".report.json")
    with whole(place) as out:
        out.write(json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    return place
