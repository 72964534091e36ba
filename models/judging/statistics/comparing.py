"""Whether one model beats another on the same questions: the paired exact sign test."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from models.judging.statistics.errors import DataRefused

Scores = Mapping[Hashable, float | None] | Sequence[float | None]


@dataclass(frozen=True, slots=True)
class SignTest:
    """Common questions where a is better, where b is, and ties; `p` is two-sided, and 1 without a difference."""

    a_better: int
    b_better: int
    ties: int
    p: float


def paired_sign_test(a: Scores, b: Scores) -> SignTest:
    """Exact two-sided sign test of two runs on the questions both have a score for; ties are dropped.

    `a` and `b` map questions to scores, higher is better, or are lists by the same order of questions; None: unjudged.
    Raises DataRefused for lists of different lengths and for a score that is not a number. Source: Dixon & Mood 1946.
    """
    pairs = _common(a, b)
    if any(one != one or other != other for one, other in pairs):
        raise DataRefused("expected scores that are numbers, or None where a question is unjudged; got NaN")
    better = sum(one > other for one, other in pairs)
    worse = sum(one < other for one, other in pairs)
    return SignTest(better, worse, len(pairs) - better - worse, _two_sided(better, worse))


def _common(a: Scores, b: Scores) -> list[tuple[float, float]]:
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        both = [(one, b.get(question)) for question, one in a.items()]
    elif isinstance(a, Mapping) or isinstance(b, Mapping) or len(a) != len(b):
        raise DataRefused("expected two mappings from questions to scores, or two lists of one length")
    else:
        both = list(zip(a, b, strict=True))
    return [(one, other) for one, other in both if one is not None and other is not None]


def _two_sided(better: int, worse: int) -> float:
    """P of a split at least as uneven under fair coins, in whole numbers until the last division."""
    trials = better + worse
    below, ways = 0, 1
    for successes in range(min(better, worse) + 1):
        below += ways
        ways = ways * (trials - successes) // (successes + 1)
    return min(1.0, 2 * below / (1 << trials))
