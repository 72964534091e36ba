"""What if: the same marks under another scoring, and who would stand where. Decides nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from server.domain.marks import RoundMarks
from server.domain.rules import Scoring
from server.domain.scoring import RoundScores, score_round
from server.domain.standings import Standing, standings


@dataclass(frozen=True, slots=True)
class RankChange:
    """One finalist's strict ranks under the two scorings; `moved` is the places gained (negative: lost)."""

    finalist: str
    before: int
    after: int
    moved: int


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The standings under both scorings and how they differ.

    `changes`: everyone, by their rank before. `swapped`: (ahead before, ahead after), whose order turned.
    `distance`: swapped pairs ÷ all pairs (Kendall's tau distance), 0 = same order, 1 = turned round.
    `rounds`: the scores under the other scoring; each says which components are absent and why.
    """

    before: tuple[Standing, ...]
    after: tuple[Standing, ...]
    changes: tuple[RankChange, ...]
    swapped: tuple[tuple[str, str], ...]
    distance: Fraction
    rounds: tuple[RoundScores, ...]

    @property
    def champion_changes(self) -> bool:
        """Whether another finalist would win."""
        return bool(self.before) and self.before[0].finalist != self.after[0].finalist


def what_if(rounds: Sequence[RoundMarks], now: Scoring, other: Scoring, finalists: Iterable[str], seed: str) -> WhatIf:
    """Rescore `rounds` under `other` and compare with `now`. Raises what `score_round` raises."""
    names = tuple(finalists)
    rescored = tuple(score_round(other, marks) for marks in rounds)
    before = standings([score_round(now, marks) for marks in rounds], names, seed)
    after = standings(rescored, names, seed)
    swapped = swapped_pairs(before, after)
    pairs = len(names) * (len(names) - 1) // 2
    return WhatIf(
        before=before,
        after=after,
        changes=rank_changes(before, after),
        swapped=swapped,
        distance=Fraction(len(swapped), pairs) if pairs else Fraction(0),
        rounds=rescored,
    )


def rank_changes(before: Sequence[Standing], after: Sequence[Standing]) -> tuple[RankChange, ...]:
    """How far each finalist moves between two standings of the same finalists, by their rank before."""
    new_rank = {standing.finalist: standing.rank for standing in after}
    return tuple(RankChange(s.finalist, s.rank, new_rank[s.finalist], s.rank - new_rank[s.finalist]) for s in before)


def swapped_pairs(before: Sequence[Standing], after: Sequence[Standing]) -> tuple[tuple[str, str], ...]:
    """The pairs whose order turns, as (ahead before, ahead after)."""
    changes = rank_changes(before, after)
    return tuple((a.finalist, b.finalist) for a, b in combinations(changes, 2) if a.after > b.after)
