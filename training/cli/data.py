"""`finale train data`: check, convert, curate, split, overlaps, card. Choosing rows is in `_data_curate`."""

import hashlib
import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from training.cli import _data_curate, _data_shown
from training.cli._data_options import (
    Columns,
    Encoding,
    FileFormat,
    Files,
    Force,
    MostTokens,
    Out,
    Rows,
    Seed,
    System,
    Threshold,
    Tokenizer,
    check_free,
    options_of,
    rows_of,
    sound,
    tokens_of,
    written,
)
from training.data.errors import DataError
from training.data.jsonl import whole, write_rows

NOT_CLEAN = 1
app = typer.Typer(no_args_is_help=True, help="Read, check, choose and describe training data.")
app.add_typer(_data_curate.app, name="curate")
_console = _data_shown.console

AsJson = Annotated[bool, typer.Option("--json", help="Print the whole report as JSON.")]


@app.command()
def check(
    files: Files,
    encoding: Encoding = None,
    form: FileFormat = None,
    columns: Columns = None,
    system: System = "",
    max_tokens: MostTokens = None,
    tokenizer: Tokenizer = None,
    as_json: AsJson = False,
) -> None:
    """Say what is in data files and what is wrong with them, line by line. Nothing is written.

    Exit code 0 when every record makes a row, 1 when one does not, 2 when a file cannot be read at all.
    """
    from training.data.reading import read_all

    readings = read_all(files, options_of(encoding, form, columns, system, max_tokens, tokenizer))
    if as_json:
        typer.echo(json.dumps([reading.as_json() for reading in readings], indent=2, ensure_ascii=False))
    else:
        for reading in readings:
            _data_shown.show_reading(reading)
    if not all(reading.is_clean for reading in readings):
        raise typer.Exit(NOT_CLEAN)


@app.command()
def convert(
    files: Files,
    out: Out,
    rejects: Annotated[
        Path | None, typer.Option(help="Leave records that make no row behind in this file.", show_default=False)
    ] = None,
    encoding: Encoding = None,
    form: FileFormat = None,
    columns: Columns = None,
    system: System = "",
    max_tokens: MostTokens = None,
    tokenizer: Tokenizer = None,
    force: Force = False,
) -> None:
    """Write the rows of all files in the canonical form, each with its provenance.

    A record that makes no row stops it, unless --rejects names a file that takes such records with their reasons.
    """
    from training.data.reading import read_all

    check_free(out, force)
    readings = read_all(files, options_of(encoding, form, columns, system, max_tokens, tokenizer))
    for reading in readings:
        _data_shown.show_reading(reading)
    rows = [row for reading in readings for row in reading.rows] if rejects else sound(readings)
    if not rows:
        raise DataError("None of the records makes a row, so nothing was written. The list above says why.")
    if rejects:
        refused = [one for reading in readings for one in reading.refused]
        told = [{"file": one.file, "line": one.line, "reason": one.reason, "raw": one.raw} for one in refused]
        with whole(rejects) as kept:
            kept.writelines(json.dumps(one) + "\n" for one in told)  # ASCII: broken bytes must come through, too
        _say(f"{len(refused):,} records left behind in {rejects}.")
    report = written(out, rows, {"files": [reading.as_json() for reading in readings], "rows": len(rows)})
    _done(f"{len(rows):,} rows in {out}; the whole report is in {report}.")


@app.command()
def split(
    file: Rows,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for training.jsonl and validation.jsonl.")],
    share: Annotated[float, typer.Option(help="Share of the rows for validation.")] = 0.1,
    seed: Seed = 0,
    threshold: Threshold = 0.8,
    force: Force = False,
) -> None:
    """Split rows into training and validation, with no near-duplicate on both sides."""
    from training.data.curate import split as split_

    check_free(out / "training.jsonl", force)
    with _console.status("Looking for near-duplicates …"):
        found = split_(rows_of(file), share, seed, threshold)
    write_rows(out / "validation.jsonl", found.validation)
    report = written(out / "training.jsonl", found.training, found.as_json())
    _done(
        f"{len(found.training):,} rows in {out / 'training.jsonl'}, {len(found.validation):,} in "
        f"{out / 'validation.jsonl'}; the report is in {report}."
    )
    for note in found.notes:
        _say(f"  {note}")


@app.command()
def overlaps(
    questions: Annotated[
        Path, typer.Argument(help="An event file, JSONL, or one question a line.", show_default=False)
    ],
    file: Rows,
    remove: Annotated[bool, typer.Option("--remove", help="Write the rows without those that overlap.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="JSONL file for --remove.", show_default=False)
    ] = None,
    runs: Annotated[float, typer.Option(help="Share of a question's five-word runs that counts as overlap.")] = 0.5,
    similar: Annotated[float, typer.Option(help="Similarity of the questions that counts as overlap.")] = 0.5,
    as_json: AsJson = False,
    force: Force = False,
) -> None:
    """Find questions of the finale in training data, with both texts. Rows are removed only with --remove.

    Exit code 0 when nothing overlaps (or it was removed), 1 when something does.
    """
    from training.data import overlaps as finding
    from training.data.questions import read_questions

    if remove != (out is not None):
        raise DataError("--remove and --out FILE belong together: the file takes the rows that are left.")
    if out is not None:
        check_free(out, force)
    rows, limits = rows_of(file), finding.Limits(runs, similar)
    found = finding.overlaps(rows, read_questions(questions), limits)
    if as_json:
        typer.echo(json.dumps([one.as_json() for one in found], indent=2, ensure_ascii=False))
    else:
        _data_shown.show_overlaps(found)
        _say(f"{len({one.place for one in found}):,} of {len(rows):,} rows hold a question.")
    if out is not None:
        sha256 = hashlib.sha256(questions.read_bytes()).hexdigest()
        outcome = finding.without(rows, found, limits, sha256)
        _data_shown.show_outcome(outcome, out, written(out, outcome.rows, outcome.as_json()))
    elif found:
        raise typer.Exit(NOT_CLEAN)


@app.command()
def card(
    file: Rows,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for card.json, README.md and the picture.")],
    name: Annotated[str, typer.Option(help="What the data set is called; the file's name if left out.")] = "",
    licence: Annotated[str, typer.Option(help="Licence of the data; asked for if left out.", show_default=False)] = "",
    about: Annotated[str, typer.Option(help="A sentence or two about it.", show_default=False)] = "",
    tokenizer: Tokenizer = None,
) -> None:
    """Write the card of a data set: counts, token histograms, examples, hashes, languages, licence, steps."""
    from training.data.card import About, make_card
    from training.data.card_files import write_card

    if not licence and sys.stdin.isatty():
        licence = typer.prompt('Licence of the data (in words if it has no name, such as "own work")')
    rows = rows_of(file)
    with _console.status("Counting tokens …"):
        made = make_card(rows, About(name or file.stem, licence, about), tokens_of(tokenizer))
    files = write_card(out, made)
    _done(", ".join(str(place) for place in files))


def _done(text: str) -> None:
    _console.print(f"[green]✓[/] {escape(text)}")


def _say(text: str) -> None:
    _console.print(escape(text))
