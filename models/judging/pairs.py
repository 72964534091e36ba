"""Pairs: one question with two answers, looked at in both orders. What a look is, and what both of them say together.

How a judge is asked lives in `pairwise` (a model that prefers) and `pairwise_marks` (a judge that gives marks).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from models.judging.protocol import JudgeRequest

EVEN = 0.5


class Order(StrEnum):
    """Which answer is shown first."""

    A_FIRST = "ab"
    B_FIRST = "ba"


class Fate(StrEnum):
    """What became of a look: a verdict, replies that could not be read, or no reply at all.

    An unread look is judged and failed: it was paid for and says nothing. An unanswered one is not judged yet.
    """

    JUDGED = "judged"
    FAILED = "failed"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Pair:
    """One question and the two answers to it; `facts` are vouched for by who asks, `criteria` are (key, meaning)."""

    question: str
    a: str
    b: str
    facts: str | None = None
    criteria: tuple[tuple[str, str], ...] = ()

    def shown(self, order: Order) -> tuple[str, str]:
        """The two answers as shown: first, second."""
        return (self.a, self.b) if order is Order.A_FIRST else (self.b, self.a)


@dataclass(frozen=True, slots=True)
class Look:
    """One order's outcome. `preference` is the judge's probability that a is better, None unless `fate` is judged.

    `how` says where it came from: token, written, marks, or unasked (an empty answer, twice the same answer).
    """

    order: Order
    fate: Fate
    preference: float | None
    how: str
    reason: str = ""
    requests: tuple[JudgeRequest, ...] = ()

    @property
    def first_preferred(self) -> float | None:
        """The probability given to the answer shown first."""
        if self.preference is None or self.order is Order.A_FIRST:
            return self.preference
        return 1 - self.preference


class PairComparer(Protocol):
    """Looks at pairs, one order at a time."""

    @property
    def name(self) -> str:
        """Short and unique among the judges of one run."""

    @property
    def label(self) -> str:
        """What a reader is told: who judged."""

    @property
    def demo(self) -> bool:
        """Whether this judge is for demonstration only."""

    @property
    def protocol(self) -> str:
        """How it is asked: pairs, listwise, pointwise or demo."""

    @property
    def prompt_sha256(self) -> str:
        """The hash of prompt templates, model and settings: another hash is another judge."""

    @property
    def sees_both(self) -> bool:
        """Whether one request shows both answers; if not, their order cannot matter."""

    @property
    def reply_tokens(self) -> int:
        """About how many tokens one look's reply has, for an estimate of its cost."""

    async def look(self, pair: Pair, order: Order, *, seed: int) -> Look:
        """Compare in one order. Failures are told in the look's fate; nothing is raised."""

    def prompt_text(self, pair: Pair, order: Order) -> str:
        """What would be sent, for an estimate of its cost; empty if nothing would."""


def mean_preference(looks: Sequence[Look]) -> float | None:
    """The mean over the orders, or None unless both orders were judged."""
    given = {look.order: look.preference for look in looks if look.preference is not None}
    return (given[Order.A_FIRST] + given[Order.B_FIRST]) / 2 if len(given) == len(Order) else None


def is_inconsistent(looks: Sequence[Look]) -> bool:
    """Whether the two orders prefer different answers; a tie in one of them disagrees with nothing."""
    sides = {look.preference > EVEN for look in looks if look.preference is not None and look.preference != EVEN}
    return len(sides) > 1


def unasked(pair: Pair, order: Order, clean_a: str, clean_b: str) -> Look | None:
    """The look of a pair that needs no judge: an empty answer loses to any text, two same answers are a tie."""
    if clean_a and clean_b and clean_a != clean_b:
        return None
    reason = "An answer is empty." if not (clean_a and clean_b) else "Both answers are the same."
    return Look(order, Fate.JUDGED, EVEN + (bool(clean_a) - bool(clean_b)) / 2, "unasked", reason)
