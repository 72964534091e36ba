"""How good a judge is by people's labels: accuracy, what order and length do to it, failures, cost and time.

Figures are computed from the ledger; asking is done by the league's runner.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from models.judging.calibration.data import Label, Labelled, LabelledPairs
from models.judging.league.costs import Usage
from models.judging.league.ledger import Entry, Job, Ledger
from models.judging.league.outcomes import Rate
from models.judging.pairs import EVEN, Fate, Order, PairComparer, mean_preference


@dataclass(frozen=True, slots=True)
class Orders:
    """Shares, 0 to 1, over pairs judged in both orders. Accuracies count a tie as half, `right_in_both` does not.

    consistent: both orders name the same answer. p_first: the answer shown first is preferred.
    """

    consistent: float | None
    p_first: float | None
    accuracy_a_first: float | None
    accuracy_b_first: float | None
    right_in_both: float | None


@dataclass(frozen=True, slots=True)
class Longer:
    """Of `pairs` with answers of different length, how often the judge and how often people prefer the longer one."""

    pairs: int
    judge: float | None
    people: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """One judge, one prompt, one data set. Every pair of which people prefer an answer counts: `right` by the mean over
    both orders, `tied`, wrong, `failed` (no readable verdict) or `unjudged` (no reply yet).

    accuracy: right ÷ all of them. `unread` counts replies that could not be read, retries included, `ms` is the mean
    time of a look in milliseconds. `verdicts`: pair id to 1 right, 0.5 tied, 0 wrong or failed.
    """

    pairs: int
    right: int
    tied: int
    failed: int
    unjudged: int
    accuracy: Rate
    orders: Orders
    longer: Longer
    unread: int
    used: Usage
    looks: int
    ms: float | None
    weight: Fraction
    verdicts: dict[str, float]


def jobs_of(data: LabelledPairs) -> list[Job]:
    """The pairs to be looked at: those of which people prefer an answer."""
    return [Job(one.id, one.pair) for one in data.preferred]


def figures(data: LabelledPairs, comparer: PairComparer, ledger: Ledger) -> Figures:
    """What the ledger says of `comparer` on `data`."""
    from models.judging.statistics.intervals import wilson_interval
    from models.judging.statistics.weights import weights_from_accuracy

    seen = [_Seen(one, ledger.looks_at(Job(one.id, one.pair), comparer)) for one in data.preferred]
    entries = list({entry.key: entry for one in seen for entry in one.entries}.values())
    verdicts = {one.labelled.id: one.verdict for one in seen if one.verdict is not None}
    right, tied = sum(v == 1 for v in verdicts.values()), sum(v == EVEN for v in verdicts.values())
    times = [entry.ms for entry in entries if entry.ms]
    return Figures(
        pairs=len(seen),
        right=right,
        tied=tied,
        failed=sum(one.is_failed for one in seen),
        unjudged=len(seen) - len(verdicts),
        accuracy=Rate(right / len(seen), *wilson_interval(right, len(seen))),
        orders=_orders(seen),
        longer=_longer(seen),
        unread=sum(entry.unread for entry in entries),
        used=sum((entry.usage for entry in entries), Usage()),
        looks=len(entries),
        ms=sum(times) / len(times) if times else None,
        weight=weights_from_accuracy({comparer.name: (right + tied / 2, len(seen))})[comparer.name],
        verdicts=verdicts,
    )


class _Seen:
    """A labelled pair and the ledger's entries of it."""

    def __init__(self, labelled: Labelled, entries: Sequence[Entry]) -> None:
        self.labelled, self.entries = labelled, entries
        self.by_order = {entry.order: entry.preference for entry in entries}
        self.preference = mean_preference([entry.look for entry in entries])
        answered = [entry for entry in entries if entry.fate is not Fate.UNANSWERED]
        self.is_failed = self.preference is None and len(answered) == len(Order)

    @property
    def verdict(self) -> float | None:
        """1 right, 0.5 tied, 0 wrong or failed; None while it is not judged."""
        if self.preference is None:
            return 0.0 if self.is_failed else None
        if self.preference == EVEN:
            return EVEN
        return float((self.preference > EVEN) == (self.labelled.label is Label.A))

    @property
    def gap(self) -> int:
        """How many characters answer a is longer."""
        return len(self.labelled.pair.a) - len(self.labelled.pair.b)


def _orders(seen: Sequence[_Seen]) -> Orders:
    from models.judging.statistics.order import order_consistency

    known = [one for one in seen if one.preference is not None]
    # Spoken preferences, 1 for the answer shown first to 2 for the second; by_order has them for a.
    a_first = [2 - (one.by_order[Order.A_FIRST] or 0) for one in known]
    b_first = [1 + (one.by_order[Order.B_FIRST] or 0) for one in known]
    found = order_consistency(a_first, b_first, [1 if one.labelled.label is Label.A else 2 for one in known])
    return Orders(found.consistent, found.p_first, found.accuracy_a_first, found.accuracy_b_first, found.accuracy_both)


def _longer(seen: Sequence[_Seen]) -> Longer:
    unequal = [one for one in seen if one.preference is not None and one.gap]
    judge = [_side(one.preference or 0, one.gap) for one in unequal]
    people = [float((one.labelled.label is Label.A) == (one.gap > 0)) for one in unequal]
    return Longer(len(unequal), _mean(judge), _mean(people))


def _side(preference: float, gap: int) -> float:
    return EVEN if preference == EVEN else float((preference > EVEN) == (gap > 0))


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
