"""The charts of one run's page: losses with the best step and overfitting marked, rate, speed, memory, gradients."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from training.runs import wording
from training.runs.charts import Chart, Line, Mark, chart
from training.runs.curves import SMOOTHED_FROM, Curves, Point, curves, is_number, smoothed
from training.runs.record import RunRecord

LOSS_UNIT = "nats per learned token"


def run_charts(record: RunRecord, progress: Sequence[Mapping[str, Any]]) -> tuple[Chart, list[Chart]]:
    """The chart of losses, and the smaller ones."""
    found = curves(progress)
    return _losses(record, progress, found), [
        chart("Learning rate", [Line("learning rate", "calm", found.learning_rate)], wording.number, zero=True),
        chart("Tokens per second", _noisy("tokens/s", "calm", found.tokens_per_second), wording.number, zero=True),
        _memory(found.memory),
        chart("Gradient norm", _noisy("norm", "calm", found.grad_norm), wording.number),
    ]


def _losses(record: RunRecord, progress: Sequence[Mapping[str, Any]], found: Curves) -> Chart:
    return chart(
        "Loss",
        [
            *_noisy("training loss", "training", found.loss),
            Line("validation loss", "validation", found.validation, dotted=len(found.validation) <= 80),
        ],
        wording.loss,
        about=LOSS_UNIT,
        marks=list(_marks(record, progress, found)),
        say_tick=lambda value: wording.number(value, 3),
    )


def _memory(points: tuple[Point, ...]) -> Chart:
    unit, size = ("GiB", 2**30) if any(value >= 2**30 for _, value in points) else ("MiB", 2**20)
    scaled = tuple((step, value / size) for step, value in points)

    def say(value: float) -> str:
        return f"{wording.number(value, 3)} {unit}"

    return chart("Memory, peak so far", [Line("memory", "calm", scaled)], say, zero=True)


def _noisy(label: str, style: str, points: tuple[Point, ...]) -> list[Line]:
    if len(points) < SMOOTHED_FROM:
        return [Line(label, style, points, dotted=len(points) <= 12)]
    return [Line(label, style, points, faint=True), Line(f"{label}, smoothed", style, smoothed(points))]


def _marks(record: RunRecord, progress: Sequence[Mapping[str, Any]], found: Curves) -> Iterator[Mark]:
    last = max([step for step, _ in (*found.loss, *found.validation)], default=None)
    if last is None:
        return
    if record.overfitting_since is not None:
        yield Mark("overfitting", "overfitting", record.overfitting_since, until=last)
    for line in progress:
        if line.get("event") == "resumed" and is_number(line.get("step")):
            yield Mark("resumed", "resumed", float(line["step"]))
    if record.best is not None:
        value = record.best.validation_loss
        told = "kept" if value is None else f"best {wording.loss(value)}"
        yield Mark(f"{told} · step {record.best.step:,}", "best", record.best.step, y=value)
