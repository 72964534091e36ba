"""What LLM judges said of one answer: marks, reasons, and what is to be known about each mark."""

from dataclasses import dataclass
from fractions import Fraction

from server.domain.marks import Verdict
from server.domain.scoring import RoundScores
from server.domain.state import EventState, Round
from server.web.screens._results_words import Number, number


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one LLM judge said. `notes`: its weight, its own mark before checks by code, its spread between orders."""

    judge: str
    is_demo: bool
    mark: Number
    reason: str
    counts: bool
    notes: tuple[str, ...]


def opinions(state: EventState, round_: Round, scores: RoundScores, finalist: str) -> tuple[Opinion, ...]:
    """Every LLM judge's mark of one finalist's entry, with its reason."""
    seats = {seat.name: seat for seat in state.event.judges}
    return tuple(
        Opinion(
            judge=seats[v.judge].label if v.judge in seats else v.judge,
            is_demo=v.judge in seats and seats[v.judge].demo,
            mark=number(v.mark),
            reason=v.reason,
            counts=v.judge in scores.judges_in,
            notes=_notes(state, v),
        )
        for v in round_.verdicts
        if v.finalist == finalist
    )


def _notes(state: EventState, verdict: Verdict) -> tuple[str, ...]:
    whole = sum((seat.weight for seat in state.event.judges), Fraction(0))
    several = len(state.event.judges) > 1 and bool(whole)
    return tuple(
        filter(
            None,
            (
                f"weighs {float(100 * verdict.weight / whole):.0f} %" if several else "",
                f"{number(verdict.judged).text} before the checks by code" if verdict.judged is not None else "",
                f"{number(verdict.spread).text} apart between orders" if verdict.spread else "",
            ),
        )
    )
