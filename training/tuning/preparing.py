"""A job made ready to train: the base loaded, rows encoded and measured, the trainer set up. No step is made here."""

from dataclasses import dataclass

from training.tuning.adapter import AdapterFolder
from training.tuning.building import Base, build_trainer, device_name, load_base, lora_config, steps_in_all
from training.tuning.callback import AtEachStep
from training.tuning.checkpoints import Checkpoints
from training.tuning.encoding import Encoded, Encoder, end_ids, length_limit, within
from training.tuning.job import Job
from training.tuning.pace import Pace
from training.tuning.trainer import Tuner
from training.tuning.watching import Plan


@dataclass(frozen=True, slots=True)
class Ready:
    """A trainer that can begin, what is planned, and what the reader should know first."""

    trainer: Tuner
    plan: Plan
    notes: tuple[str, ...]


def adapter_folder(job: Job) -> AdapterFolder:
    """Where the job's best adapter is kept."""
    settings = job.settings
    return AdapterFolder(
        job.out,
        lora_config(settings),
        base_name=_portable_name(job),
        base_sha256=job.base_facts.sha256,
        dtype=settings.adapter_dtype,
    )


def ready(job: Job, callback: AtEachStep, checkpoints: Checkpoints, pace: Pace, done: int) -> Ready:
    """Load, encode and set up. Raises TuningRefused."""
    base = load_base(job.base, job.settings)
    limit = length_limit(job.settings.max_input_length, base.context)
    train, validation, notes = _encoded(job, base, limit)
    trainer = build_trainer(
        job.settings,
        base,
        train,
        validation,
        limit=limit,
        checkpoints=checkpoints,
        pace=pace,
        callback=callback,
    )
    plan = Plan(
        steps=steps_in_all(trainer),
        done=done,
        tokens_per_epoch=sum(len(one.ids) for one in train),
        learned_per_epoch=sum(one.learned for one in train),
        device=device_name(trainer),
        trainable=sum(p.numel() for p in trainer.model.parameters() if p.requires_grad),
    )
    return Ready(trainer, plan, tuple(notes))


def _encoded(job: Job, base: Base, limit: int) -> tuple[list[Encoded], list[Encoded], list[str]]:
    ends = end_ids(base.tokenizer, base.model.generation_config)
    encoder = Encoder(base.tokenizer, ends, answers_only=job.settings.instruction_tuned)
    notes, found = [], []
    if job.parts.twice:
        notes.append(f"{job.parts.twice} validation rows are training rows too, so their loss says little.")
    for rows, kind in ((job.parts.train, "training"), (job.parts.validation, "validation")):
        leave_out = job.settings.long_rows == "leave_out"
        short, long = within(encoder.encoded(rows), limit, leave_out=leave_out)
        if long:
            names = ", ".join(one.id for one in long)
            notes.append(f"{len(long)} {kind} rows of more than {limit} tokens are left out: {names}.")
        found.append(short)
    return found[0], found[1], notes


def _portable_name(job: Job) -> str:
    """A name of the base that means the same elsewhere; a folder called base says nothing without the one above."""
    place = job.base.resolve()
    return f"{place.parent.name}-{place.name}" if place.name == "base" else place.name
