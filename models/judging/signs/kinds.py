"""The kinds of sign, and a sign as it is found: a kind and a place. What the organiser reads is written elsewhere."""

from dataclasses import dataclass
from enum import StrEnum


class InjectionKind(StrEnum):
    """What an entry tries. The values are words for the organiser."""

    OVERRIDE = "instruction override"
    FAKE_VERDICT = "fake verdict"
    TEMPLATE_CLOSING = "template closing"
    IMPERSONATION = "role play or impersonation"
    HIDDEN_CHARACTERS = "hidden characters"
    FENCE_IMITATION = "fence imitation"
    BEGGING = "begging for marks"
    PADDING = "padding"
    AUTHORITY = "fabricated authority"


@dataclass(frozen=True, slots=True)
class Sign:
    """`start`: offset in characters of the text as written. `shown`: what was hidden there, if that needs telling."""

    kind: InjectionKind
    start: int
    shown: str = ""
