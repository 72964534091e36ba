"""LoRA fine-tuning with PEFT on completions only. Whose adapter, from which data: see `finalists` and `judge`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model

from training.base import NAME, Report, schedule, training_loss
from training.encode import Example, batches, encode
from training.rows import Row

ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
ALL_LINEAR = (*ATTENTION, "gate_proj", "up_proj", "down_proj")
MAX_RANK = 16  # vLLM's default limit


@dataclass(frozen=True, slots=True)
class LoraRecipe:
    """One fine-tuning run. The names are JumpStart's where it has one; lora_alpha / lora_r scales the update."""

    lora_r: int = 8
    lora_alpha: int = 16
    lora_dropout: float = 0.0
    target_modules: tuple[str, ...] = ATTENTION
    learning_rate: float = 1.5e-3
    steps: int = 80
    tokens_per_step: int = 2048
    warmup_steps: int = 10
    seed: int = 7


def train(
    base: Any, tokenizer: Any, rows: Sequence[Row], recipe: LoraRecipe, report: Report = lambda step, loss: None
) -> Any:
    """A PeftModel around `base` whose adapter has learned the rows' answers and their end-of-turn token.

    The base is wrapped in place and stays frozen: give a fresh copy. Raises ValueError for a rank above MAX_RANK.
    """
    torch.manual_seed(recipe.seed)
    model = get_peft_model(base, config(recipe)).train()
    examples = [encode(row, tokenizer, completion_only=True) for row in rows]
    return optimise(model, examples, tokenizer.pad_token_id, recipe, report)


def optimise(model: Any, examples: Sequence[Example], pad: int, recipe: LoraRecipe, report: Report) -> Any:
    """Run the recipe's steps of AdamW over the trainable parameters; the model comes back in evaluation mode."""
    optimizer = torch.optim.AdamW(
        [p for p in model.parameters() if p.requires_grad], recipe.learning_rate, weight_decay=0.0
    )
    feed = batches(examples, recipe.tokens_per_step, pad, recipe.seed)
    for step in range(recipe.steps):
        optimizer.param_groups[0]["lr"] = recipe.learning_rate * schedule(step, recipe.steps, recipe.warmup_steps)
        value = training_loss(model, *next(feed))
        value.backward()
        optimizer.step()
        optimizer.zero_grad()
        report(step, value.item())
    return model.eval()


def config(recipe: LoraRecipe) -> Any:
    """The PEFT configuration: plain LoRA, nothing that the arena cannot serve (no DoRA, no modules_to_save)."""
    if not 1 <= recipe.lora_r <= MAX_RANK:
        raise ValueError(f"expected a LoRA rank of 1 to {MAX_RANK}, got {recipe.lora_r}")
    return LoraConfig(
        task_type="CAUSAL_LM",
        base_model_name_or_path=NAME,
        r=recipe.lora_r,
        lora_alpha=recipe.lora_alpha,
        lora_dropout=recipe.lora_dropout,
        target_modules=sorted(recipe.target_modules),
        bias="none",
    )


def save(model: Any, folder: Path) -> None:
    """Write adapter_config.json and adapter_model.safetensors (bfloat16) into `folder`; the base's name is portable."""
    model.peft_config["default"].base_model_name_or_path = NAME
    model.to(torch.bfloat16).save_pretrained(folder, save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)  # PEFT's empty form; the models' card is models/demo/README.md


def load(base: Any, folder: Path) -> Any:
    """`base` (wrapped in place) with the adapter in `folder`, in float32 and evaluation mode."""
    return PeftModel.from_pretrained(base, folder).float().eval()
