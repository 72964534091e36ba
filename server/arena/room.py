"""The room as it is now: one immutable picture of the running event that every screen is drawn from.

Made by the arena after each change; views only read it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from server.domain.agreement import Agreement
from server.domain.commands import Draft
from server.domain.marks import Scorecard
from server.domain.state import EventState


class Change(Enum):
    """What kind of thing moved, so that only the screens that show it are drawn again."""

    STATE = auto()
    TEXT = auto()
    VOTES = auto()
    DESKS = auto()
    PRESENCE = auto()
    CHECKS = auto()


@dataclass(frozen=True, slots=True)
class LiveText:
    """A stream as far as it has come. `tokens_per_second` is 0 until the second token."""

    text: str = ""
    tokens: int = 0
    tokens_per_second: float = 0.0
    stalled: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Presence:
    """Who is connected: sets of ids for the named, numbers for the rest."""

    finalists: frozenset[str] = frozenset()
    experts: frozenset[str] = frozenset()
    stages: int = 0
    organisers: int = 0
    phones: int = 0


@dataclass(frozen=True, slots=True)
class Check:
    """One row of the readiness board. `level`: "green", "amber", "red" or "grey" (not checked yet).

    `may_record`: the answer found may be right, so that the organiser is offered to record the probes anew.
    """

    key: str
    label: str
    level: str
    detail: str = ""
    remedy: str = ""
    may_record: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """What is known of an adapter beside its hash: its LoRA rank, and what its card calls it ("" without a card)."""

    rank: int
    title: str = ""


@dataclass(frozen=True, slots=True)
class EngineNow:
    """An engine in the order in which it steps in. `resting`: out of service; `why`, in words."""

    name: str
    resting: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Room:
    """Everything a view may need; `domain.visibility` decides what it may show.

    `live`: attempt id → text so far. `cards`: (expert, finalist) → saved scorecard of the current round.
    `sent`: experts whose scorecard of the current round is sent. `votes`: ballots of the current round.
    `models`: name on the engine → what is known of that adapter; None where no model can be handed in.
    `agreement`: round key → how far judges and experts agree, and "" → over all rounds, as far as it is measured.
    """

    state: EventState
    live: Mapping[str, LiveText] = field(default_factory=dict)
    presence: Presence = field(default_factory=Presence)
    drafts: Mapping[str, Draft] = field(default_factory=dict)
    shelves: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cards: Mapping[tuple[str, str], Scorecard] = field(default_factory=dict)
    sent: frozenset[str] = frozenset()
    votes: int = 0
    checks: tuple[Check, ...] = ()
    engines: tuple[EngineNow, ...] = ()
    agreement: Mapping[str, Agreement] = field(default_factory=dict)
    bots: Mapping[str, int] = field(default_factory=dict)
    models: Mapping[str, Model] | None = None
    public_url: str = ""
    code: str = ""
