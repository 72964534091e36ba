"""How far judges agree with the experts and with each other, in one round or over the event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.judging.audit.effects import LEAST_ROUNDS
from models.judging.audit.within import interval_of_ratio
from models.judging.statistics.agreement import NO_PAIRS, PairwiseAccuracy, pairwise_accuracy
from models.judging.statistics.alpha import Alpha, krippendorff_alpha
from models.judging.statistics.intervals import Interval

Marks = Mapping[str, Mapping[str, float]]
"""Rater to entry to mark, in one round."""


@dataclass(frozen=True, slots=True)
class JudgeAgreement:
    """One judge against the experts: pairs of entries ordered as their majority does, and alpha with their mean mark.

    `interval` of the share, 0 to 1, resamples rounds; None for a single round or where there are too few.
    """

    judge: str
    pairwise: PairwiseAccuracy
    interval: Interval | None
    alpha: Alpha


@dataclass(frozen=True, slots=True)
class Agreement:
    """Krippendorff's alpha (interval) among experts and among judges, and each judge against the experts.

    `round` is None for the event as a whole.
    """

    round: str | None
    experts: Alpha
    judges: Alpha
    by_judge: tuple[JudgeAgreement, ...]


def agreement(round_: str | None, judges: Sequence[Marks], experts: Sequence[Marks]) -> Agreement:
    """Of the rounds given, one item each in both sequences."""
    names = sorted({judge for marks in judges for judge in marks})
    return Agreement(
        round_,
        _alpha(experts),
        _alpha(judges),
        tuple(_judge(name, judges, experts) for name in names),
    )


def _judge(name: str, judges: Sequence[Marks], experts: Sequence[Marks]) -> JudgeAgreement:
    own = [marks.get(name, {}) for marks in judges]
    by_round = [pairwise_accuracy(mine, list(theirs.values())) for mine, theirs in zip(own, experts, strict=True)]
    beside = [{"judge": mine, "experts": _mean(theirs)} for mine, theirs in zip(own, experts, strict=True)]
    return JudgeAgreement(name, sum(by_round, NO_PAIRS), _interval(by_round), _alpha(beside))


def _interval(by_round: Sequence[PairwiseAccuracy]) -> Interval | None:
    counted = [one for one in by_round if one.pairs]
    if len(counted) < LEAST_ROUNDS:
        return None
    points = np.array([one.same + one.tied / 2 for one in counted])
    return interval_of_ratio(points, np.array([float(one.pairs) for one in counted]))


def _alpha(rounds: Sequence[Marks]) -> Alpha:
    raters = sorted({rater for marks in rounds for rater in marks})
    units = []
    for marks in rounds:
        entries = sorted({entry for own in marks.values() for entry in own})
        units += [[marks.get(rater, {}).get(entry) for rater in raters] for entry in entries]
    return krippendorff_alpha(units)


def _mean(marks: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    entries = sorted({entry for own in marks.values() for entry in own})
    given = {entry: [own[entry] for own in marks.values() if entry in own] for entry in entries}
    return {entry: sum(own) / len(own) for entry, own in given.items()}
