"""A stand-in for `tune` that trains nothing: losses follow from the settings, and it can be killed at any point."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.training.runs.made_up import a_record, a_step, a_validation
from training.runs.record import Best, RunRecord, Status, append_progress, held, read_record, write_record
from training.tuning import LossDiverged, NotWritten, StopTuning, TuningRefused, TuningSettings
from training.tuning.job import TunedRun
from training.tuning.watching import Plan, Validated

STEPS, EVERY = 8, 2
SECONDS = 10.0  # of a whole run


FAILURES = {
    "diverged": LossDiverged("The loss became NaN."),
    "full": NotWritten("The disk is full."),
}


class Killed(BaseException):
    """The process is gone."""


def best_loss(settings: TuningSettings) -> float:
    """The lowest at rank 16 and a rate of 1e-3."""
    return 1.0 + abs(math.log2(settings.lora_r) - 4) / 4 + abs(math.log10(settings.learning_rate) + 3) / 2


class Scripted:
    """Called like `tune`. `kill` holds the points at which it dies, once each, as (number of the call, point)."""

    def __init__(self, kill: Sequence[tuple[int, str]] = (), outcome: Callable[[int], str] = lambda call: "") -> None:
        self.kill, self.outcome = set(kill), outcome
        self.calls: list[TuningSettings] = []
        self.budgets: list[float | None] = []
        self.resumed: list[bool] = []

    def __call__(self, settings: TuningSettings, train: Any, validation: Any, **rest: Any) -> TunedRun:
        call = len(self.calls)
        self.calls.append(settings)
        self.budgets.append(rest["budget"])
        self.resumed.append(rest["resume"])
        lease = rest["hours"].open(f"run-{call}", SECONDS, lambda: SECONDS) if rest["hours"] else None
        try:
            return self._run(call, settings, **rest)
        finally:
            if lease is not None:
                lease.close()

    def _run(self, call: int, settings: TuningSettings, *, out: Path, watch: Any, **rest: Any) -> TunedRun:
        outcome = self.outcome(call)
        if outcome == "refused":
            raise TuningRefused("It does not fit.")
        self._point(call, "nothing")
        out.mkdir(parents=True, exist_ok=True)
        with held(out):
            self._point(call, "folder")
            record = read_record(out) if rest["resume"] else self._record(settings, out, **rest)
            write_record(out, record)
            watch.started(record, Plan(STEPS, 0, 100, 50, "cpu", 10))
            record = self._steps(call, settings, out, watch, record, outcome)
            write_record(out, record)
            watch.ended(record)
        self._point(call, "finished")
        if outcome in FAILURES:
            raise FAILURES[outcome]
        return TunedRun(out, record, None, None)

    def _record(self, settings: TuningSettings, out: Path, **rest: Any) -> RunRecord:
        return a_record(
            len(self.calls), name=rest["name"], entrant=rest["entrant"], status=Status.RUNNING, best=None, seconds=0.0,
            settings={"lora_r": settings.lora_r, "learning_rate": settings.learning_rate},
        )  # fmt: skip

    def _steps(
        self, call: int, settings: TuningSettings, out: Path, watch: Any, record: RunRecord, outcome: str
    ) -> RunRecord:
        changes: dict[str, Any] = {"status": Status.FINISHED, "seconds": SECONDS}
        for step in range(EVERY, STEPS + 1, EVERY):
            loss = best_loss(settings) + (STEPS - step) / 10
            append_progress(out, a_step(step, STEPS))
            append_progress(out, a_validation(step, loss))
            changes |= {"best": Best(step, loss)}
            try:
                watch.validated(Validated(step, 1.0, loss, True, float(step)))
            except StopTuning as stop:
                stopped = {"status": Status.STOPPED, "reason": str(stop), "seconds": SECONDS * step / STEPS}
                return replace(record, **changes | stopped)
            self._point(call, f"step {step}")
            if outcome == "interrupted" and step == 4:
                stopped = {"status": Status.INTERRUPTED, "reason": "Interrupted from the keyboard."}
                return replace(record, **changes | stopped)
            if outcome in FAILURES and step == 4:
                return replace(record, **changes | {"best": None, "status": Status.FAILED, "reason": "It failed."})
        return replace(record, **changes)

    def _point(self, call: int, point: str) -> None:
        if (call, point) in self.kill:
            self.kill.remove((call, point))
            raise Killed
