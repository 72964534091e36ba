"""Standings and the champion, as the room may see them."""

from dataclasses import dataclass
from fractions import Fraction

from server.domain.scoreboard import final_standings, is_frozen, previous_standings, public_standings, round_scores
from server.domain.standings import Standing
from server.domain.state import EventState
from server.web.screens._outcome import in_points
from server.web.screens._stage_words import TIE_WORDS, signed


@dataclass(frozen=True, slots=True)
class Row:
    """One place. `place`: strict, 1 first; `rank`: as shown, may be shared. `moved`: places up since the last round."""

    id: str
    lane: int
    name: str
    place: int
    rank: int
    total: str
    share: float
    moved: int
    gained: str
    decided_by: str


@dataclass(frozen=True, slots=True)
class Board:
    event: str
    rehearsal: bool
    title: str
    frozen: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Champion:
    event: str
    rehearsal: bool
    champion: Row
    others: tuple[Row, ...]


FROZEN_WORDS = "Frozen before the last round: its points are kept until the champion is named."


def board(state: EventState) -> Board:
    """The standings between rounds."""
    rounds = len(state.scored) - (1 if _is_withheld(state) else 0)
    words = f"Standings after round {state.scored[rounds - 1].number}" if rounds else "Standings"
    return Board(
        event=state.event.name,
        rehearsal=state.event.rehearsal,
        title=words,
        frozen=FROZEN_WORDS if is_frozen(state) else "",
        rows=rows(state),
    )


def champion(state: EventState) -> Champion:
    """Who has won, and the others in their places."""
    first, *others = rows_of(state, final_standings(state))
    return Champion(state.event.name, state.event.rehearsal, first, tuple(others))


def rows(state: EventState) -> tuple[Row, ...]:
    """The public standings, first place first, with what the last round changed."""
    if _is_withheld(state) or not state.scored:
        return rows_of(state, public_standings(state))
    scores = round_scores(state, state.scored[-1]).scores
    gained = {finalist: signed(score.score) for finalist, score in scores.items()}
    before = previous_standings(state) if len(state.scored) > 1 else ()
    return _rows(state, public_standings(state), {s.finalist: s.rank for s in before}, gained)


def rows_of(state: EventState, places: tuple[Standing, ...]) -> tuple[Row, ...]:
    """Any standings as rows, without what the last round changed."""
    return _rows(state, places, {}, {})


def _is_withheld(state: EventState) -> bool:
    return is_frozen(state) and bool(state.scored) and state.is_last(state.scored[-1])


def _rows(
    state: EventState, places: tuple[Standing, ...], before: dict[str, int], gained: dict[str, str]
) -> tuple[Row, ...]:
    best = max((s.total for s in places), default=Fraction(0))
    return tuple(
        Row(
            id=s.finalist,
            lane=state.event.lane(s.finalist),
            name=state.event.finalists[state.event.lane(s.finalist)].name,
            place=s.rank,
            rank=s.display_rank,
            total=in_points(s.total),
            share=round(float(s.total / best), 4) if best else 0.0,
            moved=before.get(s.finalist, s.rank) - s.rank,
            gained=gained.get(s.finalist, ""),
            decided_by=TIE_WORDS[s.decided_by],
        )
        for s in places
    )
