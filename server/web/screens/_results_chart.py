"""The places over the rounds as a line per finalist: geometry for an SVG, from plain numbers. Knows no event."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from unicodedata import east_asian_width

ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Course:
    """One finalist's way: strict places (1 is first) after each round, and the words for each point."""

    lane: int
    name: str
    places: tuple[int, ...]
    words: tuple[str, ...]
    total: str


@dataclass(frozen=True, slots=True)
class Look:
    """Sizes in units of the drawing. `label`: room for a name at the end of its line, `units` Latin letters wide."""

    key: str
    width: int
    row: int
    label: int
    units: float
    marker: int


WIDE = Look("wide", width=960, row=62, label=236, units=24, marker=26)
NARROW = Look("narrow", width=360, row=52, label=112, units=13, marker=18)
TOP, BOTTOM, LEFT = 30, 12, 34


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """One finalist's line with its markers and the lines of its direct label."""

    lane: int
    path: str
    points: tuple[Point, ...]
    label_x: float
    label_y: float
    label: tuple[str, ...]
    total: str


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    """All that the template needs. `rounds` are ticks along x, `places` along y."""

    key: str
    width: int
    height: int
    marker: int
    top: int
    bottom: int
    lines: tuple[Line, ...]
    rounds: tuple[Tick, ...]
    places: tuple[Tick, ...]


def chart(courses: Sequence[Course], rounds: Sequence[str], look: Look) -> Chart:
    """The drawing of `courses`, in the order of their last place; `rounds` are the words under each step."""
    ways = sorted(courses, key=lambda course: course.places[-1])
    height = TOP + BOTTOM + look.row * len(ways)
    return Chart(
        key=look.key,
        width=look.width,
        height=height,
        marker=look.marker,
        top=TOP,
        bottom=height - BOTTOM,
        lines=tuple(_line(way, len(rounds), look) for way in ways),
        rounds=tuple(Tick(_x(step, len(rounds), look), words) for step, words in enumerate(rounds)),
        places=tuple(Tick(_y(place, look), str(place)) for place in range(1, len(ways) + 1)),
    )


def _x(step: int, steps: int, look: Look) -> float:
    inner = look.width - LEFT - look.label - look.marker
    return round(LEFT + look.marker / 2 + inner * (step / (steps - 1) if steps > 1 else 1), 1)


def _y(place: int, look: Look) -> float:
    return round(TOP + look.row * (place - 0.5), 1)


def _line(way: Course, steps: int, look: Look) -> Line:
    points = tuple(
        Point(_x(step, steps, look), _y(place, look), words)
        for step, (place, words) in enumerate(zip(way.places, way.words, strict=True))
    )
    return Line(
        lane=way.lane,
        path=_path(points),
        points=points,
        label_x=points[-1].x + look.marker,
        label_y=points[-1].y,
        label=wrapped(way.name, look.units),
        total=way.total,
    )


def _path(points: Sequence[Point]) -> str:
    """Flat at every round, an S between two: the eye follows a line through its crossings."""
    path = f"M{points[0].x} {points[0].y}"
    for one, other in pairwise(points):
        middle = round((one.x + other.x) / 2, 1)
        path += f"C{middle} {one.y} {middle} {other.y} {other.x} {other.y}"
    return path


def wrapped(name: str, units: float, most: int = 2) -> tuple[str, ...]:
    """`name` on at most `most` lines of `units` Latin letters; what does not fit ends in an ellipsis."""
    lines: list[str] = [""]
    for word in _pieces(name, units):
        longer = f"{lines[-1]} {word}".strip()
        if _width(longer) <= units:
            lines[-1] = longer
        else:
            lines.append(word)
    lines = [line for line in lines if line] or [""]
    if len(lines) > most:
        lines = [*lines[: most - 1], _cut(" ".join(lines[most - 1 :]), units)]
    return tuple(lines)


def _pieces(name: str, units: float) -> list[str]:
    pieces: list[str] = []
    for word in name.split():
        while _width(word) > units:
            head = _head(word, units)
            pieces.append(head)
            word = word[len(head) :]
        pieces.append(word)
    return pieces


def _cut(text: str, units: float) -> str:
    return _head(text, units - 1).rstrip() + ELLIPSIS


def _head(text: str, units: float) -> str:
    end = 1
    while end < len(text) and _width(text[: end + 1]) <= units:
        end += 1
    return text[:end]


def _width(text: str) -> float:
    return sum(1.8 if east_asian_width(letter) in "WF" else 1 for letter in text)
