"""Whether the adapter that a run would make can be served, and whether this machine can make it: asked before step one.

What makes an adapter servable is decided in `models.adapters`; the same validator checks the adapter at the end.
"""

import importlib.util
from pathlib import Path

from models.adapters import AdapterLimits, AdapterRefused, BaseFacts, describe_base
from training.tuning.errors import TuningRefused
from training.tuning.settings import TuningSettings

TOKENIZER, CONFIG = "tokenizer_config.json", "config.json"


def read_base(folder: Path) -> BaseFacts:
    """The base in `folder`: its hash and its linear layers. Raises TuningRefused when there is none."""
    if not folder.is_dir():
        raise TuningRefused(f"There is no base model in {folder}; give the folder of the event's base with --base.")
    for name in (CONFIG, TOKENIZER):
        if not (folder / name).is_file():
            raise TuningRefused(f"{folder} holds no whole base model: {name} is missing. Give the base's own folder.")
    try:
        return describe_base(folder)
    except AdapterRefused as error:
        raise TuningRefused(f"{folder} holds no sound base model. {error}") from error


def check_servable(settings: TuningSettings, base: BaseFacts, limits: AdapterLimits) -> None:
    """Raise TuningRefused if the event could not serve the adapter: rank, modules, size."""
    if settings.lora_r > limits.max_rank:
        raise TuningRefused(
            f"lora_r is {settings.lora_r}, but the event serves ranks up to {limits.max_rank}; set lora_r lower."
        )
    for target in settings.target_modules:
        if not _named(base, target):
            have = sorted({path.rpartition(".")[2] for path in base.linear})
            raise TuningRefused(
                f"target_modules names {target!r}, but this base has no such layer; it has {', '.join(have)}."
            )
    size = adapter_parameters(settings, base) * (4 if settings.adapter_dtype == "float32" else 2)
    if size > limits.max_bytes:
        raise TuningRefused(
            f"The adapter would take {size:,} bytes, above the event's limit of {limits.max_bytes:,}; set lora_r lower "
            'or adapter_dtype to "bfloat16".'
        )


def adapter_parameters(settings: TuningSettings, base: BaseFacts) -> int:
    """How many numbers the adapter will hold: rank times (in + out) of every adapted layer."""
    layers = {path for target in settings.target_modules for path in _named(base, target)}
    return sum(settings.lora_r * sum(base.linear[path]) for path in layers)


def check_hardware(settings: TuningSettings) -> None:
    """Raise TuningRefused if this machine cannot run these settings."""
    import torch

    name = "load_in_4bit" if settings.load_in_4bit else "int8_quantization"
    if settings.is_quantized and not torch.cuda.is_available():
        raise TuningRefused(f"{name} needs a CUDA GPU, and this machine has none; set it to false.")
    if settings.is_quantized and importlib.util.find_spec("bitsandbytes") is None:
        raise TuningRefused(f"{name} needs the package bitsandbytes, which is not installed; set it to false.")
    if settings.dtype == "bfloat16" and torch.cuda.is_available() and not torch.cuda.is_bf16_supported():
        raise TuningRefused('This GPU has no bfloat16; set dtype to "float32".')


def _named(base: BaseFacts, target: str) -> list[str]:
    return [path for path in base.linear if path == target or path.endswith(f".{target}")]
