"""Charts as data: curves turned into SVG paths in percent of the plot. Templates give them words and colours.

A plot is stretched to whatever room there is, so paths have no text in them; labels are HTML beside it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from training.runs.curves import Point, thinned
from training.runs.scales import Scale, labelled, scale_of, steps_of

Say = Callable[[float], str]
Tick = tuple[float, str]
_LATE, _LATE_STRETCH = 50.0, 85.0  # percent; a mark further right says its words to its left


@dataclass(frozen=True, slots=True)
class Line:
    """What to draw: points (x, value) and a style, which is a class of the stylesheet. `faint` lines have no legend."""

    label: str
    style: str
    points: tuple[Point, ...]
    dotted: bool = False  # show each point
    faint: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A place worth naming: at `x`, on the curve where `y` is given; `until` makes it a stretch."""

    label: str
    style: str
    x: float
    y: float | None = None
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """A drawn line: its path, its dots (x, y), and what the pointer reads off it: (x, y, step, value in words)."""

    label: str
    style: str
    path: str
    dots: tuple[Point, ...]
    readings: tuple[tuple[float, float, float, str], ...]
    faint: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """A mark in percent. `width` is that of a stretch; `late` marks have their words on the left."""

    label: str
    style: str
    x: float
    y: float | None
    width: float | None
    late: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything a template needs for one plot. `is_empty` where there is nothing to draw yet."""

    title: str
    about: str
    x_ticks: tuple[Tick, ...] = ()
    y_ticks: tuple[Tick, ...] = ()
    traces: tuple[Trace, ...] = ()
    marks: tuple[Placed, ...] = ()
    is_log: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing was measured yet."""
        return not self.traces

    @property
    def to_read(self) -> list[dict[str, Any]]:
        """What the page's script needs to say values under the pointer."""
        named = [trace for trace in self.traces if trace.readings]
        return [{"label": one.label, "style": one.style, "readings": one.readings} for one in named]

    @property
    def in_words(self) -> str:
        """Where each line begins and ends, for those who cannot see it."""
        told = [
            f"{trace.label} {trace.readings[0][3]} at step {trace.readings[0][2]:,.0f}, "
            f"{trace.readings[-1][3]} at step {trace.readings[-1][2]:,.0f}"
            for trace in self.traces
            if trace.readings
        ]
        return f"{self.title}: {'; '.join(told)}."


def chart(
    title: str,
    lines: Sequence[Line],
    say: Say,
    *,
    about: str = "",
    marks: Sequence[Mark] = (),
    zero: bool = False,
    say_tick: Say | None = None,
) -> Chart:
    """Lines over training steps. `say` words a value exactly, `say_tick` (or else `say`) at the axis."""
    lines = [line for line in lines if line.points]
    if not lines:
        return Chart(title, about)
    x = steps_of([step for line in lines for step, _ in line.points])
    y = scale_of([value for line in lines for _, value in line.points], zero=zero)
    return Chart(
        title,
        about,
        x_ticks=tuple(labelled(x, lambda step: f"{step:,.0f}")),
        y_ticks=tuple(labelled(y, say_tick or say)),
        traces=tuple(_trace(line, x, y, say) for line in lines),
        marks=tuple(_placed(mark, x, y) for mark in marks),
        is_log=y.is_log,
    )


def _trace(line: Line, x: Scale, y: Scale, say: Say) -> Trace:
    points = thinned(line.points)
    places = [(x.at(step), round(100 - y.at(value), 2)) for step, value in points]
    path = "M" + "L".join(f"{left:g} {top:g}" for left, top in places)
    readings = [(left, top, step, say(value)) for (left, top), (step, value) in zip(places, points, strict=True)]
    return Trace(
        line.label,
        line.style,
        path,
        dots=tuple(places) if line.dotted or len(places) == 1 else (),
        readings=() if line.faint else tuple(readings),
        faint=line.faint,
    )


def _placed(mark: Mark, x: Scale, y: Scale) -> Placed:
    left = _within(x.at(mark.x))
    width = None if mark.until is None else _within(x.at(mark.until)) - left
    top = None if mark.y is None else _within(round(100 - y.at(mark.y), 2))
    late = left > (_LATE if width is None else _LATE_STRETCH)
    return Placed(mark.label, mark.style, left, top, width, late)


def _within(percent: float) -> float:
    return min(100.0, max(0.0, percent))
