"""The base model with all adapters in one process, loaded once: `load` and the one forward pass that
everything uses.

Runs in the worker. Which answers share a forward is the scheduler's business.
"""

import time
from collections.abc import Mapping
from typing import Any

import torch
from peft import PeftModel
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer

from models.local.cache import SlotCache
from models.local.lora import Choice, lay_side_by_side
from models.protocol import BASE, UnknownAdapter


class Hosted:
    """A base model, its adapters side by side, its tokenizer and its slot cache."""

    def __init__(self, model: Any, tokenizer: Any, names: list[str], choice: Choice, cache: SlotCache) -> None:
        self.tokenizer, self.cache = tokenizer, cache
        self._model, self._names, self._choice = model, names, choice
        self.end_tokens = _end_tokens(model, tokenizer)

    @property
    def base_index(self) -> int:
        """The adapter index that leaves the base as it is."""
        return len(self._names)

    def adapter_index(self, name: str) -> int:
        """The index of an adapter by its engine name. Raises UnknownAdapter."""
        if name == BASE:
            return self.base_index
        if name not in self._names:
            raise UnknownAdapter(name, tuple(self._names))
        return self._names.index(name)

    @torch.inference_mode()
    def forward(self, tokens: Tensor, slots: Tensor, positions: Tensor, adapters: Tensor) -> Tensor:
        """Run `tokens` (rows, length) and return the logits (rows, vocabulary) after each row's last token."""
        self._choice.choose(adapters)
        mask = self.cache.aim(slots, positions)
        result = self._model(
            input_ids=tokens,
            attention_mask=mask,
            position_ids=positions.clamp(max=self.cache.context - 1),
            past_key_values=self.cache,
            use_cache=True,
            logits_to_keep=1,
        )
        logits: Tensor = result.logits[:, -1].float()
        return logits


def load(base: str, adapters: Mapping[str, str], *, slots: int, context: int) -> tuple[Hosted, float]:
    """Load the base folder and every adapter folder by engine name; returns the host and the seconds it took.

    `context` is an upper limit in tokens; the base's own limit holds where it is smaller.
    """
    began = time.perf_counter()
    tokenizer: Any = AutoTokenizer.from_pretrained(base, local_files_only=True)
    model: Any = AutoModelForCausalLM.from_pretrained(
        base, local_files_only=True, dtype=torch.float32, attn_implementation="sdpa", use_safetensors=True
    )
    choice = Choice()
    model = _with_adapters(model, adapters, choice).eval().requires_grad_(False)
    context = min(context, model.config.max_position_embeddings)
    cache = SlotCache(model.config.num_hidden_layers, slots, context)
    hosted = Hosted(model, tokenizer, list(adapters), choice, cache)
    return hosted, time.perf_counter() - began


def _with_adapters(model: Any, adapters: Mapping[str, str], choice: Choice) -> Any:
    # PEFT builds module paths from adapter names, so it gets plain ones: engine names may hold dots and
    # signs.
    plain = {f"adapter{index}": folder for index, folder in enumerate(adapters.values())}
    wrapped: Any = None
    for name, folder in plain.items():
        if wrapped is None:
            wrapped = PeftModel.from_pretrained(model, folder, adapter_name=name, local_files_only=True)
        else:
            wrapped.load_adapter(folder, adapter_name=name, local_files_only=True)
    if wrapped is None:
        return model
    model = wrapped.get_base_model()
    lay_side_by_side(model, list(plain), choice)
    return model


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    configured = model.generation_config.eos_token_id
    listed = configured if isinstance(configured, list) else [configured]
    return frozenset(int(token) for token in [*listed, tokenizer.eos_token_id] if token is not None)
