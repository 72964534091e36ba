"""Setting TRL up: tokenizer, base, data sets, arguments and the trainer. What it does with them is TRL's own work."""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig
from transformers.trainer_callback import PrinterCallback
from trl import SFTConfig

from training.tuning import attention
from training.tuning.checkpoints import Checkpoints
from training.tuning.encoding import IGNORED, Encoded
from training.tuning.errors import TuningRefused
from training.tuning.pace import Pace
from training.tuning.settings import TuningSettings
from training.tuning.trainer import Tuner

VALIDATIONS_PER_EPOCH = 4


@dataclass(frozen=True, slots=True)
class Base:
    """A loaded base: the frozen model, its tokenizer, and how many tokens it reads."""

    model: Any
    tokenizer: Any
    context: int


def load_base(folder: Path, settings: TuningSettings) -> Base:
    """Load the base for training, in the arithmetic that the settings say. Raises TuningRefused."""
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = AutoModelForCausalLM.from_pretrained(
            folder,
            local_files_only=True,
            dtype=arithmetic(settings),
            attn_implementation=attention.register() if settings.packing else "sdpa",
            quantization_config=_quantization(settings),
        )
    except (OSError, ValueError) as error:
        raise TuningRefused(f"The base in {folder} cannot be loaded: {error}") from error
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    context = int(model.config.get_text_config().max_position_embeddings)
    return Base(model, tokenizer, context)


def arithmetic(settings: TuningSettings) -> torch.dtype:
    """float32, or bfloat16 on a GPU that has it."""
    gpu = torch.cuda.is_available() and torch.cuda.is_bf16_supported()
    name = ("bfloat16" if gpu else "float32") if settings.dtype == "auto" else settings.dtype
    return torch.bfloat16 if name == "bfloat16" else torch.float32


def build_trainer(
    settings: TuningSettings,
    base: Base,
    train: Sequence[Encoded],
    validation: Sequence[Encoded],
    *,
    limit: int,
    checkpoints: Checkpoints,
    pace: Pace,
    callback: Any,
) -> Tuner:
    """The trainer with a fresh adapter on the base. Raises TuningRefused where rows cannot be packed safely."""
    if settings.packing and (why := attention.why_unpackable(base.model.config, limit)):
        raise TuningRefused(f"This base cannot be trained with packing: {why}. Set packing to false.")
    trainer = Tuner(
        model=base.model,
        args=_arguments(settings, checkpoints, limit, validates=bool(validation)),
        train_dataset=_dataset(train),
        eval_dataset=_dataset(_shared_out(validation, settings)) if validation else None,
        processing_class=base.tokenizer,
        peft_config=lora_config(settings),
        callbacks=[callback],
        checkpoints=checkpoints,
        pace=pace,
        groups_by_length=settings.group_by_length,
    )
    trainer.remove_callback(PrinterCallback)
    callback.trainer = trainer
    _set_intervals(trainer, settings)
    if settings.packing and attention.leaks(trainer.model, [one.ids for one in train[:2]]):
        raise TuningRefused("With this base, packed rows would see each other; set packing to false.")
    return trainer


def lora_config(settings: TuningSettings) -> Any:
    """PEFT's configuration: plain LoRA, nothing that the arena cannot serve."""
    whole = settings.lora_alpha == int(settings.lora_alpha)
    return LoraConfig(
        task_type="CAUSAL_LM",
        r=settings.lora_r,
        lora_alpha=int(settings.lora_alpha) if whole else settings.lora_alpha,
        lora_dropout=settings.lora_dropout,
        target_modules=sorted(settings.target_modules),
        use_rslora=settings.use_rslora,
        bias="none",
    )


def steps_in_epoch(trainer: Tuner) -> int:
    """Steps of the optimiser in one pass over the rows."""
    args = trainer.args
    batches = math.ceil(len(trainer.train_dataset) / (args.per_device_train_batch_size * args.world_size))
    steps: int = math.ceil(batches / args.gradient_accumulation_steps)
    return steps


