"""How long things take in a run, and whether there is time for another step. Whose time it is: see `training.hours`."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

RECENT = 8  # steps from which the next one is guessed
MARGIN = 1.3  # what comes next may take this much longer than what came
SLACK_SECONDS = 1.0  # for the adapter and the record at the very end


@dataclass(slots=True)
class Pace:
    """Seconds of this attempt and of its parts. `before` is the training time of earlier attempts that was kept.

    `steps` are recent seconds per step, all that happens between two steps included but validations, samples and
    checkpoints; `stepping` is the time of this attempt in the steps alone.
    """

    before: float = 0.0
    limit: float | None = None  # seconds that this attempt may take
    clock: Callable[[], float] = time.monotonic
    steps: deque[float] = field(default_factory=lambda: deque(maxlen=RECENT))
    stepping: float = 0.0
    validation: float = 0.0  # the longest of each so far
    saving: float = 0.0
    sampling: float = 0.0  # of all prompts
    _began: float | None = None
    _step_began: float = 0.0
    _last_end: float | None = None
    _aside: float = 0.0  # spent on other things than steps since the last one ended

    def begin(self) -> None:
        """Start the clock of this attempt."""
        self._began = self.clock()

    def spent(self) -> float:
        """Seconds of this attempt."""
        return 0.0 if self._began is None else self.clock() - self._began

    def total(self) -> float:
        """Seconds of training over all attempts."""
        return self.before + self.spent()

    def left(self) -> float | None:
        """Seconds until the limit; None without one."""
        return None if self.limit is None else self.limit - self.spent()

    def step_begins(self) -> None:
        """A step begins."""
        self._step_began = self.clock()

    def step_ends(self) -> None:
        """The step is made."""
        now = self.clock()
        self.stepping += now - self._step_began
        since = self._step_began if self._last_end is None else self._last_end + self._aside
        self.steps.append(now - since)
        self._last_end, self._aside = now, 0.0

    @contextmanager
    def validating(self) -> Iterator[None]:
        """Time a validation."""
        began = self.clock()
        yield
        self.validation = max(self.validation, self._set_aside(began))

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Time a checkpoint."""
        began = self.clock()
        yield
        self.saving = max(self.saving, self._set_aside(began))

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Time the sampling of all prompts."""
        began = self.clock()
        yield
        self.sampling = max(self.sampling, self._set_aside(began))

    def needed_for_another(self, *, validates: bool) -> float:
        """Seconds for one more step, a validation where one is due, a checkpoint and the end."""
        step = max(self.steps, default=0.0)
        validation = self.validation + self.sampling if validates else 0.0
        return MARGIN * (step + validation + self.saving) + SLACK_SECONDS

    def has_time_for_another(self, *, validates: bool) -> bool:
        """Whether the limit allows one more step and still an orderly end."""
        left = self.left()
        return left is None or left >= self.needed_for_another(validates=validates)

    def seconds_left(self, steps: int, validations: int, checkpoints: int) -> float:
        """Seconds that so much work will probably take."""
        step = sum(self.steps) / len(self.steps) if self.steps else 0.0
        return steps * step + validations * (self.validation + self.sampling) + checkpoints * self.saving

    def _set_aside(self, began: float) -> float:
        took = self.clock() - began
        self._aside += took
        return took
