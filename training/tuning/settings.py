"""The settings of one fine-tuning run, under the names of SageMaker JumpStart and of Transformers. Nothing runs here.

`TuningSettings` is checked when it is made. What a base or an event does not allow is checked in `servable`.
"""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from training.tuning.errors import SettingRefused
from training.tuning.rules import Choice, Names, Number, Rule, Switch

ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
ALL_LINEAR = (*ATTENTION, "gate_proj", "up_proj", "down_proj")
SCHEDULES = ("linear", "cosine", "cosine_with_restarts", "polynomial", "constant", "constant_with_warmup")
RECKLESS_LEARNING_RATE = 0.1  # above it LoRA runs diverge; entrants used 2e-5 to 1e-3

_UNSERVABLE = {
    "use_dora": "DoRA adapters are not served",
    "modules_to_save": "whole modules cannot be handed in; an adapter holds LoRA matrices alone",
    "bias": 'trained biases are not served; only bias="none" is',
    "lora_bias": "trained biases are not served",
    "rank_pattern": "all modules of an adapter must have one rank",
    "alpha_pattern": "all modules of an adapter must have one alpha",
    "layers_to_transform": "an adapter must adapt the same modules in every layer",
    "layer_replication": "an adapter may not change the base's layers",
    "target_parameters": "only linear layers are adapted",
    "trainable_token_indices": "an adapter may not train new tokens",
    "init_lora_weights": "starts other than the default may change the base",
}
_OFF_IN_WORDS = ("", "none", "null", "false", "[]", "{}")


def _shorthand(name: str) -> tuple[str, ...] | None:
    return {"attention": ATTENTION, "all-linear": ALL_LINEAR}.get(name)


def _at_least(low: int, high: float = math.inf, off: int | None = None) -> Number:
    return Number(low, high, whole=True, off=off)


def _set(default: Any, rule: Rule, about: str) -> Any:
    return field(default=default, metadata={"rule": rule, "about": about})


