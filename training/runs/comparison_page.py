"""The page that sets runs side by side, with their curves over each other."""

from collections.abc import Callable, Sequence
from pathlib import Path

from training.runs import wording
from training.runs.charts import Chart, Line, chart
from training.runs.comparison import Compared, compare
from training.runs.curves import SMOOTHED_FROM, Curves, Point, curves, smoothed
from training.runs.reading import progress_of
from training.runs.record import RunRecord
from training.runs.rendering import render
from training.runs.results import results
from training.runs.run_charts import LOSS_UNIT

STYLES = 8
MOST_RUNS = STYLES


def compared(record: RunRecord, folder: Path) -> Compared:
    """A run, ready to be compared. Raises RunBroken."""
    progress = progress_of(folder)
    return Compared(record, results(record, progress), progress)


def comparison_page(runs: Sequence[Compared]) -> str:
    """The page as HTML, of at most MOST_RUNS runs: each has a colour and a dash of its own."""
    comparison = compare(runs)
    found = [curves(run.progress) for run in runs]

    def overlaid(title: str, of: Callable[[Curves], tuple[Point, ...]], about: str = "", zero: bool = False) -> Chart:
        lines = [
            Line(name, f"c{place}", _drawn(of(one)))
            for place, (name, one) in enumerate(zip(comparison.titles, found, strict=True))
        ]
        return chart(title, lines, wording.number, about=about, zero=zero)

    return render(
        "compare.html.jinja",
        {
            "comparison": comparison,
            "records": [run.record for run in runs],
            "big": overlaid("Validation loss", lambda one: one.validation, LOSS_UNIT),
            "charts": [
                overlaid("Training loss", lambda one: one.loss, LOSS_UNIT),
                overlaid("Learning rate", lambda one: one.learning_rate, zero=True),
            ],
        },
    )


def _drawn(points: tuple[Point, ...]) -> tuple[Point, ...]:
    return smoothed(points) if len(points) >= SMOOTHED_FROM else points
