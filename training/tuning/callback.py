"""What happens at the steps of a run: progress, the best adapter, overfitting, early stop, and the end in good time.

The trainer calls it; how a step is made is the trainer's matter, and how a run begins and ends, `run`'s.
"""

import math
import signal
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from transformers import TrainerCallback

from training.runs.record import Best, Status
from training.tuning import memory
from training.tuning.adapter import AdapterFolder
from training.tuning.ending import FROM_KEYBOARD, Ending
from training.tuning.errors import LossDiverged
from training.tuning.folder import RunFolder
from training.tuning.limit import TimeLimit
from training.tuning.overfitting import best_of, overfitting_since, since_best, validations_in
from training.tuning.pace import Pace
from training.tuning.settings import TuningSettings
from training.tuning.signals import Interrupts
from training.tuning.trainer import Tuner
from training.tuning.watching import Stepped, StopTuning, Validated


class AtEachStep(TrainerCallback):  # type: ignore[misc]
    """One run's callback. `ending` is why it ends before its last step, None while it goes on."""

    def __init__(
        self,
        settings: TuningSettings,
        run: RunFolder,
        pace: Pace,
        adapter: AdapterFolder,
        interrupts: Interrupts,
        *,
        sample: Callable[[int], None],
        limit: TimeLimit,
    ) -> None:
        """`sample` samples the prompts at a step."""
        self._settings, self._run, self._pace, self._adapter = settings, run, pace, adapter
        self._interrupts, self._sample, self._limit = interrupts, sample, limit
        self._tokens_logged, self._seconds_logged = 0, 0.0
        self.trainer: Tuner | None = None
        self.ending: Ending | None = None

    def on_train_begin(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Progress is counted from here."""
        assert self.trainer is not None
        self._tokens_logged, self._seconds_logged = self.trainer.tokens_seen, self._pace.stepping

    def on_step_begin(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Time the step."""
        self._pace.step_begins()

    def on_step_end(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Stop where somebody asked for it, or where there is no time for another step and an orderly end."""
        self._pace.step_ends()
        self.ending = self.ending or self.agreed(self._reason_to_end(args, state))
        if self.ending is not None:
            control.should_save = control.should_training_stop = True

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any], **others: Any) -> None:
        """A line of progress."""
        if "loss" in logs:
            fact = self._stepped(state, logs)
            self._run.progress(_rounded(asdict(fact)))
            self._hear(lambda: self._run.watcher.stepped(fact), control)

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: dict[str, float], **others: Any) -> None:
        """Keep the adapter if it is the best, see whether the run overfits, stop if it has long been no better."""
        loss = metrics["eval_loss"]
        if not math.isfinite(loss):
            raise LossDiverged(f"The validation loss became NaN at step {state.global_step}; lower learning_rate.")
        validations = validations_in(state.log_history)
        best = best_of(validations, self._settings.early_stopping_threshold)
        is_best = best is not None and best.step == state.global_step
        if is_best:
            self.keep_adapter(state.global_step, loss)
        fact = Validated(state.global_step, state.epoch, loss, is_best, self._pace.total())
        self._run.progress(_rounded(asdict(fact)))
        self._hear(lambda: self._run.watcher.validated(fact), control)
        self._see_overfitting(state.global_step, overfitting_since(validations))
        self._sample(state.global_step)
        patience = self._settings.early_stopping_patience
        worse = since_best(validations, self._settings.early_stopping_threshold)
        if patience and worse >= patience and state.global_step < state.max_steps:
            assert best is not None
            self.ending = Ending(
                Status.FINISHED, f"Stopped early: no better validation since step {best.step}, {worse} in a row."
            )
            control.should_save = control.should_training_stop = True  # the same in every process

    def on_save(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Without validation rows the newest adapter is the one to hand in."""
        if args.eval_strategy == "no":
            self.keep_adapter(state.global_step, None)
            self._sample(state.global_step)
        self._run.change(seconds=round(self._pace.total(), 3))
        self._run.tell("saved", state.global_step, f"Checkpoint of step {state.global_step} is written.")

    def keep_adapter(self, step: int, loss: float | None) -> None:
        """Make RUN/adapter the weights as they are now."""
        assert self.trainer is not None
        tensors = self.trainer.adapter_tensors()
        digest = self._adapter.keep(tensors, step) if self._run.writes else ""
        # Known to every process: at the end they must all agree on whether the weights are gathered again.
        self._run.change(best=Best(step, loss), adapter_sha256=digest)

    def agreed(self, ending: Ending | None) -> Ending | None:
        """What the processes agree on: the main one's reason, if any of them has one."""
        assert self.trainer is not None
        if self.trainer.accelerator.num_processes == 1:
            return ending
        from accelerate.utils import gather_object

        return next((one for one in gather_object([ending]) if one is not None), None)

    def _stepped(self, state: Any, logs: dict[str, Any]) -> Stepped:
        assert self.trainer is not None
        processes = self.trainer.accelerator.num_processes
        tokens, stepping = self.trainer.tokens_seen, self._pace.stepping
        rate = processes * (tokens - self._tokens_logged) / max(stepping - self._seconds_logged, 1e-9)
        self._tokens_logged, self._seconds_logged = tokens, stepping
        return Stepped(
            step=state.global_step,
            epoch=state.epoch,
            loss=logs["loss"],
            learning_rate=logs["learning_rate"],
            grad_norm=logs.get("grad_norm", 0.0),
            tokens=tokens * processes,
            tokens_per_second=rate,
            memory_bytes=memory.peak(),
            seconds=self._pace.total(),
            seconds_left=self._seconds_left(state),
        )

    def _seconds_left(self, state: Any) -> float:
        steps = max(0, state.max_steps - state.global_step)
        validates = self.trainer is not None and self.trainer.args.eval_strategy != "no"
        validations = math.ceil(steps / max(1, state.eval_steps)) if validates else 0
        return self._pace.seconds_left(steps, validations, math.ceil(steps / max(1, state.save_steps)))

    def _reason_to_end(self, args: Any, state: Any) -> Ending | None:
        asked = self._interrupts.asked
        if asked is signal.SIGINT:
            return Ending(Status.INTERRUPTED, FROM_KEYBOARD)
        if asked is not None:
            return Ending(
                Status.INTERRUPTED, "The platform ended the process; resume the run to go on.", blameless=True
            )
        if self._limit.is_lost:
            return Ending(Status.STOPPED, "The ledger of hours took the run for dead; resume the run to go on.")
        if state.global_step >= state.max_steps or self._has_time(args, state):
            return None
        return Ending(
            Status.STOPPED,
            f"The time was nearly used up: saved at step {state.global_step} of {state.max_steps}, and a usable "
            "adapter kept. Resume the run with more time to go on.",
        )

    def _has_time(self, args: Any, state: Any) -> bool:
        soon = (state.global_step, state.global_step + 1)
        validates = args.eval_strategy != "no" and any(step % max(1, state.eval_steps) == 0 for step in soon)
        if self._pace.has_time_for_another(validates=validates):
            return True
        wanted = self._pace.spent() + self._seconds_left(state) + self._pace.needed_for_another(validates=validates)
        self._pace.limit = self._limit.more(wanted)
        return self._pace.has_time_for_another(validates=validates)

    def _see_overfitting(self, step: int, since: int | None) -> None:
        if since is not None and self._run.record.overfitting_since is None:
            self._run.tell(
                "overfitting",
                step,
                f"Overfitting has begun: since step {since} the validation loss rises while the training loss falls. "
                f"The adapter of step {since} is kept. Fewer epochs, more rows or a lower rank would help.",
                since=since,
            )
        if since != self._run.record.overfitting_since:
            self._run.change(overfitting_since=since)

    def _hear(self, tell: Callable[[], None], control: Any) -> None:
        """Tell the watcher, who may ask for the end; only the main process has one."""
        if not self._run.writes:
            return
        try:
            tell()
        except StopTuning as stop:
            self.ending = self.ending or Ending(Status.STOPPED, str(stop))
            assert self.trainer is not None
            if self.trainer.accelerator.num_processes == 1:  # several processes agree on it after the next step
                control.should_save = control.should_training_stop = True


def _rounded(line: dict[str, Any]) -> dict[str, Any]:
    digits = {"epoch": 4, "seconds": 3, "seconds_left": 1, "tokens_per_second": 1, "grad_norm": 6}
    return {name: round(value, digits[name]) if name in digits else value for name, value in line.items()}
