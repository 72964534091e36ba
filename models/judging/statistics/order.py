"""What the order of showing does to a judge: consistency over both orders of pairs, spread over the orders of a list.

Source: LLMBar (arXiv 2310.07641) for accuracy and agreement over both orders, FairEval (arXiv 2305.17926) for conflict.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from models.judging.protocol import Judgement
from models.judging.statistics.errors import DataRefused
from models.judging.statistics.preferences import DRAW, checked


@dataclass(frozen=True, slots=True)
class OrderConsistency:
    """`pairs` were judged in both orders, `failed` were not. Shares are 0 to 1; None when there is nothing to count.

    consistent: both orders name the same answer, or a tie twice. p_first: verdicts for the answer shown first, a tie is
    half. accuracy: mean of both orders, a tie is half; accuracy_both: right in both; accuracy_mean: right by the mean
    of the two preferences. The accuracies are over the `labelled` pairs.
    """

    pairs: int
    failed: int
    consistent: float | None
    p_first: float | None
    labelled: int
    accuracy_a_first: float | None
    accuracy_b_first: float | None
    accuracy: float | None
    accuracy_both: float | None
    accuracy_mean: float | None


@dataclass(frozen=True, slots=True)
class _Pair:
    """Preferences in both orders from 1 (a) to 2 (b), whichever was shown first; `label` is 1, 2 or None."""

    a_first: float
    b_first: float
    label: int | None


def order_consistency(
    a_first: Sequence[float | None], b_first: Sequence[float | None], better: Sequence[int | None] | None = None
) -> OrderConsistency:
    """Compare a judge's verdicts on pairs (a, b) with its verdicts on the same pairs shown as (b, a).

    Both lists hold a preference per pair as spoken: 1 for the answer *shown first*, 2 for the second, 1.5 a tie, soft
    values between, None for a failure. `better` is what people say: 1 for a, 2 for b, None unknown.
    Raises DataRefused for lists of different lengths and for other values.
    """
    pairs = _judged(a_first, b_first, better if better is not None else [None] * len(a_first))
    named = [(_choice(pair.a_first), _choice(pair.b_first)) for pair in pairs]
    known = [pair for pair in pairs if pair.label is not None]
    in_a = [_points(pair.a_first, pair.label) for pair in known]
    in_b = [_points(pair.b_first, pair.label) for pair in known]
    return OrderConsistency(
        pairs=len(pairs),
        failed=len(a_first) - len(pairs),
        consistent=_mean([float(one == other) for one, other in named]),
        p_first=_mean([_points(pair.a_first, 1) for pair in pairs] + [_points(pair.b_first, 2) for pair in pairs]),
        labelled=len(known),
        accuracy_a_first=_mean(in_a),
        accuracy_b_first=_mean(in_b),
        accuracy=_mean(in_a + in_b),
        accuracy_both=_mean([float(one == other == 1) for one, other in zip(in_a, in_b, strict=True)]),
        accuracy_mean=_mean([_points((pair.a_first + pair.b_first) / 2, pair.label) for pair in known]),
    )


def order_spread(judgement: Judgement) -> Mapping[str, Decimal]:
    """Highest minus lowest mark between the orders, per finalist, 0 to 10; empty when fewer than two orders were
    asked."""
    if len(judgement.by_order) < 2:
        return {}
    finalists = judgement.by_order[0]
    return {one: _spread([order[one] for order in judgement.by_order]) for one in finalists}


def _judged(
    a_first: Sequence[float | None], b_first: Sequence[float | None], better: Sequence[int | None]
) -> list[_Pair]:
    if not len(a_first) == len(b_first) == len(better):
        raise DataRefused(f"expected lists of one length, got {len(a_first)}, {len(b_first)} and {len(better)}")
    if any(label not in (1, 2, None) for label in better):
        raise DataRefused("expected the better answer as 1 (a), 2 (b) or None")
    rows = zip(checked(a_first), checked(b_first), better, strict=True)
    return [_Pair(one, 3 - other, label) for one, other, label in rows if one is not None and other is not None]


def _spread(marks: list[Decimal]) -> Decimal:
    return max(marks) - min(marks)


def _choice(preference: float) -> int | None:
    """1, 2, or None for a tie."""
    return None if preference == DRAW else 1 if preference < DRAW else 2


def _points(preference: float, answer: int | None) -> float:
    choice = _choice(preference)
    return 0.5 if choice is None else float(choice == answer)


def _mean(shares: Sequence[float]) -> float | None:
    return sum(shares) / len(shares) if shares else None
