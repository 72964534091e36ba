"""The base model with all adapters in one process: `load`, adapters that come and go, and the one forward pass that
everything uses.

Runs in the worker. Which answers share a forward is the scheduler's business.
"""

import itertools
import time
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer

from models.local.cache import SlotCache
from models.local.lora import BASE_NUMBER, Group, Matrices, lay, lift
from models.local.reading import read_adapters
from models.protocol import BASE, UnknownAdapter


class Hosted:
    """A base model, its adapters, its tokenizer and its slot cache.

    An adapter has a number from when it is laid on until it is lifted; numbers are never given twice.
    """

    base_number = BASE_NUMBER

    def __init__(self, model: Any, tokenizer: Any, cache: SlotCache) -> None:
        self.tokenizer, self.cache, self.config = tokenizer, cache, model.config
        self._model = model
        self._numbers: dict[str, int] = {}
        self._groups: list[Group] = []
        self._next_number = 0
        self.end_tokens = _end_tokens(model, tokenizer)

    def adapter_number(self, name: str) -> int:
        """The number of an adapter by its engine name. Raises UnknownAdapter."""
        if name == BASE:
            return BASE_NUMBER
        number = self._numbers.get(name)
        if number is None:
            raise UnknownAdapter(name, tuple(self._numbers))
        return number

    def take_in(self, names: Sequence[str], adapters: Sequence[Matrices]) -> None:
        """Lay adapters on, side by side, and know them by their names. Not while a forward runs."""
        group = Group(self._next_number, len(names))
        lay(self._model, group, adapters)
        self._groups.append(group)
        self._numbers |= zip(names, itertools.count(group.first))
        self._next_number += len(names)

    def forget(self, name: str) -> int | None:
        """Know the name no longer; returns the number that runs under it until it is lifted."""
        return self._numbers.pop(name, None)

    def lift(self, number: int) -> None:
        """Free the memory of an adapter that no job uses any more. Not while a forward runs.

        One that was laid on beside others stays where it is: without it their sums would be made in another order.
        """
        for group in [group for group in self._groups if (group.first, group.count) == (number, 1)]:
            lift(self._model, group)
            self._groups.remove(group)

    @torch.inference_mode()
    def forward(self, tokens: Tensor, slots: Tensor, positions: Tensor, adapters: Tensor) -> Tensor:
        """Run `tokens` (rows, length) and return the logits (rows, vocabulary) after each row's last token."""
        for group in self._groups:
            group.choose(adapters)
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
    model = model.eval().requires_grad_(False)
    context = min(context, model.config.max_position_embeddings)
    hosted = Hosted(model, tokenizer, SlotCache(model.config.num_hidden_layers, slots, context))
    hosted.take_in(list(adapters), read_adapters(model.config, list(adapters.values())))
    return hosted, time.perf_counter() - began


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    configured = model.generation_config.eos_token_id
    listed = configured if isinstance(configured, list) else [configured]
    return frozenset(int(token) for token in [*listed, tokenizer.eos_token_id] if token is not None)