@dataclass(frozen=True, slots=True)
class TuningSettings:
    """Everything that decides what a run learns. Raises SettingRefused when made with a value that is not allowed."""

    # JumpStart's names.
    epoch: float = _set(3.0, Number(0.01, 1000), "passes over the training rows")
    learning_rate: float = _set(2e-4, Number(1e-7, RECKLESS_LEARNING_RATE), "peak learning rate of AdamW")
    instruction_tuned: bool = _set(True, Switch(), "learn the answers alone (completion-only loss); false: every token")
    per_device_train_batch_size: int = _set(4, _at_least(1, 4096), "sequences in a batch; packed ones when packing")
    per_device_eval_batch_size: int = _set(4, _at_least(1, 4096), "sequences in a validation batch")
    max_train_samples: int = _set(-1, _at_least(1, off=-1), "most training rows, drawn by the seed; -1: all")
    max_val_samples: int = _set(-1, _at_least(1, off=-1), "most validation rows, drawn by the seed; -1: all")
    max_input_length: int = _set(-1, _at_least(8, off=-1), "most tokens of a row; -1: 1024, or what the base can read")
    validation_split_ratio: float = _set(0.1, Number(0, 0.9), "share of the rows kept for validation, if no file is")
    train_data_split_seed: int = _set(0, _at_least(0, 2**32 - 1), "seed of that split and of drawing rows")
    lora_r: int = _set(8, _at_least(1, 512), "rank of the adapter")
    lora_alpha: float = _set(16.0, Number(0.001, 10_000), "scale: the update is multiplied by alpha / rank")
    lora_dropout: float = _set(0.05, Number(0, 0.9), "dropout in front of the adapter")
    int8_quantization: bool = _set(False, Switch(), "keep the base in 8 bits (needs CUDA and bitsandbytes)")
    enable_fsdp: bool = _set(False, Switch(), "shard the model where several processes train together")
    # What JumpStart does not offer.
    target_modules: tuple[str, ...] = _set(("q_proj", "v_proj"), Names(_shorthand), "linear layers to adapt")
    use_rslora: bool = _set(False, Switch(), "scale by alpha / sqrt(rank), steadier for high ranks (arXiv 2312.03732)")
    load_in_4bit: bool = _set(False, Switch(), "keep the base in 4 bits: QLoRA (needs CUDA and bitsandbytes)")
    lr_scheduler_type: str = _set("cosine", Choice(SCHEDULES), "how the learning rate falls after the warm-up")
    warmup_ratio: float = _set(0.03, Number(0, 0.9), "share of the steps in which the learning rate rises")
    warmup_steps: int = _set(0, _at_least(0), "the same in steps; counts instead of the ratio when not 0")
    weight_decay: float = _set(0.0, Number(0, 1), "weight decay of AdamW")
    max_grad_norm: float = _set(1.0, Number(1e-6, 1e6), "gradients are clipped to this norm")
    gradient_accumulation_steps: int = _set(1, _at_least(1, 4096), "batches in one step of the optimiser")
    gradient_checkpointing: bool = _set(False, Switch(), "compute activations twice: slower, far less memory")
    packing: bool = _set(False, Switch(), "fill sequences with whole rows, none of which sees another")
    group_by_length: bool = _set(False, Switch(), "batches of rows of like length: less padding, without packing")
    neftune_noise_alpha: float = _set(0.0, Number(0, 1000), "noise on the embeddings (arXiv 2310.05914); 0: none")
    max_steps: int = _set(-1, _at_least(1, off=-1), "stop after so many steps, whatever `epoch` says; -1: by epoch")
    eval_steps: int = _set(0, _at_least(0), "steps between validations; 0: four times in an epoch")
    save_steps: int = _set(0, _at_least(0), "steps between checkpoints; 0: at every validation")
    logging_steps: int = _set(1, _at_least(1), "steps between two lines of progress")
    save_total_limit: int = _set(2, _at_least(1, 1000), "checkpoints that are kept")
    early_stopping_patience: int = _set(0, _at_least(0), "stop after so many validations without a better; 0: never")
    early_stopping_threshold: float = _set(0.0, Number(0, 10), "a validation is better only by more than this (nats)")
    long_rows: str = _set("refuse", Choice(("refuse", "leave_out")), "what to do with rows longer than allowed")
    dtype: str = _set("auto", Choice(("auto", "float32", "bfloat16")), "arithmetic; auto: bfloat16 on GPUs with it")
    adapter_dtype: str = _set("float32", Choice(("float32", "bfloat16", "float16")), "type of the adapter handed in")
    seed: int = _set(42, _at_least(0, 2**32 - 1), "seed of the adapter's start, the order of rows, dropout and noise")

    def __post_init__(self) -> None:
        for one in fields(self):
            object.__setattr__(self, one.name, _checked(one.name, getattr(self, one.name), one.metadata["rule"]))
        self._check_together()

    def _check_together(self) -> None:
        if self.int8_quantization and self.load_in_4bit:
            raise SettingRefused("int8_quantization and load_in_4bit cannot both be true; choose one.")
        if self.packing and self.group_by_length:
            raise SettingRefused("packing and group_by_length cannot both be true: packed sequences are all full.")
        if "lm_head" in self.target_modules:
            raise SettingRefused("target_modules may not name lm_head: the arena serves adapters of the layers alone.")

    @property
    def is_quantized(self) -> bool:
        """Whether the base is kept in fewer than 16 bits."""
        return self.int8_quantization or self.load_in_4bit

    def changed(self, changes: Mapping[str, Any]) -> "TuningSettings":
        """A copy with other values. Raises SettingRefused, also for a name that no setting has."""
        return replace(self, **{name: value for name, value in changes.items() if _is_setting(name, value)})


def rules() -> dict[str, Rule]:
    """The rule of every setting, by name."""
    return {one.name: one.metadata["rule"] for one in fields(TuningSettings)}


def descriptions() -> dict[str, str]:
    """What every setting is, in a few words."""
    return {one.name: str(one.metadata["about"]) for one in fields(TuningSettings)}


def _is_setting(name: str, value: Any) -> bool:
    if name in rules():
        return True
    if name in _UNSERVABLE:
        if _is_off(name, value):
            return False
        raise SettingRefused(f"{name}={value!r} is refused: {_UNSERVABLE[name]}. Train without it.")
    near = difflib.get_close_matches(name, rules(), 1)
    hint = f" Did you mean {near[0]}?" if near else " `finale train settings` lists them."
    raise SettingRefused(f"There is no setting {name!r}.{hint}")


def _is_off(name: str, value: Any) -> bool:
    if name == "init_lora_weights":
        return str(value).lower() == "true"  # the default start: B is zero
    return not value or str(value).lower() in _OFF_IN_WORDS


def _checked(name: str, value: Any, rule: Rule) -> Any:
    try:
        return rule.checked(value)
    except (ValueError, TypeError):
        hint = ""
        if name == "learning_rate" and isinstance(value, int | float) and value > RECKLESS_LEARNING_RATE:
            hint = " A rate so high destroys the adapter in a few steps; LoRA learns with 0.00002 to 0.005."
        raise SettingRefused(f"{name} must be {rule.says()}, not {value!r}.{hint}") from None
