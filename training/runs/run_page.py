"""The page of one run, from its folder: whatever stands there now, running or over. Looks are the templates' matter."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from training.runs.curves import is_number
from training.runs.disk import write_whole
from training.runs.reading import progress_of, samples_of, sound_record
from training.runs.record import RunRecord, Status
from training.runs.rendering import render
from training.runs.results import Results, results
from training.runs.run_charts import run_charts
from training.runs.samples import side_by_side

PAGE = "report.html"
REFRESH_SECONDS = 10


def write_run_page(folder: Path, to: Path | None = None) -> Path:
    """Write the page of the run in `folder`, as RUN/report.html or `to`; where it is. Raises RunBroken, OSError."""
    place = to or folder / PAGE
    write_whole(place, run_page(folder))
    return place


def run_page(folder: Path) -> str:
    """The page as HTML; while the run goes on, a browser looks again by itself. Raises RunBroken, OSError."""
    record, progress = sound_record(folder), progress_of(folder)
    figures = results(record, progress)
    losses, charts = run_charts(record, progress)
    is_over = record.status is not Status.RUNNING
    kept = record.best.step if record.best else None
    return render(
        "run.html.jinja",
        {
            "record": record,
            "results": figures,
            "share": _share(figures),
            "losses": losses,
            "charts": charts,
            "asked": side_by_side(samples_of(folder), kept_step=kept, is_over=is_over),
            "settings": settings_of(record),
            "events": _events(progress),
        },
        refresh_seconds=None if is_over else REFRESH_SECONDS,
    )


def settings_of(record: RunRecord) -> Sequence[Mapping[str, Any]]:
    """Name, value, default and meaning of every setting, those that were changed first."""
    from training.tuning.settings import TuningSettings, descriptions
    from training.tuning.settings_file import as_json

    defaults, about = as_json(TuningSettings()), descriptions()
    told = [
        {
            "name": name,
            "value": value,
            "default": defaults.get(name),
            "about": about.get(name, ""),
            "is_changed": name not in defaults or value != defaults[name],
        }
        for name, value in record.settings.items()
    ]
    return sorted(told, key=lambda one: not one["is_changed"])


def _share(figures: Results) -> float | None:
    """How much of a running run is done, in percent, by its own reckoning of the time left."""
    if figures.seconds_left is None or figures.seconds + figures.seconds_left <= 0:
        return None
    return round(100 * figures.seconds / (figures.seconds + figures.seconds_left), 1)


def _events(progress: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What happened, with the last checkpoint alone: each replaces those before it."""
    told = [line for line in progress if isinstance(line.get("message"), str)]
    saved = [line for line in told if line.get("event") == "saved"]
    kept = [line for line in told if line not in saved[:-1]]
    steps = ((line, line.get("step")) for line in kept)
    return [
        {"event": line.get("event"), "step": step if is_number(step) else 0, "message": line["message"]}
        for line, step in steps
    ]
