"""Whoever watches a run: the terminal, a report, a search. A run tells its watchers; they may ask it to stop.

The lines of progress.jsonl are the same facts, written by the run itself whether anybody watches or not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from training.runs.record import RunRecord


class StopTuning(Exception):
    """A watcher may raise it from `started`, `estimated`, `stepped` or `validated`: the run ends as `stopped`.

    Its text is the reason. A run that has made a step saves first; one stopped before the first step has no adapter.
    """


@dataclass(frozen=True, slots=True)
class Plan:
    """What is about to run: steps in all and already done, tokens in an epoch, device, numbers that are trained."""

    steps: int
    done: int
    tokens_per_epoch: int
    learned_per_epoch: int
    device: str
    trainable: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a few measured steps say of the whole: seconds for the steps that are left, bytes at the peak.

    `seconds_available` is the least of budget and hours; None without either.
    """

    seconds: float
    seconds_per_step: float
    memory_bytes: int
    checkpoint_bytes: int
    measured_steps: int
    seconds_available: float | None = None

    @property
    def fits(self) -> bool:
        """Whether the run can end within what is there."""
        return self.seconds_available is None or self.seconds <= self.seconds_available


@dataclass(frozen=True, slots=True)
class Stepped:
    """A logged step: mean loss since the last one (nats per learned token), tokens and seconds so far.

    `tokens_per_second` is of the steps alone; `memory_bytes` is the peak so far, on the GPU or of the process.
    """

    step: int
    epoch: float
    loss: float
    learning_rate: float
    grad_norm: float
    tokens: int
    tokens_per_second: float
    memory_bytes: int
    seconds: float
    seconds_left: float


@dataclass(frozen=True, slots=True)
class Validated:
    """A validation: loss in nats per learned token, and whether it is the best so far."""

    step: int
    epoch: float
    validation_loss: float
    is_best: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Sampled:
    """One sampled answer."""

    step: int
    prompt: str
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """Something worth saying: a short name, such as overfitting, saved or left_out, and a sentence for people."""

    event: str
    step: int
    message: str


class Watcher(Protocol):
    """Hears of a run, in the process and thread that trains; whatever is slow here slows the run."""

    def started(self, run: RunRecord, plan: Plan) -> None:
        """The run folder is there and the model is loaded."""

    def estimated(self, estimate: Estimate) -> None:
        """A few steps were measured, and rolled back."""

    def stepped(self, fact: Stepped) -> None:
        """A step was logged."""

    def validated(self, fact: Validated) -> None:
        """A validation is done."""

    def sampled(self, fact: Sampled) -> None:
        """A prompt was sampled."""

    def told(self, fact: Told) -> None:
        """Something happened."""

    def ended(self, run: RunRecord) -> None:
        """The run is over, whichever way."""


class Silent:
    """Hears everything and says nothing; the base of watchers that care for some of it."""

    def started(self, run: RunRecord, plan: Plan) -> None:
        """Nothing."""

    def estimated(self, estimate: Estimate) -> None:
        """Nothing."""

    def stepped(self, fact: Stepped) -> None:
        """Nothing."""

    def validated(self, fact: Validated) -> None:
        """Nothing."""

    def sampled(self, fact: Sampled) -> None:
        """Nothing."""

    def told(self, fact: Told) -> None:
        """Nothing."""

    def ended(self, run: RunRecord) -> None:
        """Nothing."""


class Several:
    """Tells several watchers, in order."""

    def __init__(self, watchers: Sequence[Watcher]) -> None:
        self._watchers = tuple(watchers)

    def started(self, run: RunRecord, plan: Plan) -> None:
        """Tell all."""
        for watcher in self._watchers:
            watcher.started(run, plan)

    def estimated(self, estimate: Estimate) -> None:
        """Tell all."""
        for watcher in self._watchers:
            watcher.estimated(estimate)

    def stepped(self, fact: Stepped) -> None:
        """Tell all."""
        for watcher in self._watchers:
            watcher.stepped(fact)

    def validated(self, fact: Validated) -> None:
        """Tell all."""
        for watcher in self._watchers:
            watcher.validated(fact)

    def sampled(self, fact: Sampled) -> None:
        """Tell all."""
        for watcher in self._watchers:
            watcher.sampled(fact)

    def told(self, fact: Told) -> None:
        """Tell all."""
        for watcher in self._watchers:
            watcher.told(fact)

    def ended(self, run: RunRecord) -> None:
        """Tell all."""
        for watcher in self._watchers:
            watcher.ended(run)
