"""What an adapter's adapter_config.json may say. Its weights are checked in `adapters`.

Only plain LoRA is served: every option that changes the base, other modules or the way of computing is refused,
because an engine would either refuse it during the show or, worse, ignore it.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.protocol import EngineError

MAX_SETTINGS_BYTES = 256 * 2**10

_MUST_BE_OFF = {
    "use_dora": "uses DoRA",
    "modules_to_save": "replaces whole modules (modules_to_save)",
    "lora_bias": "trains LoRA biases (lora_bias)",
    "rank_pattern": "has different ranks per module (rank_pattern)",
    "alpha_pattern": "has different alphas per module (alpha_pattern)",
    "layer_replication": "repeats layers (layer_replication)",
    "trainable_token_indices": "trains new tokens (trainable_token_indices)",
    "target_parameters": "targets bare parameters (target_parameters)",
    "alora_invocation_tokens": "is an activated LoRA (alora_invocation_tokens)",
    "use_qalora": "uses QALoRA",
    "use_bdlora": "uses block-diagonal LoRA",
    "arrow_config": "routes between adapters (arrow_config)",
    "velora_config": "uses VeLoRA",
    "monteclora_config": "uses MonteCLoRA",
    "kasa_config": "uses KaSA",
    "fan_in_fan_out": "stores its weights transposed (fan_in_fan_out)",
    "layers_to_transform": "is limited to some layers (layers_to_transform)",
}
_CHANGES_THE_BASE = ("pissa", "olora", "corda", "loftq", "lora_ga")


class AdapterRefused(EngineError):
    """An adapter may not be served; the message is one sentence that says why and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings that matter for serving."""

    rank: int
    alpha: float
    target_modules: frozenset[str]


def read_settings(path: Path) -> Settings:
    """The checked settings in adapter_config.json. Raises AdapterRefused."""
    settings = _parsed(path)
    _check_kind(settings)
    _check_plain(settings)
    return Settings(_rank(settings), _alpha(settings), _targets(settings))


def _parsed(path: Path) -> dict[str, Any]:
    if path.stat().st_size > MAX_SETTINGS_BYTES:
        raise AdapterRefused("adapter_config.json is too large to be one; export the adapter again with PEFT.")
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        raise AdapterRefused("adapter_config.json is not valid JSON; export the adapter again with PEFT.") from None
    if not isinstance(settings, dict):
        raise AdapterRefused("adapter_config.json must hold a table of settings; export the adapter again with PEFT.")
    return settings


def _check_kind(settings: dict[str, Any]) -> None:
    kind, task = settings.get("peft_type"), settings.get("task_type")
    if kind != "LORA":
        raise AdapterRefused(f"The adapter is of type {kind!r}, but only LORA is served; train a LoRA adapter.")
    if task not in (None, "CAUSAL_LM"):
        raise AdapterRefused(f"The adapter is made for {task!r}, but only CAUSAL_LM is served; train it for that.")


def _check_plain(settings: dict[str, Any]) -> None:
    for option, what in _MUST_BE_OFF.items():
        if settings.get(option):
            raise AdapterRefused(f"The adapter {what}, which is not served; train it again without.")
    if settings.get("bias", "none") != "none":
        raise AdapterRefused('The adapter trains biases, which is not served; train it again with bias="none".')
    start = settings.get("init_lora_weights", True)
    if isinstance(start, str) and start.lower().startswith(_CHANGES_THE_BASE):
        raise AdapterRefused(f"The adapter was started with {start!r}, which changes the base; use the default start.")


def _rank(settings: dict[str, Any]) -> int:
    rank = settings.get("r")
    if not isinstance(rank, int) or isinstance(rank, bool) or rank < 1:
        raise AdapterRefused(f"The rank r must be a whole number of at least 1, not {rank!r}; train it again.")
    return rank


def _alpha(settings: dict[str, Any]) -> float:
    alpha = settings.get("lora_alpha")
    if isinstance(alpha, bool) or not isinstance(alpha, (int, float)) or not math.isfinite(alpha) or alpha <= 0:
        raise AdapterRefused(f"lora_alpha must be a number above 0, not {alpha!r}; train it again.")
    return float(alpha)


def _targets(settings: dict[str, Any]) -> frozenset[str]:
    targets = settings.get("target_modules")
    named = isinstance(targets, list) and targets and all(isinstance(target, str) for target in targets)
    if not named:
        raise AdapterRefused("target_modules must be a list of module names; train the adapter again with such a list.")
    assert isinstance(targets, list)
    return frozenset(targets)
