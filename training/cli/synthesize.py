"""`finale train synthesize`: topics, texts, refine, review."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from training.cli import _synthesize_run
from training.cli._data_options import Encoding, Force, Rows, check_free, rows_of
from training.cli._synthesize_options import Given, with_given
from training.data.rows import TrainingRow
from training.synthetic.errors import SynthesisRefused
from training.synthetic.prompts import STYLES, Form, Kind

app = typer.Typer(
    no_args_is_help=True, help="Let a model write or refine training rows; look at them before you train."
)
_console = Console(soft_wrap=True, highlight=False)

FormOption = Annotated[Form, typer.Option(help="How the reply is laid out. Plain suits small models: only a response.")]
Language = Annotated[str, typer.Option(help="ISO 639-1 code, such as en, zh, ms, ta. Other replies are refused.")]
Style = Annotated[
    list[str] | None,
    typer.Option(help="How responses should be; once for each, they take turns.", show_default="five styles"),
]
PerSubject = Annotated[int, typer.Option("--each", min=1, max=1000, help="Rows wanted on each.")]
Against = Annotated[
    Path | None, typer.Option(help="Rows you have already: near-duplicates of them are refused.", show_default=False)
]
Threshold = Annotated[float, typer.Option(help="From this similarity on a row counts as a near-duplicate.")]


@app.command()
@with_given
def topics(
    topics: Annotated[
        Path, typer.Argument(help="One topic a line, or JSONL with topic and notes.", show_default=False)
    ],
    given: Given,
    each: PerSubject = 5,
    form: FormOption = Form.SECTIONS,
    language: Language = "en",
    style: Style = None,
    against: Against = None,
    threshold: Threshold = 0.8,
    encoding: Encoding = None,
) -> None:
    """Write rows on topics: instruction, context, response.

    The cost is estimated before and a budget stops it. Every reply is kept in the journal, so the same command goes on
    where it was stopped and pays for nothing twice.
    """
    from training.synthetic.subjects import read_topics
    from training.synthetic.tasks import Wishes, tasks_on

    wishes = Wishes(form, language, tuple(style or STYLES), each, given.most_words)
    tasks = tasks_on(read_topics(topics, encoding), Kind.TOPIC, wishes)
    _synthesize_run.go("topics", tasks, given, threshold=threshold, earlier=_earlier(against))


@app.command()
@with_given
def texts(
    texts: Annotated[list[Path], typer.Argument(help="Text files, or folders of them.", show_default=False)],
    given: Given,
    each: PerSubject = 3,
    passage_words: Annotated[int, typer.Option(min=20, help="Most words of a passage.")] = 400,
    form: FormOption = Form.SECTIONS,
    language: Language = "en",
    style: Style = None,
    against: Against = None,
    threshold: Threshold = 0.8,
    encoding: Encoding = None,
) -> None:
    """Write rows from source texts, passage by passage; every response must follow from its passage."""
    from training.synthetic.subjects import read_texts
    from training.synthetic.tasks import Wishes, tasks_on

    wishes = Wishes(form, language, tuple(style or STYLES), each, given.most_words)
    tasks = tasks_on(read_texts(texts, passage_words, encoding), Kind.TEXT, wishes)
    _synthesize_run.go("texts", tasks, given, threshold=threshold, earlier=_earlier(against))


@app.command()
@with_given
def refine(file: Rows, given: Given, form: FormOption = Form.SECTIONS) -> None:
    """Let a stronger model improve the responses of rows, for accuracy and completeness; instructions stay.

    A row whose new response is refused stays as it was, and the report says why.
    """
    from training.synthetic.tasks import tasks_to_refine

    _synthesize_run.go("refine", tasks_to_refine(rows_of(file), form, given.most_words), given)


@app.command()
def review(
    folder: Annotated[Path, typer.Argument(help="The folder of a run.", show_default=False)],
    write: Annotated[
        Path | None, typer.Option(help="Write a review file here: .csv or .jsonl.", show_default=False)
    ] = None,
    apply: Annotated[Path | None, typer.Option(help="Apply this review file.", show_default=False)] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Reviewed rows, for --apply.", show_default=False)
    ] = None,
    force: Force = False,
) -> None:
    """Decide by hand: write a file with every row, set drop or edit a response in it, apply it.

    A file with a mistake is refused as a whole, with the line of each mistake.
    """
    from training.data.jsonl import read_rows, write_rows
    from training.synthetic.report import REPORT, ROWS
    from training.synthetic.review import apply_review, write_review

    if (write is None) == (apply is None):
        raise SynthesisRefused("Say --write FILE for a file to review, or --apply FILE --out ROWS with a reviewed one.")
    rows = read_rows(folder / ROWS)
    if write is not None:
        check_free(write, force)
        write_review(write, rows, _before(folder / REPORT))
        _say(f"{len(rows):,} rows to review in {write}: set drop, or edit the response.")
    elif apply is not None:
        if out is None:
            raise SynthesisRefused("Say where the reviewed rows go: --out FILE.")
        check_free(out, force)
        found = apply_review(apply, rows)
        write_rows(out, found.rows)
        _say(f"{len(found.rows):,} rows in {out}: {found.edited:,} edited, {found.dropped:,} dropped.")


def _before(report: Path) -> dict[str, str]:
    """Responses before refining, by the row's id now."""
    data = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
    return {one["id"]: one["before"] for one in data.get("refined", {}).get("rows", ())}


def _earlier(file: Path | None) -> list[TrainingRow]:
    return rows_of(file) if file else []


def _say(text: str) -> None:
    _console.print(f"[green]✓[/] {escape(text)}")
