"""The pictures of a search as data: losses try by try, each setting against the loss, and all settings at once.

Positions are in percent of the plot, as in `training.runs.charts`; templates give them colours and words.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training.runs import wording
from training.runs.charts import Tick
from training.runs.record import Status
from training.runs.scales import Scale, labelled, scale_of, steps_of
from training.search.space import Dimension, Range, Space, Values
from training.search.tries import Try

_EDGE = 8.0  # percent kept free beside the outermost value of a setting
_SPREAD = 2.4  # percent by which tries with the same value stand beside each other


@dataclass(frozen=True, slots=True)
class Dot:
    """One try: where it stands, how it ended, whether it is the best, and what the pointer reads."""

    x: float
    y: float
    style: str
    words: str


@dataclass(frozen=True, slots=True)
class Scatter:
    """Dots over an axis of tries or of a setting's values; `path` is the line of the best so far."""

    title: str
    about: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    dots: tuple[Dot, ...]
    path: str = ""


@dataclass(frozen=True, slots=True)
class Parallel:
    """One line per try across an axis for each setting and one for the loss; best last, so that it lies on top."""

    axes: tuple[tuple[str, float, tuple[Tick, ...]], ...]
    lines: tuple[tuple[str, str, str], ...]


def over_time(tries: Sequence[Try], best: Try | None) -> Scatter | None:
    """Losses in the order of the tries, and the best so far; None while no try has a loss."""
    having = [(one, one.loss) for one in tries if one.loss is not None]
    if not having:
        return None
    x, y = steps_of([one.number for one, _ in having]), scale_of([loss for _, loss in having])
    dots = tuple(Dot(x.at(one.number), _top(y, loss), _style(one, best), _words(one)) for one, loss in having)
    steps: list[str] = []
    lowest = math.inf
    for one, loss in having:
        if loss < lowest:
            corner = f"{x.at(one.number):g} {_top(y, lowest):g}L" if steps else ""
            steps.append(f"{corner}{x.at(one.number):g} {_top(y, loss):g}")
            lowest = loss
    path = "M" + "L".join([*steps, f"100 {_top(y, lowest):g}"])
    ticks = tuple(labelled(x, wording.count))
    return Scatter("Best validation loss of each try", "nats per learned token", ticks, _y_ticks(y), dots, path)


def slices(space: Space, tries: Sequence[Try], best: Try | None, shares: Mapping[str, float] | None) -> list[Scatter]:
    """Each setting against the loss, those that mattered most first."""
    having = [one for one in tries if one.loss is not None]
    if not having:
        return []
    y = scale_of([one.loss for one in having if one.loss is not None])
    ordered = sorted(space.dimensions, key=lambda one: -(shares or {}).get(one.name, 0.0))
    return [_slice(one, having, best, y, shares) for one in ordered]


def parallel(space: Space, tries: Sequence[Try], best: Try | None) -> Parallel | None:
    """All settings at once; None with fewer than two tries that have a loss."""
    having = sorted((one for one in tries if one.loss is not None), key=lambda one: -(one.loss or 0.0))
    if len(having) < 2:
        return None
    loss = scale_of([one.loss for one in having if one.loss is not None])
    count = len(space.dimensions)
    places = [(round(100 * number / count, 2), one) for number, one in enumerate(space.dimensions)]
    axes = [(one.name, left, tuple(_axis(one).ticks())) for left, one in places]
    axes.append(("loss", 100.0, _y_ticks(loss)))
    lines = []
    for rank, one in enumerate(having):
        points = [f"{left:g} {100 - _axis(dimension).at(one.changes[dimension.name]):g}" for left, dimension in places]
        points.append(f"100 {_top(loss, one.loss or 0.0):g}")
        lines.append(("M" + "L".join(points), _rank_style(one, best, rank / len(having)), _words(one)))
    return Parallel(tuple(axes), tuple(lines))


class _Choices:
    """The axis of listed values: numbers in their order, evenly apart."""

    def __init__(self, dimension: Values) -> None:
        numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in dimension.values)
        self._values = sorted(dimension.values) if numeric else list(dimension.values)

    def at(self, value: Any) -> float:
        """Percent from the left."""
        count = len(self._values)
        place = self._values.index(value) / (count - 1) if count > 1 else 0.5
        return round(_EDGE + (100 - 2 * _EDGE) * place, 2)

    def ticks(self) -> list[Tick]:
        """Every value."""
        return [(self.at(value), short(value)) for value in self._values]


class _Numbers:
    """The axis of a range."""

    def __init__(self, dimension: Range) -> None:
        self._log = dimension.log
        self._scale = Scale(dimension.low, dimension.high, _round_values(dimension), dimension.log)

    def at(self, value: Any) -> float:
        """Percent from the left."""
        return round(_EDGE + (1 - 2 * _EDGE / 100) * self._scale.at(float(value)), 2)

    def ticks(self) -> list[Tick]:
        """The ends, and the middle on the range's own scale."""
        return [(self.at(value), wording.number(value, 2)) for value in self._scale.ticks]


def _round_values(dimension: Range) -> tuple[float, ...]:
    middle = math.sqrt(dimension.low * dimension.high) if dimension.log else (dimension.low + dimension.high) / 2
    return (dimension.low, float(f"{middle:.2g}"), dimension.high)


def _axis(dimension: Dimension) -> _Choices | _Numbers:
    return _Choices(dimension) if isinstance(dimension, Values) else _Numbers(dimension)


def _slice(
    dimension: Dimension, having: Sequence[Try], best: Try | None, y: Scale, shares: Mapping[str, float] | None
) -> Scatter:
    axis, met, dots = _axis(dimension), dict[float, int](), []
    for one in having:
        here = axis.at(one.changes[dimension.name])
        met[here] = met.get(here, 0) + 1
        beside = _SPREAD * ((met[here] % 3) - 1) if isinstance(dimension, Values) else 0.0
        dots.append(Dot(round(here + beside, 2), _top(y, one.loss or 0.0), _style(one, best), _words(one)))
    share = (shares or {}).get(dimension.name)
    about = f"{100 * share:.0f} % of the differences" if share is not None else ""
    return Scatter(dimension.name, about, tuple(axis.ticks()), _y_ticks(y), tuple(dots))


def _y_ticks(y: Scale) -> tuple[Tick, ...]:
    return tuple(labelled(y, lambda value: wording.number(value, 3)))


def _top(y: Scale, loss: float) -> float:
    return round(100 - y.at(loss), 2)


def _style(one: Try, best: Try | None) -> str:
    if best is not None and one.number == best.number:
        return "best"
    return "finished" if one.status is Status.FINISHED else "cut"


def _rank_style(one: Try, best: Try | None, share: float) -> str:
    if best is not None and one.number == best.number:
        return "best"
    return "good" if share >= 0.75 else "other"


def _words(one: Try) -> str:
    told = ", ".join(f"{name} {short(value)}" for name, value in one.changes.items())
    return f"try {one.number}: {wording.loss(one.loss)} · {told}"


def short(value: Any) -> str:
    """A setting's value for a label: three digits, and long lists counted."""
    if isinstance(value, tuple):
        return f"{len(value)} modules" if len(value) > 2 else ", ".join(value)
    return f"{value:.3g}" if isinstance(value, float) else wording.setting(value)
