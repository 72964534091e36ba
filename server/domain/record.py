"""The record of a show as the results need it: what happened and what was marked, with nothing computed.

`bundle` writes it to a file, `bundle_reader` reads the part that scores depend on back. The running show has
its own state, which is converted to this. Times are milliseconds since the epoch.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.domain.chain import JournalEntry
from server.domain.event import JudgeSeat, Question
from server.domain.marks import CheckOutcome, Finding, RoundMarks, SecondOpinion
from server.domain.rules import Component, Scoring

REVEALED, VOIDED = "revealed", "voided"


@dataclass(frozen=True, slots=True)
class FinalistRecord:
    """A contestant and the adapter they played with."""

    id: str
    name: str
    adapter: str = ""
    adapter_sha256: str = ""


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """One generation. `is_entry`: the one that counted; `automatic`: made from the draft at the bell."""

    id: str
    finalist: str
    system_prompt: str
    temperature: float
    top_p: float
    max_tokens: int
    seed: int
    text: str
    tokens: int
    started_at: int
    ended_at: int | None = None
    ttft_ms: int | None = None
    finish_reason: str = ""
    is_entry: bool = False
    automatic: bool = False
    adapter_sha256: str = ""
    engine: str = ""
    prompt_tokens: int | None = None
    queue_ms: int | None = None
    stream_ms: int | None = None
    retries: int = 0
    lost_ms: int = 0
    failure: str = ""


@dataclass(frozen=True, slots=True)
class JudgingRecord:
    """How the answers of one round were judged, besides the marks. `asked`: the question with facts and exact checks.

    `counted`: finalist → outcomes of the checks. `findings`: finalist → instructions found in the entry.
    """

    asked: Question = field(default_factory=lambda: Question(""))
    counted: Mapping[str, tuple[CheckOutcome, ...]] = field(default_factory=dict)
    findings: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    second_opinions: tuple[SecondOpinion, ...] = ()


@dataclass(frozen=True, slots=True)
class RoundRecord:
    """One run of a question. `key` is unique in the event: "3.1" is the first run of question 3.

    `status`: the phase it is in. `reveal`: components in the order they were shown. `abstained`: judge → why.
    `flags`: finalist → what was noticed about their prompt.
    """

    key: str
    question: str
    status: str
    marks: RoundMarks
    run: int = 1
    attempts: tuple[AttemptRecord, ...] = ()
    reveal: tuple[Component, ...] = ()
    void_reason: str = ""
    abstained: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)
    judging: JudgingRecord = field(default_factory=JudgingRecord)

    @property
    def counts(self) -> bool:
        """Whether the round is in the standings: revealed, not voided."""
        return self.status == REVEALED


@dataclass(frozen=True, slots=True)
class ActRecord:
    """Something the organiser did, with the reason given. `round` is the round's key, or empty."""

    at: int
    kind: str
    reason: str
    round: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Show:
    """Everything that goes into the results of one event. `finalists` in lane order, `rounds` as opened."""

    id: str
    name: str
    seed: str
    finalists: tuple[FinalistRecord, ...]
    rounds: tuple[RoundRecord, ...]
    scoring: Scoring = field(default_factory=Scoring)
    rehearsal: bool = False
    reveal_order: tuple[Component, ...] = ()
    acts: tuple[ActRecord, ...] = ()
    judges: tuple[JudgeSeat, ...] = ()
    journal: tuple[JournalEntry, ...] = ()

    @property
    def may_be_published(self) -> bool:
        """Whether every round is revealed or voided: the file holds all marks and the whole journal."""
        return all(r.status in (REVEALED, VOIDED) for r in self.rounds)
