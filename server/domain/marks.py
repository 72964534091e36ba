"""What was marked in a round, as it came in: verdicts, scorecards, the audience's tally, corrections.

Only the shapes. How they become scores is in `scoring`; who may see them is in `visibility`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from server.domain.rules import Component, Criterion

LOWEST, HIGHEST = Fraction(0), Fraction(10)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One LLM judge's mark (0 to 10, in thousandths) for a finalist's entry.

    `weight`: of the judge among the judges. `judged`: the judge's own mark where checks by code changed it.
    `spread`: its highest minus its lowest mark between shuffled orders, None where it was asked in one order only.
    """

    judge: str
    finalist: str
    mark: Fraction
    reason: str = ""
    weight: Fraction = Fraction(1)
    judged: Fraction | None = None
    spread: Fraction | None = None


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """How an entry fared in one exact check: the check's name, and what code found, as a sentence."""

    check: str
    passed: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in an entry that speaks to the judge and not to the question; for people to look at, never a mark."""

    kind: str
    excerpt: str
    sentence: str


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """A re-judging that was decided: the verdicts before and after it, and whether it was applied or dropped."""

    reason: str
    asked_at: int
    applied: bool
    before: tuple[Verdict, ...]
    after: tuple[Verdict, ...]
    abstained: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scorecard:
    """One expert's marks for one finalist's entry: criterion key → 0 to 10 in half points."""

    expert: str
    finalist: str
    marks: Mapping[str, Fraction]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """The audience's ballots of one round, counted when the vote closed.

    `favourites`: finalist → votes. `stars`: finalist → (stars 1..5 → how many ballots gave them),
    over complete ballots only. `counted` ballots entered the tally, `discarded` did not.
    """

    counted: int = 0
    discarded: int = 0
    favourites: Mapping[str, int] = field(default_factory=dict)
    stars: Mapping[str, Mapping[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Correction:
    """The organiser's replacement of one finalist's component in one round, with the reason."""

    finalist: str
    component: Component
    before: Fraction | None
    after: Fraction
    reason: str


@dataclass(frozen=True, slots=True)
class RoundMarks:
    """Everything needed to score one round.

    `finalists`: all finalists of the event in lane order; `entered`: those with an entry.
    A finalist without an entry has 0 in every component that is present. `criteria`: the question's own; the
    event's where it has none.
    """

    number: int
    multiplier: int
    finalists: tuple[str, ...]
    entered: frozenset[str]
    verdicts: tuple[Verdict, ...] = ()
    scorecards: tuple[Scorecard, ...] = ()
    tally: Tally = field(default_factory=Tally)
    corrections: tuple[Correction, ...] = ()
    criteria: tuple[Criterion, ...] = ()
