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
    """Sizes in units of the drawing. A name at the end of its line may be `units` Latin letters of `letter` wide."""

    key: str
    width: int
    row: int
    letter: float
    units: float
    marker: float
    marks_double: bool


WIDE = Look("wide", width=960, row=52, letter=9, units=24, marker=26, marks_double=True)
NARROW = Look("narrow", width=360, row=46, letter=8.4, units=12, marker=18, marks_double=False)
TOP, BOTTOM, LEFT, SECOND_LINE = 30, 12, 34, 16


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
    marker: float
    top: int
    bottom: int
    lines: tuple[Line, ...]
    rounds: tuple[Tick, ...]
    places: tuple[Tick, ...]


def chart(courses: Sequence[Course], rounds: Sequence[str], look: Look) -> Chart:
    """The drawing of `courses`, in the order of their last place; `rounds` are the words above each step."""
    ways = sorted(courses, key=lambda course: course.places[-1])
    labels = [wrapped(way.name, look.units) for way in ways]
    at = _steps(labels, [way.total for way in ways], len(rounds), look)
    row = look.row + SECOND_LINE * (max(map(len, labels)) - 1)
    marker = min(look.marker, round(0.7 * (at[1] - at[0]), 1)) if len(at) > 1 else look.marker
    height = TOP + BOTTOM + row * len(ways)
    return Chart(
        key=look.key,
        width=look.width,
        height=height,
        marker=marker,
        top=TOP,
        bottom=height - BOTTOM,
        lines=tuple(_line(way, label, at, row, look) for way, label in zip(ways, labels, strict=True)),
        rounds=tuple(Tick(x, w if look.marks_double else w.split()[0]) for x, w in zip(at, rounds, strict=True)),
        places=tuple(Tick(_y(place, row), str(place)) for place in range(1, len(ways) + 1)),
    )


def _steps(labels: Sequence[tuple[str, ...]], totals: Sequence[str], steps: int, look: Look) -> tuple[float, ...]:
    """Where each round stands along x: what the longest label leaves, in equal parts."""
    longest = max(_width(line) for line in (*totals, *(line for label in labels for line in label)))
    inner = look.width - LEFT - 2 * look.marker - look.letter * (longest + 2)
    return tuple(round(LEFT + look.marker / 2 + inner * (s / max(1, steps - 1)), 1) for s in range(steps))


def _y(place: int, row: int) -> float:
    return round(TOP + row * (place - 0.5), 1)


def _line(way: Course, label: tuple[str, ...], at: Sequence[float], row: int, look: Look) -> Line:
    points = tuple(Point(x, _y(place, row), w) for x, place, w in zip(at, way.places, way.words, strict=True))
    return Line(
        lane=way.lane,
        path=_path(points),
        points=points,
        label_x=points[-1].x + look.marker,
        label_y=points[-1].y,
        label=label,
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
