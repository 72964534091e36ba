"""What one Grand Finale is made of before it starts: people, questions, rules, judges."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from server.domain.exact_checks import ExactCheck
from server.domain.rules import Criterion, Rules

LETTERS = "ABCDEFGH"
SHAPES = ("circle", "triangle", "square", "diamond", "star", "hexagon", "cross", "heart")


@dataclass(frozen=True, slots=True)
class Finalist:
    """A contestant with one adapter; the place in `Event.finalists` is the lane."""

    id: str
    name: str
    adapter: str = ""
    adapter_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Expert:
    """A member of the panel."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Question:
    """One round's question; `seconds` None means the event's round length.

    `reference`: a good answer; `facts`: what the organiser vouches for; both are for the LLM judges alone. `criteria`:
    what this question is marked by, the event's where it is empty. `checks`: done by code, together `checks_share`
    (0 to 1) of an LLM judge's mark.
    """

    text: str
    theme: str = ""
    multiplier: int = 1
    seconds: int | None = None
    reference: str | None = None
    facts: tuple[str, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    checks: tuple[ExactCheck, ...] = ()
    checks_share: Fraction = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class JudgeCard:
    """What a calibration measured of a judge: its share of pairs judged as people did, with the interval's ends.

    `sha256`: of the card's file. `prompt_sha256`: which prompts and settings were measured.
    """

    accuracy: Fraction
    low: Fraction
    high: Fraction
    pairs: int
    sha256: str = ""
    prompt_sha256: str = ""


@dataclass(frozen=True, slots=True)
class JudgeSeat:
    """One LLM judge as frozen with the event: who it is, what it is asked and how much it weighs among the judges.

    `family`: of models, "" unknown. `kin`: it is of the family of the models that it judges. `settings` and
    `templates` (name → text) are what `prompt_sha256` was made from. `card`: where its weight comes from.
    """

    name: str
    label: str
    prompt_sha256: str = ""
    demo: bool = False
    weight: Fraction = Fraction(1)
    model: str = ""
    family: str = ""
    kin: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)
    card: JudgeCard | None = None

    @property
    def is_measured_otherwise(self) -> bool:
        """Whether its card is of other prompts or settings than those it judges with."""
        measured = self.card.prompt_sha256 if self.card else ""
        return bool(measured and self.prompt_sha256) and measured != self.prompt_sha256


@dataclass(frozen=True, slots=True)
class Event:
    """One Grand Finale, or a rehearsal of one."""

    id: str
    name: str
    seed: str
    rehearsal: bool = False
    finalists: tuple[Finalist, ...] = ()
    experts: tuple[Expert, ...] = ()
    questions: tuple[Question, ...] = ()
    judges: tuple[JudgeSeat, ...] = ()
    rules: Rules = field(default_factory=Rules)

    @property
    def finalist_ids(self) -> tuple[str, ...]:
        """Finalist ids in lane order."""
        return tuple(finalist.id for finalist in self.finalists)

    def criteria_of(self, question: Question) -> tuple[Criterion, ...]:
        """What entries to this question are marked by: its own criteria, else the event's; none that weighs nothing."""
        criteria = question.criteria or self.rules.scoring.criteria
        return tuple(criterion for criterion in criteria if criterion.weight > 0)

    def seat(self, judge: str) -> JudgeSeat | None:
        """The judge of this name, if the event has one."""
        return next((seat for seat in self.judges if seat.name == judge), None)

    def lane(self, finalist: str) -> int:
        """The lane (0 = A) of a finalist. Raises ValueError if the event has no such finalist."""
        return self.finalist_ids.index(finalist)
