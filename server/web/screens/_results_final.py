"""The champion, what decided it, and the final table, over the rounds that count."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from server.domain.insight import points_given
from server.domain.rules import Component
from server.domain.scoring import RoundScores
from server.domain.standings import Standing, TieRule, standings
from server.domain.state import EventState
from server.web.screens._results_chart import NARROW, WIDE, Chart, Course, chart
from server.web.screens._results_words import LABELS, SPOKEN, TIE_BROKEN_BY, Number, counted, number, ordinal, percent

Sums = tuple[int, str, tuple[Number, ...]]  # lane, name, the total after every round


@dataclass(frozen=True, slots=True)
class PartPoints:
    """Points that one part gave; `length` is its piece of the row's bar, in per cent of the best total."""

    key: str
    label: str
    points: Number
    start: float
    length: float


@dataclass(frozen=True, slots=True)
class FinalRow:
    """One place. `place` is strict, `rank` may be shared."""

    finalist: str
    lane: int
    name: str
    adapter: str
    place: int
    rank: int
    total: Number
    parts: tuple[PartPoints, ...]
    won: str
    decided_by: str


@dataclass(frozen=True, slots=True)
class Champion:
    """The first place and, in words, what decided it."""

    row: FinalRow
    decided: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """The standings after every round: two drawings of one thing, and the same in words and as a table."""

    charts: tuple[Chart, ...]
    words: str
    rounds: tuple[str, ...]
    rows: tuple[Sums, ...]


def final_rows(state: EventState, scored: Sequence[RoundScores]) -> tuple[FinalRow, ...]:
    """The places, first place first."""
    places = standings(scored, state.event.finalist_ids, state.event.seed)
    given = {part: points_given(scored, part) for part in Component}
    best = max((place.total for place in places), default=Fraction(0)) or Fraction(1)
    rows = []
    for place in places:
        points = {part: given[part][place.finalist] for part in Component}
        rows.append(_row(state, place, points, best))
    return tuple(rows)


def _row(state: EventState, place: Standing, points: dict[Component, Fraction], best: Fraction) -> FinalRow:
    lane = state.event.lane(place.finalist)
    finalist = state.event.finalists[lane]
    return FinalRow(
        finalist=finalist.id,
        lane=lane,
        name=finalist.name,
        adapter=finalist.adapter,
        place=place.rank,
        rank=place.display_rank,
        total=number(place.total),
        parts=_parts(points, best),
        won=counted(place.rounds_won, "round"),
        decided_by=TIE_BROKEN_BY[place.decided_by],
    )


def _parts(points: dict[Component, Fraction], best: Fraction) -> tuple[PartPoints, ...]:
    parts, start = [], Fraction(0)
    for part, given in points.items():
        length = percent(float(given / best))
        parts.append(PartPoints(part.value, LABELS[part], number(given), percent(float(start / best)), length))
        start += given
    return tuple(parts)


def champion(state: EventState, scored: Sequence[RoundScores], rows: Sequence[FinalRow]) -> Champion | None:
    """Who is first, and why; None while no round counts."""
    if not scored or not rows:
        return None
    places = standings(scored, state.event.finalist_ids, state.event.seed)
    facts = [_margin(scored, places, rows), _since(state, scored, places[0]), _won(places[0], len(scored))]
    return Champion(rows[0], tuple(filter(None, facts)))


def _margin(scored: Sequence[RoundScores], places: Sequence[Standing], rows: Sequence[FinalRow]) -> str:
    if len(places) < 2:
        return ""
    first, second = places[0], places[1]
    if first.total == second.total:
        rule = places[0].decided_by if places[0].decided_by is not TieRule.TOTAL else TieRule.LOT
        return f"Against {rows[1].name}: {TIE_BROKEN_BY[rule]}."
    lead = f"{number(first.total - second.total).text} points ahead of {rows[1].name}."
    return f"{lead} {_difference(scored, first.finalist, second.finalist)}"


def _difference(scored: Sequence[RoundScores], first: str, second: str) -> str:
    """Which part made the difference: all three with their gaps, the widest first."""
    given = {part: points_given(scored, part) for part in Component}
    gaps = {part: given[part][first] - given[part][second] for part in Component}
    best, *others = sorted(Component, key=lambda part: gaps[part], reverse=True)
    words = [f"{SPOKEN[part]} {number(gaps[part], signed=True).text}" for part in (best, *others)]
    return f"{SPOKEN[best][0].upper()}{SPOKEN[best][1:]} made the difference: {', '.join(words)}."


def _won(first: Standing, rounds: int) -> str:
    return f"Won {first.rounds_won} of {counted(rounds, 'round')}."


def _since(state: EventState, scored: Sequence[RoundScores], first: Standing) -> str:
    leaders = [after[0].finalist for after in _after_each(state, scored)]
    since = next((i for i in range(len(leaders)) if set(leaders[i:]) == {first.finalist}), len(leaders) - 1)
    if since == 0:
        return "In front from the first round to the last." if len(leaders) > 1 else ""
    return f"In front since round {scored[since].number}."


def _after_each(state: EventState, scored: Sequence[RoundScores]) -> list[tuple[Standing, ...]]:
    return [standings(scored[: i + 1], state.event.finalist_ids, state.event.seed) for i in range(len(scored))]


def progress(state: EventState, scored: Sequence[RoundScores]) -> Progress | None:
    """The standings after every round that counts; None before there are two."""
    if len(scored) < 2:
        return None
    after = [{place.finalist: place for place in places} for places in _after_each(state, scored)]
    courses = [_course(state, scored, after, finalist) for finalist in state.event.finalist_ids]
    ticks = tuple(f"{s.number}{f' ×{s.multiplier}' if s.multiplier > 1 else ''}" for s in scored)
    ways = sorted(courses, key=lambda course: course.places[-1])
    return Progress(
        charts=tuple(chart(courses, ticks, look) for look in (WIDE, NARROW)),
        words=" ".join(f"{ordinal(w.places[-1])}: {w.name} with {w.total} points, {_way(w.places)}." for w in ways),
        rounds=ticks,
        rows=tuple(_sums(state, after, finalist) for finalist in after[-1]),
    )


def _course(
    state: EventState, scored: Sequence[RoundScores], after: Sequence[dict[str, Standing]], finalist: str
) -> Course:
    lane = state.event.lane(finalist)
    name = state.event.finalists[lane].name
    words = tuple(
        f"Round {scores.number}: {name} {number(scores.scores[finalist].score, signed=True).text}, "
        f"{number(places[finalist].total).text} in all, {ordinal(places[finalist].rank)}"
        for scores, places in zip(scored, after, strict=True)
    )
    total = number(after[-1][finalist].total).text
    return Course(lane, name, tuple(places[finalist].rank for places in after), words, total)


def _sums(state: EventState, after: Sequence[dict[str, Standing]], finalist: str) -> Sums:
    lane = state.event.lane(finalist)
    return lane, state.event.finalists[lane].name, tuple(number(places[finalist].total) for places in after)


def _way(places: Sequence[int]) -> str:
    return "places " + ", ".join(str(place) for place in places)
