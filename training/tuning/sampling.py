"""Sampling a fixed list of prompts from the model in training, so that one can read how it changes.

Serving is `models`' work; the prompts are rendered by the same template and the same rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.chat import encode
from training.tuning.randomness import untouched


@dataclass(frozen=True, slots=True)
class Prompt:
    """What to ask: a question, with a system prompt or without."""

    question: str
    system: str = ""

    @property
    def label(self) -> str:
        """The prompt as one text, as samples.jsonl names it."""
        return f"{self.system}\n\n{self.question}" if self.system.strip() else self.question


@dataclass(frozen=True, slots=True)
class HowToSample:
    """Temperature 0 is greedy. The seed is the same every time, so that only the weights make a difference."""

    temperature: float = 0.7
    top_p: float = 0.95
    max_tokens: int = 96
    seed: int = 0


def sample(model: Any, tokenizer: Any, prompts: Sequence[Prompt], how: HowToSample | None = None) -> list[str]:
    """One answer to each prompt, sampled as one batch. Weights, mode and random numbers are left as they were."""
    import torch

    how = how or HowToSample()
    ids = [encode(tokenizer, prompt.system, prompt.question) for prompt in prompts]
    batch = _padded_left(ids, tokenizer.pad_token_id, next(model.parameters()).device)
    chance = {"do_sample": True, "temperature": how.temperature, "top_p": how.top_p}
    was_training = model.training
    model.eval()
    try:
        with untouched(), torch.no_grad():
            torch.manual_seed(how.seed)
            out = model.generate(
                **batch,
                **(chance if how.temperature else {"do_sample": False, "temperature": None, "top_p": None}),
                max_new_tokens=how.max_tokens,
                use_cache=True,
                pad_token_id=tokenizer.pad_token_id,
            )
    finally:
        model.train(was_training)
    start = batch["input_ids"].shape[1]
    return [str(tokenizer.decode(row[start:], skip_special_tokens=True)) for row in out]


def _padded_left(ids: list[list[int]], pad: int, device: Any) -> dict[str, Any]:
    import torch

    longest = max(len(row) for row in ids)
    padded = [[pad] * (longest - len(row)) + row for row in ids]
    mask = [[0] * (longest - len(row)) + [1] * len(row) for row in ids]
    return {"input_ids": torch.tensor(padded, device=device), "attention_mask": torch.tensor(mask, device=device)}
