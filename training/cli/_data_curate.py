"""`finale train data curate`: longest, random, dedupe, length, language, mix. Each writes rows and a report."""

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from training.cli import _data_shown
from training.cli._data_options import (
    Force,
    Out,
    Rows,
    Seed,
    Threshold,
    Tokenizer,
    check_free,
    rows_of,
    tokens_of,
    written,
)
from training.data.choices import Keep, Measured, Part
from training.data.errors import DataError

if TYPE_CHECKING:
    from training.data.curate import Ingredient, Outcome

app = typer.Typer(no_args_is_help=True, help="Choose rows. What went and why stands in OUT.report.json.")

K = Annotated[int, typer.Option("--k", "-k", help="How many rows.", show_default=False)]


@app.command()
def longest(file: Rows, k: K, out: Out, tokenizer: Tokenizer = None, force: Force = False) -> None:
    """Keep the K rows with the longest responses, in tokens (arXiv 2402.04833)."""
    from training.data import curate

    check_free(out, force)
    with _data_shown.console.status("Counting tokens …"):
        outcome = curate.longest(rows_of(file), k, tokens_of(tokenizer))
    _write(outcome, out)


@app.command("random")
def random_(file: Rows, k: K, out: Out, seed: Seed = 0, force: Force = False) -> None:
    """Keep K rows at random."""
    from training.data import curate

    check_free(out, force)
    _write(curate.random_rows(rows_of(file), k, seed), out)


@app.command()
def dedupe(
    file: Rows,
    out: Out,
    threshold: Threshold = 0.8,
    keep: Annotated[Keep, typer.Option(help="Which stays: the longest response, or the first.")] = Keep.LONGEST,
    part: Annotated[Part, typer.Option(help="What is compared.")] = Part.ROW,
    force: Force = False,
) -> None:
    """Take near-duplicates out: of rows that say nearly the same, one stays."""
    from training.data import curate

    check_free(out, force)
    with _data_shown.console.status("Looking for near-duplicates …"):
        outcome = curate.dedupe(rows_of(file), threshold, keep, part)
    _write(outcome, out)


@app.command()
def length(
    file: Rows,
    out: Out,
    least: Annotated[int, typer.Option(help="Fewest tokens.")] = 1,
    most: Annotated[int | None, typer.Option(help="Most tokens.", show_default=False)] = None,
    measured: Annotated[Measured, typer.Option(help="What is counted; a row with its template.")] = Measured.RESPONSE,
    tokenizer: Tokenizer = None,
    force: Force = False,
) -> None:
    """Keep rows whose response (or whole row) is neither too short nor too long, in tokens."""
    from training.data import curate

    check_free(out, force)
    _write(curate.by_length(rows_of(file), tokens_of(tokenizer), least, most, measured), out)


@app.command()
def language(
    file: Rows,
    out: Out,
    languages: Annotated[
        list[str], typer.Option("--language", "-l", help="ISO 639-1 code, such as en; once for each.")
    ],
    sure: Annotated[float, typer.Option(help="How sure it must be, 0 to 1.")] = 0.2,
    force: Force = False,
) -> None:
    """Keep rows whose response is in one of the languages. Malay and Indonesian look alike: name both."""
    from training.data import curate

    check_free(out, force)
    with _data_shown.console.status("Reading languages …"):
        outcome = curate.by_language(rows_of(file), frozenset(languages), sure)
    _write(outcome, out)


@app.command()
def mix(
    sets: Annotated[list[str], typer.Argument(metavar="FILE=WEIGHT…", help="Such as own.jsonl=3 dolly.jsonl=1.")],
    out: Out,
    total: Annotated[int | None, typer.Option(help="How many rows; as many as possible if left out.")] = None,
    seed: Seed = 0,
    force: Force = False,
) -> None:
    """Mix several sets by weight. No row is taken twice: a set that is too small is told, never repeated."""
    from training.data import curate

    check_free(out, force)
    _write(curate.mix([_ingredient(told) for told in sets], seed, total), out)


def _ingredient(told: str) -> "Ingredient":
    from training.data.curate import Ingredient

    file, _, weight = told.rpartition("=")
    try:
        share = Fraction(weight if file else "")
    except (ValueError, ZeroDivisionError) as error:
        raise DataError(
            f"A set is given as FILE=WEIGHT, such as own.jsonl=3 or own.jsonl=1/4; {told!r} is not."
        ) from error
    return Ingredient(Path(file).name, rows_of(Path(file)), share)


def _write(outcome: "Outcome", out: Path) -> None:
    _data_shown.show_outcome(outcome, out, written(out, outcome.rows, outcome.as_json()))
