"""What happened, in the past tense. Exactly these are journaled; `evolve` folds them into the state.

Once released, a kind keeps its fields: a journal must fold for ever. New fields get defaults.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.domain.event import Event
from server.domain.marks import CheckOutcome, Correction, Finding, Scorecard, Tally, Verdict
from server.domain.rules import Component


@dataclass(frozen=True, slots=True)
class EventConfigured:
    event: Event


@dataclass(frozen=True, slots=True)
class RoundOpened:
    key: str
    number: int
    run: int
    briefing_ends_at: int | None


@dataclass(frozen=True, slots=True)
class ClockStarted:
    bell_at: int


@dataclass(frozen=True, slots=True)
class Paused:
    reason: str


@dataclass(frozen=True, slots=True)
class Resumed:
    """`shift_ms`: how far every running clock moved."""

    shift_ms: int


@dataclass(frozen=True, slots=True)
class Extended:
    ms: int
    finalist: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class VotingExtended:
    voting_ends_at: int


@dataclass(frozen=True, slots=True)
class AttemptStarted:
    attempt_id: str
    finalist: str
    system_prompt: str
    temperature: float
    top_p: float
    max_tokens: int
    seed: int
    automatic: bool = False
    adapter: str = ""
    adapter_sha256: str = ""
    prompt_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class AttemptFinished:
    attempt_id: str
    text: str
    tokens: int
    ttft_ms: int | None
    finish_reason: str
    failure: str = ""
    retries: int = 0
    engine: str = ""
    queue_ms: int | None = None
    stream_ms: int | None = None
    lost_ms: int = 0


@dataclass(frozen=True, slots=True)
class AttemptStopped:
    """The finalist pressed Stop; the stream's text follows in AttemptFinished."""

    attempt_id: str


@dataclass(frozen=True, slots=True)
class AttemptPinned:
    finalist: str
    attempt_id: str | None


@dataclass(frozen=True, slots=True)
class BellRung:
    grace_ends_at: int
    early: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class GraceEnded:
    pass


@dataclass(frozen=True, slots=True)
class RoundSettled:
    """By finalist, in lane order: `entries`: attempts, `flags`: what was noticed, `counted`: exact checks."""

    entries: Mapping[str, str]
    flags: Mapping[str, str]
    voting_ends_at: int
    judges_end_at: int
    counted: Mapping[str, tuple[CheckOutcome, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EntriesInspected:
    findings: Mapping[str, tuple[Finding, ...]]  # instructions to judges; finalists without any are left out


@dataclass(frozen=True, slots=True)
class VotingClosed:
    pass


@dataclass(frozen=True, slots=True)
class ScorecardNoted:
    expert: str
    complete: bool


@dataclass(frozen=True, slots=True)
class VerdictsRecorded:
    judge: str
    verdicts: tuple[Verdict, ...]
    rejudging: bool = False
    requests: tuple[str, ...] = ()  # SHA-256 of each, with its reply


@dataclass(frozen=True, slots=True)
class JudgeAbstained:
    judge: str
    reason: str
    rejudging: bool = False
    requests: tuple[str, ...] = ()  # SHA-256 of each, with its reply


@dataclass(frozen=True, slots=True)
class JudgingClosed:
    automatic: bool


@dataclass(frozen=True, slots=True)
class RoundSealed:
    tally: Tally
    scorecards: tuple[Scorecard, ...]


@dataclass(frozen=True, slots=True)
class RoundApproved:
    pass


@dataclass(frozen=True, slots=True)
class MarkCorrected:
    round: str
    correction: Correction


@dataclass(frozen=True, slots=True)
class RejudgingAsked:
    reason: str
    seed: int


@dataclass(frozen=True, slots=True)
class RejudgingApplied:
    pass


@dataclass(frozen=True, slots=True)
class RejudgingDiscarded:
    pass


@dataclass(frozen=True, slots=True)
class RoundVoided:
    round: str
    reason: str


@dataclass(frozen=True, slots=True)
class ComponentRevealed:
    component: Component


@dataclass(frozen=True, slots=True)
class TotalRevealed:
    pass


@dataclass(frozen=True, slots=True)
class StandingsShown:
    pass


@dataclass(frozen=True, slots=True)
class HoldShown:
    text: str


@dataclass(frozen=True, slots=True)
class HoldHidden:
    pass


@dataclass(frozen=True, slots=True)
class EventFinished:
    pass


@dataclass(frozen=True, slots=True)
class LinkRenewed:
    role: str
    who: str
    reason: str


@dataclass(frozen=True, slots=True)
class DowntimeMadeUp:
    down_from: int
    shift_ms: int


@dataclass(frozen=True, slots=True)
class IncidentNoted:
    what: str
    finalist: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutageBegan:
    """`paused` and `hold`: what the arena did about it by itself; `hold` is the slide's text, empty for none."""

    why: str
    paused: bool
    hold: str


@dataclass(frozen=True, slots=True)
class OutageEnded:
    """`unhold`: the slide that the arena had put up is taken off. The clock waits for the organiser."""

    engine: str
    unhold: bool


Happening = (
    EventConfigured | RoundOpened | ClockStarted | Paused | Resumed | Extended | VotingExtended | AttemptStarted
    | AttemptFinished | AttemptStopped | AttemptPinned | BellRung | GraceEnded | RoundSettled | EntriesInspected
    | VotingClosed | ScorecardNoted | VerdictsRecorded | JudgeAbstained | JudgingClosed | RoundSealed | RoundApproved
    | MarkCorrected | RejudgingAsked | RejudgingApplied | RejudgingDiscarded | RoundVoided | ComponentRevealed
    | TotalRevealed | StandingsShown | HoldShown | HoldHidden | EventFinished | LinkRenewed | DowntimeMadeUp
    | IncidentNoted | OutageBegan | OutageEnded
)  # fmt: skip
