"""What if: the organiser tries other weights and methods on the marks there are. Nothing changes by it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from server.domain.errors import Refused
from server.domain.insight import effective_weights
from server.domain.rules import AudienceMethod, Component, Scoring, Weights
from server.domain.scoreboard import marks_of
from server.domain.standings import Standing
from server.domain.state import EventState
from server.domain.what_if import WhatIf, what_if
from server.web.screens._outcome import in_points
from server.web.screens._stage_words import COMPONENT_WORDS, TIE_WORDS

LONGEST_WEIGHT = 12
MOST_WEIGHT = 1000


@dataclass(frozen=True, slots=True)
class PlaceRow:
    lane: int
    name: str
    rank: int
    before: int
    moved: int
    total: str
    decided_by: str


@dataclass(frozen=True, slots=True)
class WhatIfView:
    """`news`: whether another finalist would win, in words."""

    news: str
    rows: tuple[PlaceRow, ...]
    moved: tuple[tuple[str, int], ...]
    absent: tuple[str, ...]


def weight_fields(scoring: Scoring) -> tuple[tuple[str, str, str], ...]:
    """(name, label, value) of the form's weights, in per cent."""
    whole = sum(scoring.weights[part] for part in Component)
    return tuple((p.value, COMPONENT_WORDS[p], f"{float(100 * scoring.weights[p] / whole):g}") for p in Component)


def answer(state: EventState, form: Mapping[str, str]) -> WhatIfView:
    """The standings under the scoring of the form. Raises Refused for weights that are none."""
    if not state.scored:
        return WhatIfView("No round counts yet: there is nothing to try this on.", (), (), ())
    marks = [marks_of(state, round_) for round_ in state.scored]
    other = _scoring(state.event.rules.scoring, form)
    found = what_if(marks, state.event.rules.scoring, other, state.event.finalist_ids, state.event.seed)
    before = {s.finalist: s.rank for s in found.before}
    rows = tuple(_row(state, s, before[s.finalist]) for s in found.after)
    moved = effective_weights(found.rounds)
    shares = tuple((COMPONENT_WORDS[part], round(100 * moved[part])) for part in Component)
    return WhatIfView(_news(rows, found), rows, shares, _absences(found))


def _absences(found: WhatIf) -> tuple[str, ...]:
    return tuple(
        f"Round {scores.number}: {COMPONENT_WORDS[part]} absent, {why}."
        for scores in found.rounds
        for part, why in scores.absent.items()
    )


def _news(rows: tuple[PlaceRow, ...], found: WhatIf) -> str:
    if found.champion_changes:
        return f"{rows[0].name} would lead instead."
    if not found.swapped:
        return "Nobody would change places."
    return f"The leader stays; pairs that would change places: {len(found.swapped)}."


def _row(state: EventState, standing: Standing, before: int) -> PlaceRow:
    lane = state.event.lane(standing.finalist)
    name = state.event.finalists[lane].name
    total, tie = in_points(standing.total), TIE_WORDS[standing.decided_by]
    return PlaceRow(lane, name, standing.rank, before, before - standing.rank, total, tie)


def _scoring(scoring: Scoring, form: Mapping[str, str]) -> Scoring:
    weights = Weights(*(_weight(form.get(part.value, ""), COMPONENT_WORDS[part]) for part in Component))
    if not sum(weights[part] for part in Component):
        raise Refused("At least one weight is above 0.")
    method = form.get("method", scoring.audience_method)
    if method not in tuple(AudienceMethod):
        raise Refused(f"The audience votes by {' or '.join(AudienceMethod)}, not {method[:20]!r}.")
    trimmed = form.get("trimmed", "") not in ("", "0", "off")
    return replace(scoring, weights=weights, audience_method=AudienceMethod(method), experts_trimmed=trimmed)


def _weight(text: str, label: str) -> Fraction:
    try:
        weight = Fraction(text.strip()) if 0 < len(text) <= LONGEST_WEIGHT else None
    except (ValueError, ZeroDivisionError):
        weight = None
    if weight is None or not 0 <= weight <= MOST_WEIGHT:
        raise Refused(f"The weight of {label} is a number from 0 to {MOST_WEIGHT}, such as 40.")
    return weight
