"""The curves of a run, read off its progress: losses, learning rate, speed, memory. Drawing them is `charts`' work."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, TypeGuard

MOST_POINTS = 600  # of a drawn curve; a screen shows no more
SMOOTHED_FROM = 40  # points; fewer are drawn as they are
_WINDOWS = 25  # the moving average spans a twenty-fifth of the run

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Curves:
    """Points (step, value) by what was measured. Losses in nats per learned token, memory in bytes."""

    loss: tuple[Point, ...]
    validation: tuple[Point, ...]
    learning_rate: tuple[Point, ...]
    tokens_per_second: tuple[Point, ...]
    memory: tuple[Point, ...]
    grad_norm: tuple[Point, ...]


def curves(progress: Sequence[Mapping[str, Any]]) -> Curves:
    """The curves in the lines of progress.jsonl. What is no finite number is left out, as a damaged line would be."""
    return Curves(
        loss=_points(progress, "loss"),
        validation=_points(progress, "validation_loss"),
        learning_rate=_points(progress, "learning_rate"),
        tokens_per_second=_points(progress, "tokens_per_second"),
        memory=_points(progress, "memory_bytes"),
        grad_norm=_points(progress, "grad_norm"),
    )


def is_number(value: Any) -> TypeGuard[float]:
    """Whether a value from a file is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def thinned(points: Sequence[Point], most: int = MOST_POINTS) -> tuple[Point, ...]:
    """At most `most` points that look the same: of each stretch its lowest and highest, so that no spike is lost."""
    if len(points) <= most:
        return tuple(points)
    stretches = max(1, (most - 2) // 2)
    inner = points[1:-1]
    kept = {points[0], points[-1]}
    for number in range(stretches):
        stretch = inner[number * len(inner) // stretches : (number + 1) * len(inner) // stretches]
        kept |= {min(stretch, key=_height), max(stretch, key=_height)}
    return tuple(sorted(kept))


def smoothed(points: Sequence[Point]) -> tuple[Point, ...]:
    """The mean of the points around each, so many before as behind, and fewer at the ends: no lag, no bend."""
    values = [value for _, value in points]
    sums = [0.0, *accumulate(values)]
    reach = max(1, len(points) // (2 * _WINDOWS))
    found = []
    for number, (step, _) in enumerate(points):
        side = min(reach, number, len(points) - 1 - number)
        found.append((step, (sums[number + side + 1] - sums[number - side]) / (2 * side + 1)))
    return tuple(found)


def _points(progress: Iterable[Mapping[str, Any]], name: str) -> tuple[Point, ...]:
    found = {line["step"]: float(line[name]) for line in progress if _has(line, name)}
    return tuple(sorted(found.items()))


def _has(line: Mapping[str, Any], name: str) -> bool:
    return is_number(line.get("step")) and is_number(line.get(name))


def _height(point: Point) -> float:
    return point[1]
