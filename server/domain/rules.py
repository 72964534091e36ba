"""The rules of one event: how long, how much, how marks become points.

Values of the event, not settings of the server: they are frozen when the event
is locked and travel with the results.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

HOTTEST = 2.0  # the highest temperature


class Component(StrEnum):
    """One of the three parts of a score."""

    LLM = "llm"
    EXPERTS = "experts"
    AUDIENCE = "audience"


class AudienceMethod(StrEnum):
    """How a ballot turns into marks: one tap, or one to five stars for each entry."""

    FAVOURITE = "favourite"
    STARS = "stars"


class LeakPolicy(StrEnum):
    """What happens when a system prompt already carries the answer or the question."""

    ALLOW = "allow"
    FLAG = "flag"
    FORBID = "forbid"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that experts and LLM judges mark, with its weight among the criteria.

    `meaning`: a sentence for those who mark. `label`: what people read; the key where it is empty.
    """

    key: str
    label: str = ""
    weight: Fraction = Fraction(1)
    meaning: str = ""

    @property
    def title(self) -> str:
        """What people read."""
        return self.label or self.key.replace("-", " ").replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class Weights:
    """Share of each component; any non-negative numbers, scaled to sum to one when used."""

    llm: Fraction = Fraction(2, 5)
    experts: Fraction = Fraction(2, 5)
    audience: Fraction = Fraction(1, 5)

    def __getitem__(self, component: Component) -> Fraction:
        """The raw (unscaled) weight of `component`."""
        return {
            Component.LLM: self.llm,
            Component.EXPERTS: self.experts,
            Component.AUDIENCE: self.audience,
        }[component]


DEFAULT_CRITERIA = (
    Criterion("accuracy", "Accuracy", meaning="What it says is true."),
    Criterion("completeness", "Completeness", meaning="It answers the whole question."),
    Criterion("flair", "Flair", meaning="It is a pleasure to read and to hear."),
)


@dataclass(frozen=True, slots=True)
class Scoring:
    """How marks become a round score (ARCHITECTURE section 7)."""

    weights: Weights = field(default_factory=Weights)
    audience_method: AudienceMethod = AudienceMethod.FAVOURITE
    audience_quorum: int = 30
    experts_trimmed: bool = False
    criteria: tuple[Criterion, ...] = DEFAULT_CRITERIA


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that the organiser may choose before the event is locked.

    A finalist may start `attempts_at_once` attempts in a row, then one more every `seconds_per_attempt` (0: without
    limit). `hold_on_outage`: the clock stops and the stage gets a hold slide when no engine answers.
    """

    scoring: Scoring = field(default_factory=Scoring)
    round_seconds: int = 60
    grace_seconds: int = 5
    voting_seconds: int = 45
    judge_seconds: int = 60
    briefing_seconds: int | None = None
    blind: bool = True
    freeze_before_last: bool = False
    max_tokens_limit: int = 400
    prompt_chars_limit: int = 8_000
    prompt_tokens_limit: int = 2_000
    attempts_limit: int = 40
    attempts_at_once: int = 6
    seconds_per_attempt: int = 4
    hold_on_outage: bool = True
    leak_policy: LeakPolicy = LeakPolicy.FLAG
    reveal_order: tuple[Component, ...] = (Component.AUDIENCE, Component.EXPERTS, Component.LLM)
