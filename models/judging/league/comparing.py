"""Two candidates of one league: "A beats B" only where a paired exact sign test over their common questions says so."""

from collections.abc import Hashable
from dataclasses import dataclass

from models.judging.league.outcomes import Judged, Outcome
from models.judging.league.report import ReportRefused, Result

SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class Comparison:
    """Over `questions` that both were judged on: `only_a` were won by a and not by b, `only_b` the other way round.

    `p` is two-sided. `winner` is None unless p is below 0.05. `left_out` questions were not judged for one of them.
    """

    a: str
    b: str
    questions: int
    left_out: int
    only_a: int
    only_b: int
    p: float
    winner: str | None

    @property
    def sentence(self) -> str:
        """What may be said, and no more."""
        alone = f"{self.a} alone won {self.only_a} of {self.questions} questions, {self.b} alone {self.only_b}"
        counts = f"{alone}, p = {self.p:.3g}"
        if self.winner is None:
            return f"It cannot be said that {self.a} or {self.b} is better ({counts})."
        loser = self.b if self.winner == self.a else self.a
        return f"{self.winner} beats {loser} ({counts})."


def compared(a: Result, b: Result) -> Comparison:
    """Compare wins question by question. Raises ReportRefused when judge, questions or reference differ."""
    from models.judging.statistics.comparing import paired_sign_test

    _check(a, b)
    ours, theirs = _wins(a), _wins(b)
    test = paired_sign_test(ours, theirs)
    common = ours.keys() & theirs.keys()
    winner = None
    if test.p < SIGNIFICANT:
        winner = a.candidate if test.a_better > test.b_better else b.candidate
    left_out = len(ours.keys() | theirs.keys() | {row.question for row in (*a.rows, *b.rows)}) - len(common)
    return Comparison(a.candidate, b.candidate, len(common), left_out, test.a_better, test.b_better, test.p, winner)


def _check(a: Result, b: Result) -> None:
    pairs = (
        ("judge", (a.judge.protocol, a.judge.prompt_sha256), (b.judge.protocol, b.judge.prompt_sha256)),
        ("set of questions", a.questions_sha256, b.questions_sha256),
        ("reference", a.reference_sha256, b.reference_sha256),
    )
    for what, one, other in pairs:
        if one != other:
            raise ReportRefused(
                f"{a.candidate} and {b.candidate} did not have the same {what}, so they cannot be compared; "
                "run both with one."
            )


def _wins(result: Result) -> dict[Hashable, float | None]:
    """1 for a win, 0 for anything else that was judged; a failure is no win."""
    return {row.question: _won(row) for row in result.rows if row.outcome is not Outcome.UNJUDGED}


def _won(row: Judged) -> float:
    return float(row.outcome is Outcome.WIN)
