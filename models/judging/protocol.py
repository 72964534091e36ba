"""What a judge is and what it hands back. How judges ask, parse and combine lives beside this file.

A judge gives every entry a mark or abstains as a whole: there is no default mark, ever.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Protocol

FLOOR, CEILING = Fraction(0), Fraction(10)
STEP = Decimal("0.001")
EMPTY_REASON = "The entry has no text to judge."


@dataclass(frozen=True, slots=True)
class Verdict:
    """One judge's mark for one entry: 0 to 10 in steps of 1/1000, with one sentence of reason."""

    mark: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class JudgeRequest:
    """One request as sent and as answered; `order` lists the finalists in the order shown, `ms` is the time it took.

    `sha256` is of prompt, a zero byte and reply, in UTF-8. `error` says why the reply did not count, or is None.
    """

    order: tuple[str, ...]
    prompt: str
    reply: str
    sha256: str
    ms: float
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """A judge's answer for a round: verdicts for every finalist, or None and why it abstained.

    `by_order` holds each shuffled order's marks, before they were averaged.
    """

    judge: str
    verdicts: Mapping[str, Verdict] | None
    abstained: str | None
    requests: tuple[JudgeRequest, ...]
    by_order: tuple[Mapping[str, Decimal], ...] = field(default=())


class Judge(Protocol):
    """Marks the entries of a round."""

    @property
    def name(self) -> str:
        """Short and unique in the event."""

    @property
    def label(self) -> str:
        """What the audience reads: who judged."""

    @property
    def demo(self) -> bool:
        """Whether this judge is for demonstration only, and must be shown as such."""

    @property
    def prompt_sha256(self) -> str:
        """The hash of its prompt templates and settings, frozen with the event."""

    async def mark(
        self,
        *,
        question: str,
        criteria: Sequence[tuple[str, str]],
        entries: Mapping[str, str],
        reference: str | None,
        seed: int,
        weights: Mapping[str, Fraction] | None = None,
    ) -> Judgement:
        """Mark `entries` (finalist id to text) by `criteria` (key, meaning). Failures abstain; nothing is raised.

        `weights` of the criteria by key, not negative and not all 0; None when all weigh the same.
        """


@dataclass(frozen=True, slots=True)
class PromptSheet:
    """All that a judge is asked with: `templates` (name to text) and `settings` that may move a mark."""

    templates: Mapping[str, str]
    settings: Mapping[str, str]

    @property
    def sha256(self) -> str:
        """The version of the sheet: SHA-256 of {"settings": …, "templates": …} as JSON, keys sorted, without spaces."""
        both = {"settings": dict(self.settings), "templates": dict(self.templates)}
        text = json.dumps(both, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def weighted_mean(marks: Mapping[str, Fraction], weights: Mapping[str, Fraction] | None) -> Fraction:
    """The mean of marks by criterion, each with its weight; equal weights when there are none."""
    if weights is None:
        return sum(marks.values(), Fraction(0)) / len(marks)
    return sum((weights[key] * mark for key, mark in marks.items()), Fraction(0)) / sum(weights[key] for key in marks)


class VerdictRefused(ValueError):
    """A reply is not a verdict; the message says what was expected and what came."""


def rounded(mark: Fraction) -> Decimal:
    """The mark to the nearest 1/1000. Raises VerdictRefused outside 0 to 10; never clamps."""
    if not FLOOR <= mark <= CEILING:
        raise VerdictRefused(f"a mark must be from 0 to 10, not {float(mark):g}")
    return (Decimal(mark.numerator) / Decimal(mark.denominator)).quantize(STEP, ROUND_HALF_EVEN)
