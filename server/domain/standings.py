"""The places over all revealed rounds, and which rule decided each.

The order is strict and the same on every machine: it depends on the scores and on the event's published
seed alone, never on the order of arrival or of names.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from hashlib import sha256

from server.domain.rules import Component
from server.domain.scoring import RoundScores


class TieRule(StrEnum):
    """What separates two finalists, in the order in which it is asked.

    The sums of components carry the rounds' multipliers, as the total does; rounds won are plain rounds.
    """

    TOTAL = "total"
    EXPERTS = "experts"
    LLM = "llm"
    AUDIENCE = "audience"
    ROUNDS_WON = "rounds won"
    LOT = "lot"


@dataclass(frozen=True, slots=True)
class Standing:
    """One finalist's place. `rank` is strict; `display_rank` is shared where the totals are equal.

    `experts`, `llm`, `audience`: sums of multiplier × component. `rounds_won`: rounds in which nobody scored
    more (and the score is above 0). `decided_by`: the last rule that had to be asked to tell this finalist
    from the one above and the one below.
    """

    finalist: str
    rank: int
    display_rank: int
    total: Fraction
    experts: Fraction
    llm: Fraction
    audience: Fraction
    rounds_won: int
    decided_by: TieRule


@dataclass(frozen=True, slots=True)
class _Claim:
    finalist: str
    total: Fraction
    experts: Fraction
    llm: Fraction
    audience: Fraction
    rounds_won: int
    lot: int

    @property
    def merits(self) -> tuple[Fraction | int, ...]:
        """What is compared, in the order of TieRule; more is better."""
        return (self.total, self.experts, self.llm, self.audience, self.rounds_won, self.lot)


def standings(rounds: Sequence[RoundScores], finalists: Iterable[str], seed: str) -> tuple[Standing, ...]:
    """The finalists, first place first, over `rounds`, those revealed and not voided. `seed`: the event's."""
    claims = [_claim(finalist, rounds, seed) for finalist in finalists]
    claims.sort(key=lambda claim: claim.merits, reverse=True)
    return tuple(_standing(claims, place) for place in range(len(claims)))


def lot(seed: str, finalist: str) -> int:
    """The finalist's lot: sha256 of seed, a zero byte and the finalist's id, as a number. The higher wins."""
    return int(sha256(f"{seed}\0{finalist}".encode("utf-8", "surrogatepass")).hexdigest(), 16)


def winners(scores: RoundScores) -> frozenset[str]:
    """The finalists with the highest score of the round; nobody where all have 0."""
    best = max((s.score for s in scores.scores.values()), default=Fraction(0))
    return frozenset(f for f, s in scores.scores.items() if s.score == best and best > 0)


def _claim(finalist: str, rounds: Sequence[RoundScores], seed: str) -> _Claim:
    return _Claim(
        finalist=finalist,
        total=sum((r.scores[finalist].score for r in rounds if finalist in r.scores), Fraction(0)),
        experts=_component_sum(finalist, rounds, Component.EXPERTS),
        llm=_component_sum(finalist, rounds, Component.LLM),
        audience=_component_sum(finalist, rounds, Component.AUDIENCE),
        rounds_won=sum(finalist in winners(r) for r in rounds),
        lot=lot(seed, finalist),
    )


def _component_sum(finalist: str, rounds: Sequence[RoundScores], component: Component) -> Fraction:
    """Σ multiplier × component; a round where it is absent adds nothing, for anyone."""
    marks = ((r.multiplier, r.scores[finalist][component]) for r in rounds if finalist in r.scores)
    return sum((multiplier * mark for multiplier, mark in marks if mark is not None), Fraction(0))


def _standing(claims: Sequence[_Claim], place: int) -> Standing:
    claim = claims[place]
    neighbours = [claims[i] for i in (place - 1, place + 1) if 0 <= i < len(claims)]
    return Standing(
        finalist=claim.finalist,
        rank=place + 1,
        display_rank=1 + sum(other.total > claim.total for other in claims),
        total=claim.total,
        experts=claim.experts,
        llm=claim.llm,
        audience=claim.audience,
        rounds_won=claim.rounds_won,
        decided_by=_deepest(_deciding_rule(claim, other) for other in neighbours),
    )


def _deciding_rule(one: _Claim, other: _Claim) -> TieRule:
    pairs = zip(TieRule, one.merits, other.merits, strict=True)
    return next((rule for rule, mine, theirs in pairs if mine != theirs), TieRule.LOT)


def _deepest(rules: Iterable[TieRule]) -> TieRule:
    order = tuple(TieRule)
    return max(rules, key=order.index, default=TieRule.TOTAL)
