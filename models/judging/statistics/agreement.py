"""How often a judge orders pairs of entries as the experts do. Agreement among many raters is in `alpha`."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import combinations

from models.judging.statistics.errors import DataRefused

Mark = float | Decimal | Fraction


class ExpertOrder(StrEnum):
    """How several experts order two entries: by counting who prefers which, or by comparing mean marks."""

    MAJORITY = "majority"
    MEAN = "mean"


@dataclass(frozen=True, slots=True)
class PairwiseAccuracy:
    """Of `pairs` that the experts order strictly, the judge orders `same` alike and holds `tied` for equal.

    Add them up to go from rounds to an event.
    """

    pairs: int
    same: int
    tied: int

    @property
    def accuracy(self) -> Fraction | None:
        """Share ordered alike, 0 to 1, a tie of the judge as half; None without a pair."""
        return Fraction(2 * self.same + self.tied, 2 * self.pairs) if self.pairs else None

    def __add__(self, other: "PairwiseAccuracy") -> "PairwiseAccuracy":
        return PairwiseAccuracy(self.pairs + other.pairs, self.same + other.same, self.tied + other.tied)


NO_PAIRS = PairwiseAccuracy(0, 0, 0)


def pairwise_accuracy(
    judge_marks: Mapping[str, Mark],
    expert_marks: Sequence[Mapping[str, Mark]],
    order: ExpertOrder = ExpertOrder.MAJORITY,
) -> PairwiseAccuracy:
    """Compare a judge's marks of one round's entries with those of each expert, pair by pair of entries.

    A pair counts when the experts who marked both order it strictly: more of them prefer one than the other, or their
    mean mark of one is higher. Entries without the judge's mark are left out. Raises DataRefused for a mark that is not
    finite.
    """
    judge, experts, total = _exact(judge_marks), [_exact(marks) for marks in expert_marks], NO_PAIRS
    for one, other in combinations(sorted(judge), 2):
        gaps = [marks[one] - marks[other] for marks in experts if one in marks and other in marks]
        truth = _sign(sum((gap if order is ExpertOrder.MEAN else Fraction(_sign(gap)) for gap in gaps), Fraction(0)))
        if truth:
            said = _sign(judge[one] - judge[other])
            total += PairwiseAccuracy(1, int(said == truth), int(said == 0))
    return total


def _exact(marks: Mapping[str, Mark]) -> dict[str, Fraction]:
    if bad := [entry for entry, mark in marks.items() if not math.isfinite(mark)]:
        raise DataRefused(f"expected finite marks, got {marks[bad[0]]} for {bad[0]}")
    return {entry: Fraction(mark) for entry, mark in marks.items()}


def _sign(gap: Fraction) -> int:
    return (gap > 0) - (gap < 0)
