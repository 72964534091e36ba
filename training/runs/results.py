"""What a run came to, in figures: from its record and its progress. Curves are `curves`' matter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training.runs.curves import is_number
from training.runs.record import RunRecord


@dataclass(frozen=True, slots=True)
class Results:
    """Figures of a run; None where it has none. Losses in nats per learned token, memory in bytes at the peak."""

    validation_loss: float | None
    best_step: int | None
    training_loss: float | None
    step: int
    epoch: float | None
    tokens: int | None
    tokens_per_second: float | None
    memory_bytes: float | None
    seconds: float
    seconds_left: float | None
    overfitting_since: int | None


def results(record: RunRecord, progress: Sequence[Mapping[str, Any]]) -> Results:
    """The figures as of now."""
    stepped = [line for line in progress if is_number(line.get("loss")) and is_number(line.get("step"))]
    last = stepped[-1] if stepped else {}
    tokens, seconds = _figure(last, "tokens"), _figure(last, "seconds")
    return Results(
        validation_loss=record.best.validation_loss if record.best else None,
        best_step=record.best.step if record.best else None,
        training_loss=_figure(last, "loss"),
        step=int(_figure(last, "step") or 0),
        epoch=_figure(last, "epoch"),
        tokens=int(tokens) if tokens is not None else None,
        tokens_per_second=tokens / seconds if tokens and seconds else _figure(last, "tokens_per_second"),
        memory_bytes=max(
            (line["memory_bytes"] for line in stepped if is_number(line.get("memory_bytes"))), default=None
        ),
        seconds=max(record.seconds, seconds or 0.0),
        seconds_left=_figure(last, "seconds_left"),
        overfitting_since=record.overfitting_since,
    )


def _figure(line: Mapping[str, Any], name: str) -> float | None:
    value = line.get(name)
    return float(value) if is_number(value) else None
