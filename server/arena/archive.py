"""What the arena needs of the store. `server.store.archive` implements it; every call is durable when it returns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from server.domain.commands import Draft
from server.domain.events import Happening
from server.domain.marks import Scorecard, Tally
from server.domain.rules import AudienceMethod
from server.domain.state import EventState


@dataclass(frozen=True, slots=True)
class Desk:
    """What lies on the desks of the current round when a server starts."""

    drafts: Mapping[str, Draft] = field(default_factory=dict)
    shelves: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cards: tuple[Scorecard, ...] = ()
    sent: frozenset[str] = frozenset()
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Vote:
    """One ballot on its way to the store; `choice`: a finalist, or JSON of finalist → stars."""

    round: str
    voter: str
    choice: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request to an LLM judge and its reply, word for word; `sha256` is over both.

    `order`: finalists as they were shown. `ms`: how long the reply took. `error`: why it did not count, "" if it did.
    `at_ms`: when it was kept, 0 before.
    """

    round: str
    judge: str
    rejudging: bool
    request: str
    reply: str
    sha256: str
    order: tuple[str, ...] = ()
    ms: float = 0.0
    error: str = ""
    at_ms: int = 0


class Archive(Protocol):
    """The store of one event. Everything raises StoreError (an ArenaError) when it cannot write."""

    def load(self) -> tuple[EventState, int]:
        """The folded state, and until when a server was last known alive (epoch ms; 0 for never)."""
        ...

    def desk(self, round_: str) -> Desk: ...
    async def append(self, happened: Sequence[tuple[int, Happening]]) -> None:
        """Write (epoch ms, event) in order, all or nothing."""
        ...

    async def put_votes(self, votes: Sequence[Vote]) -> None: ...
    async def put_draft(self, round_: str, finalist: str, draft: Draft, at: int) -> None: ...
    async def put_shelf(self, finalist: str, prompts: tuple[str, ...], at: int) -> None: ...
    async def put_card(self, round_: str, card: Scorecard, at: int) -> None: ...
    async def mark_sent(self, round_: str, expert: str, sent: bool, at: int) -> None: ...
    async def put_exchanges(self, exchanges: Sequence[Exchange], at: int) -> None: ...
    async def collect(
        self, round_: str, method: AudienceMethod, entered: Sequence[str]
    ) -> tuple[Tally, tuple[Scorecard, ...]]:
        """The tally, and the scorecards of the experts that sent theirs."""
        ...

    async def beat(self, at: int) -> None: ...
