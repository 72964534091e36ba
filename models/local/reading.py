"""Reading adapters from their folders, beside a model that is answering and without touching it.

PEFT lays each one's settings out on a skeleton of the base, which has shapes and no weights: that says which layers it
changes, with what scaling. The matrices come from the file.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from peft import PeftConfig, inject_adapter_in_model
from peft.utils.save_and_load import load_peft_weights
from torch import Tensor
from transformers import AutoModelForCausalLM

from models.local.lora import Matrices


def read_adapters(config: Any, folders: Sequence[str]) -> list[Matrices]:
    """The matrices of each adapter, for a base of this `config`. Raises OSError or ValueError for a broken one."""
    with torch.device("meta"):
        skeleton = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    # PEFT builds module paths from adapter names, so it gets plain ones: engine names may hold dots and signs.
    return [_read(skeleton, folder, f"adapter{index}") for index, folder in enumerate(folders)]


def _read(skeleton: Any, folder: str, name: str) -> Matrices:
    settings = PeftConfig.from_pretrained(folder, local_files_only=True)
    inject_adapter_in_model(settings, skeleton, name, low_cpu_mem_usage=True)
    weights = load_peft_weights(folder, device="cpu", local_files_only=True)
    layers = ((path, layer) for path, layer in skeleton.named_modules() if name in getattr(layer, "lora_A", ()))
    found = {path: _matrices(path, layer, name, weights) for path, layer in layers}
    if len(weights) != 2 * len(found):
        raise ValueError(f"it holds {len(weights)} tensors, but its settings speak of {len(found)} layers")
    return found


def _matrices(path: str, layer: Any, name: str, weights: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
    a, b = (_tensor(path, side, getattr(layer, side)[name].weight.shape, weights) for side in ("lora_A", "lora_B"))
    return a, b * layer.scaling[name]


def _tensor(path: str, side: str, shape: torch.Size, weights: Mapping[str, Tensor]) -> Tensor:
    tensor = weights.get(f"base_model.model.{path}.{side}.weight")
    if tensor is None or tensor.shape != shape:
        raise ValueError(f"{side} of {path} is missing or of another shape than the base's layer")
    return tensor.float()