def steps_in_all(trainer: Tuner) -> int:
    """Steps of the optimiser in the whole run."""
    args = trainer.args
    return int(args.max_steps if args.max_steps > 0 else math.ceil(args.num_train_epochs * steps_in_epoch(trainer)))


def device_name(trainer: Tuner) -> str:
    """What the run trains on, for people."""
    device = trainer.args.device
    name = str(torch.cuda.get_device_name(device)) if device.type == "cuda" else "CPU"
    many = trainer.accelerator.num_processes
    return f"{many} × {name}" if many > 1 else name


def _arguments(settings: TuningSettings, checkpoints: Checkpoints, limit: int, *, validates: bool) -> Any:
    checkpoints.part.mkdir(parents=True, exist_ok=True)
    shards = settings.enable_fsdp and torch.cuda.is_available() and _processes() > 1
    return SFTConfig(
        output_dir=str(checkpoints.part),
        num_train_epochs=settings.epoch,
        max_steps=settings.max_steps,
        learning_rate=settings.learning_rate,
        lr_scheduler_type=settings.lr_scheduler_type,
        warmup_steps=settings.warmup_steps or settings.warmup_ratio,
        weight_decay=settings.weight_decay,
        max_grad_norm=settings.max_grad_norm,
        optim="adamw_torch",
        per_device_train_batch_size=settings.per_device_train_batch_size,
        per_device_eval_batch_size=settings.per_device_eval_batch_size,
        gradient_accumulation_steps=settings.gradient_accumulation_steps,
        gradient_checkpointing=settings.gradient_checkpointing,
        neftune_noise_alpha=settings.neftune_noise_alpha or None,
        packing=settings.packing,
        packing_strategy="bfd",
        eval_packing=False,
        max_length=limit if settings.packing else None,
        bf16=arithmetic(settings) is torch.bfloat16,
        fp16=False,
        use_cpu=not torch.cuda.is_available(),
        dataloader_pin_memory=torch.cuda.is_available(),
        eval_strategy="steps" if validates else "no",
        save_strategy="steps",
        logging_steps=settings.logging_steps,
        logging_nan_inf_filter=False,
        report_to="none",
        disable_tqdm=True,
        seed=settings.seed,
        data_seed=settings.seed,
        ddp_find_unused_parameters=False,
        **({"fsdp": True} if shards else {}),
    )


def _set_intervals(trainer: Tuner, settings: TuningSettings) -> None:
    """Fill in what depends on the number of batches, which is known once rows are packed."""
    quarter = max(1, steps_in_epoch(trainer) // VALIDATIONS_PER_EPOCH)
    trainer.args.eval_steps = settings.eval_steps or quarter
    trainer.args.save_steps = settings.save_steps or trainer.args.eval_steps


def evened(rows: Sequence[Encoded], at_once: int) -> list[Encoded]:
    """The rows, followed by as many that teach nothing as make a multiple of `at_once`."""
    shortest = min(rows, key=lambda row: len(row.ids))
    silent = replace(shortest, labels=[IGNORED] * len(shortest.ids))
    return [*rows, *[silent] * (-len(rows) % at_once)]


def _shared_out(rows: Sequence[Encoded], settings: TuningSettings) -> Sequence[Encoded]:
    """Validation rows for all processes: left uneven, accelerate gives some of them twice, and twice they count."""
    processes = _processes()
    return evened(rows, settings.per_device_eval_batch_size * processes) if processes > 1 else rows


def _processes() -> int:
    return int(os.environ.get("WORLD_SIZE", "1"))


def _dataset(rows: Sequence[Encoded]) -> Dataset:
    return Dataset.from_dict({"input_ids": [row.ids for row in rows], "labels": [row.labels for row in rows]})


def _quantization(settings: TuningSettings) -> Any:
    if not settings.is_quantized:
        return None
    if settings.int8_quantization:
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
