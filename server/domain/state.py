"""The state of a running event. Only data and the questions one asks of it; it changes in `evolve` alone.

All times are whole milliseconds since the epoch, by the server's clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from server.domain.event import Event, Question
from server.domain.marks import CheckOutcome, Correction, Finding, Scorecard, SecondOpinion, Tally, Verdict
from server.domain.rules import Component


class Phase(StrEnum):
    """The life of a round (ARCHITECTURE section 5)."""

    UPCOMING = "upcoming"
    BRIEFING = "briefing"
    PROMPTING = "prompting"
    SETTLING = "settling"
    JUDGING = "judging"
    SEALED = "sealed"
    REVEALED = "revealed"
    VOIDED = "voided"


CLOCKED = frozenset({Phase.BRIEFING, Phase.PROMPTING, Phase.SETTLING, Phase.JUDGING})
LIVE = CLOCKED | {Phase.SEALED}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One generation. `finish_reason` is None while it streams. Its times are told at `FinishAttempt`.

    Finish reasons: `stop`, `length` (the model ended), `stopped` (the finalist, or a newer attempt),
    `cut` (the end of the grace), `failed` (the engine; `failure` says why).
    """

    id: str
    finalist: str
    number: int
    system_prompt: str
    temperature: float
    top_p: float
    max_tokens: int
    seed: int
    started_at: int
    automatic: bool = False
    superseded: bool = False
    text: str = ""
    tokens: int = 0
    ttft_ms: int | None = None
    ended_at: int | None = None
    finish_reason: str | None = None
    failure: str = ""
    retries: int = 0
    engine: str = ""
    adapter: str = ""
    adapter_sha256: str = ""
    prompt_tokens: int | None = None
    queue_ms: int | None = None
    stream_ms: int | None = None
    lost_ms: int = 0

    @property
    def is_running(self) -> bool:
        return self.finish_reason is None

    @property
    def has_text(self) -> bool:
        return bool(self.text.strip())

    @property
    def tokens_per_second(self) -> float | None:
        """Of the stream, after its first token; None where there is too little to tell."""
        return (self.tokens - 1) * 1000 / self.stream_ms if self.tokens > 1 and self.stream_ms else None


@dataclass(frozen=True, slots=True)
class Rejudging:
    """A second opinion in preview: what the judges would say now; nothing counts until it is applied."""

    reason: str
    asked_at: int
    seed: int
    verdicts: tuple[Verdict, ...] = ()
    abstained: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Round:
    """One question being played. `key` is unique in the event: "3.1" is the first run of question 3.

    `counted`: finalist → outcomes of the exact checks. `findings`: finalist → instructions found in the entry, None
    until the entries were inspected.
    """

    key: str
    number: int
    run: int
    question: Question
    phase: Phase = Phase.UPCOMING
    briefing_ends_at: int | None = None
    bell_at: int | None = None
    extra_ms: Mapping[str, int] = field(default_factory=dict)
    grace_ends_at: int | None = None
    grace_over: bool = False
    voting_ends_at: int | None = None
    voting_closed: bool = False
    judges_end_at: int | None = None
    closing: bool = False
    attempts: tuple[Attempt, ...] = ()
    pins: Mapping[str, str] = field(default_factory=dict)
    entries: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)
    counted: Mapping[str, tuple[CheckOutcome, ...]] = field(default_factory=dict)
    findings: Mapping[str, tuple[Finding, ...]] | None = None
    experts_in: frozenset[str] = frozenset()
    verdicts: tuple[Verdict, ...] = ()
    abstained: Mapping[str, str] = field(default_factory=dict)
    scorecards: tuple[Scorecard, ...] = ()
    tally: Tally = field(default_factory=Tally)
    corrections: tuple[Correction, ...] = ()
    rejudging: Rejudging | None = None
    second_opinions: tuple[SecondOpinion, ...] = ()
    approved: bool = False
    shown: tuple[Component, ...] = ()
    total_shown: bool = False
    void_reason: str = ""
    opened_at: int = 0

    def attempt(self, attempt_id: str) -> Attempt | None:
        """The attempt with this id, if the round has it."""
        return next((a for a in self.attempts if a.id == attempt_id), None)

    def attempts_of(self, finalist: str) -> tuple[Attempt, ...]:
        """A finalist's attempts, oldest first."""
        return tuple(a for a in self.attempts if a.finalist == finalist)

    def running(self, finalist: str) -> Attempt | None:
        """The attempt that streams for this finalist now, if any."""
        return next((a for a in self.attempts_of(finalist) if a.is_running and not a.superseded), None)

    def bell_for(self, finalist: str) -> int | None:
        """When this finalist's clock rings; None before the start."""
        return None if self.bell_at is None else self.bell_at + self.extra_ms.get(finalist, 0)

    def owed_ms(self, finalist: str) -> int:
        """What faults of the platform took from this finalist and nobody gave back yet, in milliseconds."""
        lost = sum(a.lost_ms for a in self.attempts_of(finalist))
        return max(0, lost - self.extra_ms.get(finalist, 0))

    @property
    def last_bell(self) -> int | None:
        """When the last finalist's clock rings; None before the start."""
        return None if self.bell_at is None else self.bell_at + max(self.extra_ms.values(), default=0)

    def counting(self, finalist: str) -> Attempt | None:
        """The attempt that counts as things stand: the pinned one, else the last with text."""
        pinned = self.attempt(self.pins.get(finalist, ""))
        if pinned is not None and (pinned.has_text or pinned.is_running):
            return pinned
        return next((a for a in reversed(self.attempts_of(finalist)) if a.has_text), None)

    def entry(self, finalist: str) -> Attempt | None:
        """The finalist's entry, once the round has settled."""
        return self.attempt(self.entries.get(finalist, ""))

    @property
    def ballot_order(self) -> tuple[str, ...]:
        """Finalists with an entry, in lane order."""
        return tuple(self.entries)


@dataclass(frozen=True, slots=True)
class Act:
    """Something the organiser did with a reason, as the results show it."""

    at: int
    kind: str
    round: str
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class EventState:
    """Everything decided so far. `rounds` holds one Round per run of a question, in the order they were opened.

    `outage`: why no engine answers, in words; empty while one does. `paused_by_outage`: nobody asked for the pause.
    """

    event: Event
    rounds: tuple[Round, ...] = ()
    paused_at: int | None = None
    pause_reason: str = ""
    paused_by_outage: bool = False
    hold: str | None = None
    outage: str = ""
    standings_shown: bool = False
    finished_at: int | None = None
    acts: tuple[Act, ...] = ()

    @property
    def current(self) -> Round | None:
        """The round opened last, whatever became of it."""
        return self.rounds[-1] if self.rounds else None

    @property
    def current_key(self) -> str:
        """The key of the current round, "" before the first."""
        return self.current.key if self.current else ""

    @property
    def is_locked(self) -> bool:
        """Whether the event's make-up can no longer change."""
        return bool(self.rounds)

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None

    @property
    def next_number(self) -> int | None:
        """The number of the next question to play; None when all are played."""
        played = {r.number for r in self.rounds}
        return next((n for n in range(1, len(self.event.questions) + 1) if n not in played), None)

    def is_last(self, round_: Round) -> bool:
        """Whether this is the event's last question."""
        return round_.number == len(self.event.questions)

    def round(self, key: str) -> Round | None:
        """The round with this key, if it was opened."""
        return next((r for r in self.rounds if r.key == key), None)

    @property
    def scored(self) -> tuple[Round, ...]:
        """Rounds that count in the standings: revealed, not voided."""
        return tuple(r for r in self.rounds if r.phase is Phase.REVEALED)
