"""How a round went, as far as one role may see it: the rows of a result, best first."""

from dataclasses import dataclass
from fractions import Fraction

from server.domain.actors import Role
from server.domain.rules import Component
from server.domain.scoreboard import round_scores
from server.domain.scoring import RoundScores
from server.domain.state import EventState, Round
from server.domain.visibility import Thing, may_see, shown_components

ABSENT = "–"


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One finalist's round. Marks are words, "" where this role may not see them yet; `place` 0 until totals show.

    `share`: the audience's share in per cent, only with the favourite method and when it is shown.
    """

    finalist: str
    lane: int
    name: str
    place: int
    llm: str
    experts: str
    audience: str
    score: str
    share: str

    @property
    def marks(self) -> dict[str, str]:
        return {"llm": self.llm, "experts": self.experts, "audience": self.audience}


def in_points(mark: Fraction | None) -> str:
    """Two decimals, half up; a dash where the component is absent."""
    if mark is None:
        return ABSENT
    hundredths = (mark * 200 + 1) // 2
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def outcome(state: EventState, round_: Round, role: Role) -> tuple[OutcomeRow, ...]:
    """The finalists' rows: by score where totals show, else in lane order; empty while nothing is shown."""
    shown = shown_components(role, state, round_)
    sees_total = may_see(role, Thing.TOTAL, state, round_)
    if not shown and not sees_total:
        return ()
    scores = round_scores(state, round_)
    names = may_see(role, Thing.NAMES, state, round_)
    rows = [_row(state, round_, scores, f, shown, sees_total, names) for f in state.event.finalist_ids]
    return tuple(sorted(rows, key=lambda row: (row.place, row.lane)))


def _row(
    state: EventState,
    round_: Round,
    scores: RoundScores,
    finalist: str,
    shown: tuple[Component, ...],
    sees_total: bool,
    names: bool,
) -> OutcomeRow:
    mine = scores.scores[finalist]
    marks = {part: in_points(mine[part]) if part in shown else "" for part in Component}
    lane = state.event.lane(finalist)
    better = sum(other.score > mine.score for other in scores.scores.values())
    return OutcomeRow(
        finalist=finalist,
        lane=lane,
        name=state.event.finalists[lane].name if names else "",
        place=1 + better if sees_total else 0,
        llm=marks[Component.LLM],
        experts=marks[Component.EXPERTS],
        audience=marks[Component.AUDIENCE],
        score=in_points(mine.score) if sees_total else "",
        share=_share(round_, finalist) if Component.AUDIENCE in shown else "",
    )


def _share(round_: Round, finalist: str) -> str:
    tally = round_.tally
    if not tally.counted or not tally.favourites:
        return ""
    return f"{round(100 * tally.favourites.get(finalist, 0) / tally.counted)}"
