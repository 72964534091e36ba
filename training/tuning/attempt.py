"""One attempt at a run: measure, train, and end in order whatever happens. Making it ready is `preparing`'s."""

import json

from models.adapters import check_adapter
from training.errors import TrainingError
from training.runs.record import Status
from training.tuning import measure, memory, provenance
from training.tuning.adapter_file import FOLDER, sha256_of
from training.tuning.callback import AtEachStep
from training.tuning.ending import TOO_LARGE, Ending, ending_of, is_out_of_memory
from training.tuning.errors import TuningFailed, TuningRefused
from training.tuning.folder import RunFolder
from training.tuning.job import Job, TunedRun
from training.tuning.limit import check_fits
from training.tuning.opening import Opened
from training.tuning.overfitting import since_best, validations_in
from training.tuning.pace import Pace
from training.tuning.preparing import Ready, adapter_folder, ready
from training.tuning.quiet import quiet
from training.tuning.sampling import sample
from training.tuning.signals import Interrupts, heard
from training.tuning.trainer import Tuner
from training.tuning.watching import Estimate, Plan, StopTuning

NEARLY_ALL = 0.9  # of the memory


class Attempt:
    """Runs a job in an opened folder, once."""

    def __init__(self, job: Job, opened: Opened) -> None:
        self._job, self._checkpoint, self._notes = job, opened.checkpoint, opened.notes
        self._checkpoints = opened.checkpoints
        self._folder = RunFolder(job.out, opened.record, job.watcher, writes=job.is_main)
        self._done = self._checkpoint.step if self._checkpoint else 0
        self._pace = Pace(before=self._checkpoint.seconds if self._checkpoint else 0.0)
        self._interrupts = Interrupts()
        self._callback = AtEachStep(
            job.settings,
            self._folder,
            self._pace,
            adapter_folder(job),
            self._interrupts,
            sample=self._sample_at,
            limit=job.limit,
        )
        self._last_sampled = -1

    def run(self) -> TunedRun:
        """Train, and give what came of it. Raises TuningRefused before the first step, TuningFailed after it."""
        with quiet():
            made = ready(self._job, self._callback, self._checkpoints, self._pace, self._done)
            self._trainer = made.trainer
            estimate = self._estimated()
            before = self._sampled() if not self._done else []
            try:
                unwanted = self._start(made, estimate, before)
            except BaseException:
                self._job.limit.close("the run could not begin")
                raise
            with heard(self._interrupts):
                ending, error = (unwanted, None) if unwanted else self._trained()
                return self._close(ending, error)

    def measured(self) -> tuple[Plan, Estimate]:
        """What the run would take; it is not started. Raises TuningRefused, also in a distributed run."""
        with quiet():
            made = ready(self._job, self._callback, self._checkpoints, self._pace, self._done)
            self._trainer = made.trainer
            estimate = self._estimated()
        if estimate is None:
            raise TuningRefused("Several processes are not measured before a run; estimate with one of them.")
        return made.plan, estimate

    def _estimated(self) -> Estimate | None:
        """Measure a few steps. A distributed run is not measured: its processes would have to step together."""
        trainer, job = self._trainer, self._job
        measure.check_disk(job.out, measure.checkpoint_bytes(trainer), job.settings.save_total_limit)
        if trainer.accelerator.num_processes > 1:
            return None
        try:
            return measure.measure(trainer, self._pace, done=self._done, available=job.limit.available())
        except Exception as error:
            if is_out_of_memory(error):
                raise TuningRefused(TOO_LARGE) from error
            raise

    def _start(self, made: Ready, estimate: Estimate | None, before: list[str]) -> Ending | None:
        """Open the run and tell the watcher, who may want no step of it: then why it ends here."""
        job, folder = self._job, self._folder
        warning = check_fits(job.settings, estimate, len(job.parts.train), partial=job.partial) if estimate else ""
        if job.is_main:
            run, kept = folder.record.id, self._pace.before
            self._pace.limit = job.limit.open(run, estimate, self._pace.spent, kept=kept)
        self._pace.begin()
        folder.change(status=Status.RUNNING)
        if unwanted := self._callback.agreed(self._announced(made.plan, estimate) if job.is_main else None):
            return unwanted
        if job.resume:
            folder.tell("resumed", self._done, f"The run goes on after step {self._done}.")
        for note in (*self._notes, *made.notes, warning, _about_memory(estimate)):
            if note:
                folder.tell("note", self._done, note)
        self._keep_samples(0, before)
        memory.forget_peak()
        return None

    def _announced(self, plan: Plan, estimate: Estimate | None) -> Ending | None:
        try:
            self._job.watcher.started(self._folder.record, plan)
            if estimate is not None:
                self._job.watcher.estimated(estimate)
        except StopTuning as stop:
            return Ending(Status.STOPPED, str(stop))
        return None

    def _trained(self) -> tuple[Ending, BaseException | None]:
        try:
            self._train(self._trainer)
            ending = self._callback.ending or Ending(Status.FINISHED, "")
            self._complete(ending)
        except (Exception, KeyboardInterrupt) as error:
            return ending_of(error), error
        return ending, None

    def _train(self, trainer: Tuner) -> None:
        if self._checkpoint is None:
            trainer.train()
        elif self._is_complete():
            trainer.model.load_adapter(str(self._checkpoint.folder), "default", is_trainable=True)
            trainer.state.global_step = self._checkpoint.step
        else:
            trainer.tokens_seen = self._checkpoint.tokens
            trainer.train(resume_from_checkpoint=str(self._checkpoint.folder))

    def _is_complete(self) -> bool:
        """Whether the checkpoint is that of the last step, or of an early stop: training on would be another run."""
        assert self._checkpoint is not None
        state = json.loads((self._checkpoint.folder / "trainer_state.json").read_text(encoding="utf-8"))
        patience = self._job.settings.early_stopping_patience
        worse = since_best(validations_in(state["log_history"]), self._job.settings.early_stopping_threshold)
        return self._done >= int(state["max_steps"]) or 0 < patience <= worse

    def _complete(self, ending: Ending) -> None:
        """Have an adapter to hand in, also where the run ended before its first validation, and sample once more."""
        trainer = self._trainer
        step = int(trainer.state.global_step)
        if step and (self._folder.record.best is None or trainer.args.eval_strategy == "no"):
            self._callback.keep_adapter(step, None)
        if ending.status is Status.FINISHED and self._last_sampled != step:
            self._sample_at(step)

    def _close(self, ending: Ending, error: BaseException | None) -> TunedRun:
        """Write down how it ended and settle the hours; then raise what has to be raised."""
        job = self._job
        try:
            self._folder.change(
                status=ending.status,
                reason=ending.reason,
                ended_at=provenance.now(),
                seconds=round(self._pace.total(), 3),
                adapter_sha256=sha256_of(job.out),
            )
        except OSError as full:  # the record still says `running`, and whoever looks sees that nobody runs
            ending, error = (ending_of(full), full) if error is None else (ending, error)
        try:
            job.limit.close(ending.reason if ending.blameless else "")
        except (TrainingError, OSError) as unwritten:  # whoever looks next settles it
            error = error or unwritten
        if job.is_main:
            self._checkpoints.clear_up()
            job.watcher.ended(self._folder.record)
        if isinstance(error, KeyboardInterrupt | TrainingError):
            raise error
        if error is not None:
            raise TuningFailed(ending.reason) from error
        return self._checked()

    def _checked(self) -> TunedRun:
        job, place = self._job, self._job.out / FOLDER
        if not job.is_main or not place.exists():
            return TunedRun(job.out, self._folder.record, None, None)
        facts = check_adapter(place, job.base_facts, limits=job.limits, inside=job.out)
        return TunedRun(job.out, self._folder.record, place, facts)

    def _sample_at(self, step: int) -> None:
        self._keep_samples(step, self._sampled())

    def _sampled(self) -> list[str]:
        """Answers to the prompts, from the main process; under FSDP no process has the whole model."""
        trainer, job = self._trainer, self._job
        if not job.prompts or not job.is_main or trainer.is_fsdp_enabled:
            return []
        model = trainer.accelerator.unwrap_model(trainer.model)
        with self._pace.asking():
            return sample(model, trainer.processing_class, job.prompts, job.how_to_sample)

    def _keep_samples(self, step: int, texts: list[str]) -> None:
        for prompt, text in zip(self._job.prompts, texts, strict=False):
            self._folder.sampled(step, prompt.label, text)
        self._last_sampled = step


def _about_memory(estimate: Estimate | None) -> str:
    if estimate is None or estimate.memory_bytes < NEARLY_ALL * memory.there():
        return ""
    return f"The run needs {estimate.memory_bytes / 2**30:.1f} GiB, nearly all the memory there is. {TOO_LARGE}"
