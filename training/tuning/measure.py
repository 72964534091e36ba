"""What a run will take, from a few real steps that are rolled back: the run itself is as if they had not been made."""

import math
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from training.tuning import memory
from training.tuning.building import steps_in_all
from training.tuning.encoding import IGNORED
from training.tuning.errors import TuningRefused
from training.tuning.pace import Pace
from training.tuning.randomness import untouched
from training.tuning.trainer import Tuner
from training.tuning.watching import Estimate

STEPS = 4  # measured, besides one on the longest rows, which shows the memory and is not timed
SECONDS = 20.0  # no further step is measured after so long
MOMENTS = 3  # a checkpoint holds the weights and AdamW's two moments
ROOM = 1.2  # of what will be written must be free on the disk


def measure(trainer: Tuner, pace: Pace, *, done: int = 0, available: float | None = None) -> Estimate:
    """Seconds for the steps after `done`, validations and checkpoints included, and the memory at the peak.

    `pace` learns how long a step and a validation take; `available` are the seconds there are. Weights, gradients and
    random numbers are put back.
    """
    with _rolled_back(trainer):
        memory.forget_peak()
        micro = _micro_steps(trainer)
        validation = _validation_seconds(trainer)
        peak = memory.peak()
    step = micro * trainer.args.gradient_accumulation_steps
    pace.steps.append(step)
    pace.validation = max(pace.validation, validation)
    left = max(0, steps_in_all(trainer) - done)
    validations = math.ceil(left / trainer.args.eval_steps) if trainer.args.eval_strategy != "no" else 0
    saves = math.ceil(left / trainer.args.save_steps)
    seconds = pace.seconds_left(left, validations, saves)
    return Estimate(seconds, step, peak, checkpoint_bytes(trainer), STEPS, available)


def checkpoint_bytes(trainer: Tuner) -> int:
    """About how many bytes one checkpoint takes."""
    return MOMENTS * sum(int(p.numel() * p.element_size()) for p in trainer.model.parameters() if p.requires_grad)


def check_disk(folder: Path, one: int, keep: int) -> None:
    """Raise TuningRefused unless there is room for the checkpoints that are kept, one more, and the adapter."""
    needed, free = round(ROOM * (keep + 2) * one), shutil.disk_usage(folder).free
    if free < needed:
        raise TuningRefused(
            f"The run would write about {needed / 2**20:,.0f} MiB, but only {free / 2**20:,.0f} MiB are free in "
            f"{folder}. Free some space, or set save_total_limit or lora_r lower."
        )


def _micro_steps(trainer: Tuner) -> float:
    """Mean seconds of one batch, forward to optimiser; of evenly drawn ones, after one of the longest rows."""
    order = _by_length(trainer.train_dataset)
    size = trainer.args.per_device_train_batch_size
    kind, options = trainer.get_optimizer_cls_and_kwargs(trainer.args, trainer.model)
    optimizer = kind([p for p in trainer.model.parameters() if p.requires_grad], **options)
    _micro_step(trainer, optimizer, order[-size:])
    seconds: list[float] = []
    for number in range(STEPS):
        began = time.monotonic()
        _micro_step(trainer, optimizer, _drawn(order, size, number, alike=trainer.groups_by_length))
        seconds.append(time.monotonic() - began)
        if sum(seconds) > SECONDS:
            break
    return sum(seconds) / len(seconds)


def _micro_step(trainer: Tuner, optimizer: Any, rows: list[int]) -> None:
    batch = trainer.data_collator([_kept(trainer.train_dataset[row]) for row in rows])
    learned = (batch["labels"][:, 1:] != IGNORED).sum().to(trainer.args.device)
    with _autocast(trainer):
        trainer.training_step(trainer.model, batch, learned)
    trainer.accelerator.clip_grad_norm_(trainer.model.parameters(), trainer.args.max_grad_norm)
    optimizer.step()
    optimizer.zero_grad()
    _wait()


def _validation_seconds(trainer: Tuner) -> float:
    """Seconds of one whole validation, from a few of its batches."""
    if trainer.args.eval_strategy == "no":
        return 0.0
    size, rows = trainer.args.per_device_eval_batch_size, len(trainer.eval_dataset)
    batches: int = math.ceil(rows / size)
    order = _by_length(trainer.eval_dataset)
    measured = min(STEPS, batches)
    trainer.model.eval()
    began = time.monotonic()
    for number in range(measured):
        drawn = _drawn(order, size, number, alike=False)
        batch = trainer.data_collator([_kept(trainer.eval_dataset[row]) for row in drawn])
        with _autocast(trainer):
            trainer.prediction_step(trainer.model, batch, prediction_loss_only=True)
    _wait()
    return batches * (time.monotonic() - began) / measured


def _by_length(dataset: Any) -> list[int]:
    lengths = [len(ids) for ids in dataset["input_ids"]]
    return sorted(range(len(lengths)), key=lengths.__getitem__)


def _drawn(order: list[int], size: int, number: int, *, alike: bool) -> list[int]:
    """One of STEPS batches: rows of like length, or rows of every length, as the run will mix them."""
    size = min(size, len(order))
    place = (number + 0.5) / STEPS
    if alike:
        start = min(int(place * len(order)), len(order) - size)
        return order[start : start + size]
    stride = len(order) / size
    return [order[min(len(order) - 1, int((one + place) * stride))] for one in range(size)]


def _kept(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("input_ids", "labels", "seq_lengths") if name in row}


@contextmanager
def _rolled_back(trainer: Tuner) -> Iterator[None]:
    trained = [p for p in trainer.model.parameters() if p.requires_grad]
    before, mode = [p.detach().clone() for p in trained], trainer.model.training
    if trainer.args.gradient_checkpointing:
        trainer.model.gradient_checkpointing_enable()
    trainer.current_gradient_accumulation_steps = trainer.args.gradient_accumulation_steps
    try:
        with untouched():
            yield
    finally:
        for parameter, value in zip(trained, before, strict=True):
            parameter.data.copy_(value)
            parameter.grad = None
        trainer.model.train(mode)
        trainer.forget()


def _autocast(trainer: Tuner) -> Any:
    return torch.autocast(trainer.args.device.type, torch.bfloat16, enabled=bool(trainer.args.bf16))


def _wait() -> None:
    """Until the GPU is done, so that its time is counted."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
