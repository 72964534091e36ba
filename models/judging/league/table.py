"""The league's table: candidates by score, who beats whom by a sign test, and who is not ranked."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.judging.league.comparing import compared
from models.judging.league.outcomes import Outcome
from models.judging.league.report import Result, in_percent

HEAD = ("", "candidate", "score (95 %)", "soft", "length-controlled", "inconsistent", "failed", "beats (p < 0.05)")
NOTE = (
    "Score: wins ÷ questions, with Wilson's interval. Soft: mean preference over both orders. Places are by score; "
    "only what stands under “beats” is more than chance, each by a paired exact sign test of its own."
)


@dataclass(frozen=True, slots=True)
class Line:
    """One candidate; `place` is None when it is not ranked, equal scores share a place."""

    place: int | None
    result: Result
    beats: tuple[str, ...]

    @property
    def cells(self) -> tuple[str, ...]:
        """What the table shows, under HEAD."""
        found = self.result.score
        controlled = found.length_controlled
        return (
            "–" if self.place is None else str(self.place),
            self.result.candidate,
            in_percent(found.wins) if found.is_ranked else found.standing,
            "–" if found.soft_win_rate is None else f"{100 * found.soft_win_rate:.1f} %",
            "–" if controlled is None else f"{100 * controlled.value:.1f} %",
            str(found.inconsistent),
            str(found.counts[Outcome.FAILED]),
            ", ".join(self.beats),
        )


def table(results: Sequence[Result]) -> list[Line]:
    """Every candidate, the best first, the unranked last. Raises ReportRefused for results of different leagues."""
    scores = {id(result): result.score for result in results}
    beaten = _beaten(results)
    ranked = sorted((one for one in results if scores[id(one)].is_ranked), key=lambda one: -scores[id(one)].wins.value)
    values = [scores[id(one)].wins.value for one in ranked]
    lines = [Line(values.index(value) + 1, one, beaten[id(one)]) for value, one in zip(values, ranked, strict=True)]
    return lines + [Line(None, one, beaten[id(one)]) for one in results if not scores[id(one)].is_ranked]


def as_markdown(lines: Sequence[Line]) -> str:
    """The table as a page."""
    first = lines[0].result
    rows = [HEAD, ("---",) * len(HEAD), *(line.cells for line in lines)]
    judge = f"Judge: {first.judge.label} ({first.judge.protocol}). Reference: {first.reference}."
    return f"{judge}\n\n" + "\n".join(f"| {' | '.join(row)} |" for row in rows) + f"\n\n{NOTE}\n"


def _beaten(results: Sequence[Result]) -> dict[int, tuple[str, ...]]:
    beaten: dict[int, tuple[str, ...]] = {}
    for one in results:
        found = [compared(one, other) for other in results if other is not one]
        beaten[id(one)] = tuple(each.b for each in found if each.only_a > each.only_b and each.winner is not None)
    return beaten
