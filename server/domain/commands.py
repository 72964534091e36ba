"""What anyone may ask of a running event, in the imperative. `decide` answers.

This list, with `events`, is the table of contents of the show.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.domain.event import Event
from server.domain.marks import Finding, Scorecard, Tally, Verdict
from server.domain.rules import Component


@dataclass(frozen=True, slots=True)
class Draft:
    """A finalist's unsent prompt and settings."""

    system_prompt: str = ""
    temperature: float = 0.7
    top_p: float = 0.9
    max_tokens: int = 200
    seed: int = 0


# --- the organiser -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Configure:
    """Replace the event's make-up; only before the first round is opened."""

    event: Event


@dataclass(frozen=True, slots=True)
class OpenRound:
    """Show the next question (or the given one) on all screens: briefing."""

    number: int | None = None


@dataclass(frozen=True, slots=True)
class StartClock:
    """Start the finalists' clock."""


@dataclass(frozen=True, slots=True)
class Pause:
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Resume:
    pass


@dataclass(frozen=True, slots=True)
class Extend:
    """Give time: to everyone, or to one finalist (then a reason is due)."""

    seconds: int
    finalist: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ExtendVoting:
    seconds: int


@dataclass(frozen=True, slots=True)
class EndPrompting:
    """Ring the bell early, for all. `drafts`: as in `Tick`."""

    reason: str = ""
    drafts: Mapping[str, Draft] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CloseJudging:
    pass


@dataclass(frozen=True, slots=True)
class Approve:
    pass


@dataclass(frozen=True, slots=True)
class Correct:
    """Replace one finalist's component in the sealed round; `mark` is text such as "7.5"."""

    finalist: str
    component: Component
    mark: str
    reason: str
    round: str | None = None


@dataclass(frozen=True, slots=True)
class Rejudge:
    """Ask the LLM judges again, as a preview."""

    reason: str
    seed: int = 0


@dataclass(frozen=True, slots=True)
class ApplyRejudging:
    pass


@dataclass(frozen=True, slots=True)
class DiscardRejudging:
    pass


@dataclass(frozen=True, slots=True)
class Void:
    reason: str
    round: str | None = None


@dataclass(frozen=True, slots=True)
class Replay:
    """Void the current round, if it still counts, and open its question again."""

    reason: str


@dataclass(frozen=True, slots=True)
class RevealComponent:
    """Show one component of the sealed round; without a name, the next in the event's order."""

    component: Component | None = None


@dataclass(frozen=True, slots=True)
class RevealTotal:
    """Show the round's totals: the round counts from here on."""


@dataclass(frozen=True, slots=True)
class ShowStandings:
    pass


@dataclass(frozen=True, slots=True)
class ShowHold:
    """Put a hold slide on the stage."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class HideHold:
    pass


@dataclass(frozen=True, slots=True)
class Finish:
    """Name the champion and end the event."""


@dataclass(frozen=True, slots=True)
class NoteLink:
    """Write into the journal that someone was handed a fresh link (the old one no longer works)."""

    role: str
    who: str
    reason: str = ""


# --- finalists -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Generate:
    """Start an attempt. `attempt_id` makes a repeated request harmless.

    `prompt_tokens`: of system prompt and question, as the base's tokenizer counts them; None where nobody can.
    """

    attempt_id: str
    system_prompt: str
    temperature: float
    top_p: float
    max_tokens: int
    seed: int
    prompt_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class StopGenerating:
    pass


@dataclass(frozen=True, slots=True)
class Pin:
    """Choose which attempt counts; None returns to "the last one with text"."""

    attempt_id: str | None


# --- the shell: clock, engine, judges, store -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tick:
    """An alarm is due. `drafts`: finalist → what they had typed, for automatic attempts at the bell."""

    drafts: Mapping[str, Draft] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FinishAttempt:
    """The end of a stream, with all its text. Times in milliseconds.

    `ttft_ms`: from the start to the first token of the text that stands. `queue_ms`: until the engine took it up.
    `stream_ms`: from the first token to the last. `lost_ms`: what faults of the platform took.
    """

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
class RecordVerdicts:
    """All of one judge's marks for a round (`rejudging`: for the preview), and the hashes of what it was asked."""

    round: str
    judge: str
    verdicts: tuple[Verdict, ...]
    rejudging: bool = False
    requests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordAbstention:
    round: str
    judge: str
    reason: str
    rejudging: bool = False
    requests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoteFindings:
    """What the search for instructions found in the entries of a round; entries without findings are left out."""

    round: str
    findings: Mapping[str, tuple[Finding, ...]]


@dataclass(frozen=True, slots=True)
class NoteScorecard:
    """An expert's scorecard rows are in the store; `complete` when every entry is marked and sent."""

    round: str
    expert: str
    complete: bool


@dataclass(frozen=True, slots=True)
class Seal:
    """What the store counted after the close."""

    round: str
    tally: Tally
    scorecards: tuple[Scorecard, ...]


@dataclass(frozen=True, slots=True)
class MakeUpDowntime:
    """The server was down from `down_from`: no clock ran meanwhile."""

    down_from: int


@dataclass(frozen=True, slots=True)
class NoteIncident:
    """A fault of the platform, for the journal and the organiser."""

    what: str
    finalist: str = ""


@dataclass(frozen=True, slots=True)
class NoteOutage:
    """No engine answers any more: the clock must not run against the finalists. `why`: in words."""

    why: str


@dataclass(frozen=True, slots=True)
class NoteRecovery:
    """An engine answers again after an outage."""

    engine: str


Command = (
    Configure | OpenRound | StartClock | Pause | Resume | Extend | ExtendVoting | EndPrompting | CloseJudging
    | Approve | Correct | Rejudge | ApplyRejudging | DiscardRejudging | Void | Replay | RevealComponent
    | RevealTotal | ShowStandings | ShowHold | HideHold | Finish | NoteLink | Generate | StopGenerating | Pin
    | Tick | FinishAttempt | RecordVerdicts | RecordAbstention | NoteFindings | NoteScorecard | Seal | MakeUpDowntime
    | NoteIncident | NoteOutage | NoteRecovery
)  # fmt: skip
