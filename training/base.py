"""The demo base: a small Llama trained from nothing on the corpus. Adapters of it are made by `tuning`."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from torch.nn import functional
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

from training.encode import IGNORED, batches, encode
from training.muon import Muon
from training.rows import Row
from training.tokenizer import CONTEXT_TOKENS

NAME = "finale-demo-base"
CHECKPOINT_STEPS = 100
STEADY_SHARE = 0.3  # of the steps, before the learning rate falls
SETTLING_RATE = 0.3  # of the full learning rate, when settling begins


@dataclass(frozen=True, slots=True)
class BaseRecipe:
    """What the base is and how long it learns. Head size is hidden // heads and must be a multiple of 32."""

    hidden: int = 256
    layers: int = 4
    heads: int = 4
    kv_heads: int = 2
    intermediate: int = 704
    steps: int = 8000
    settling_steps: int = 4000
    tokens_per_step: int = 2560
    judge_every: int = 4  # every so many steps is on the judge's rows alone
    matrix_lr: float = 0.004  # Muon, for the layers' matrices
    vector_lr: float = 0.003  # AdamW, for embeddings and norms
    warmup_steps: int = 60
    compiled: bool = True  # one minute of compiling, then more than twice as fast; needs a C++ compiler
    seed: int = 20260809


Report = Callable[[int, float], None]


def train(
    rows: Sequence[Row],
    tokenizer: Any,
    recipe: BaseRecipe,
    report: Report = lambda step, loss: None,
    *,
    short: Sequence[Row] = (),
    checkpoint: Path | None = None,
) -> Any:
    """A LlamaForCausalLM (float32) trained on `rows`; `report` hears (step, loss in nats).

    When the rate has fallen, the model settles: two texts of three come from `short`, rows with short answers, so that
    a step holds several times as many questions. Which topic a question is about is decided once an answer.

    With `checkpoint`, the state is kept in that file every CHECKPOINT_STEPS steps and taken up from it, exactly.

    Of each row the answer is learned; of a judge's row that is the mark and the remark after it. Those rows have steps
    of their own, or a dozen marks would drown among two thousand other tokens.
    """
    torch.manual_seed(recipe.seed)
    model = LlamaForCausalLM(config(recipe, tokenizer))
    model.set_attn_implementation("eager")  # rows are short: plain products beat the CPU's flash kernel's backward
    value_of = torch.compile(loss, dynamic=True) if recipe.compiled else loss
    optimizers = _optimizers(model, recipe)
    done = _taken_up(checkpoint, model, optimizers)
    for step, (ids, labels) in enumerate(_feed(rows, short, tokenizer, recipe)):
        if step < done:
            continue
        _set_rates(optimizers, _rate(step, recipe))
        value = in_tiles(value_of, model, ids, labels)
        value.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
        report(step, value.item())
        if checkpoint and (step + 1) % CHECKPOINT_STEPS == 0:
            _keep(checkpoint, step + 1, model, optimizers)
    model.set_attn_implementation("sdpa")
    return model.eval()


def _keep(checkpoint: Path, done: int, model: Any, optimizers: list[Any]) -> None:
    part = checkpoint.with_suffix(".writing")
    torch.save({"done": done, "model": model.state_dict(), "optimizers": [o.state_dict() for o in optimizers]}, part)
    part.replace(checkpoint)


def _taken_up(checkpoint: Path | None, model: Any, optimizers: list[Any]) -> int:
    """Steps done so far; model and optimizers are put where they were after them."""
    if checkpoint is None or not checkpoint.exists():
        return 0
    kept = torch.load(checkpoint, weights_only=True)
    model.load_state_dict(kept["model"])
    for optimizer, state in zip(optimizers, kept["optimizers"], strict=True):
        optimizer.load_state_dict(state)
    return int(kept["done"])


def _feed(rows: Sequence[Row], short: Sequence[Row], tokenizer: Any, recipe: BaseRecipe) -> Iterator[tuple[Any, Any]]:
    texts, marks = ([row for row in rows if (row.topic == "judge") is wanted] for wanted in (False, True))
    of_texts, of_marks, of_short = (
        batches(
            [encode(row, tokenizer, completion_only=True) for row in kind],
            recipe.tokens_per_step,
            tokenizer.pad_token_id,
            recipe.seed,
        )
        for kind in (texts, marks, short or texts)
    )
    for step in range(recipe.steps + recipe.settling_steps):
        if marks and step % recipe.judge_every == recipe.judge_every - 1:
            yield next(of_marks)
        else:
            yield next(of_short if step >= recipe.steps and step % 2 == 0 else of_texts)


def config(recipe: BaseRecipe, tokenizer: Any) -> Any:
    """The Llama configuration of a recipe. ValueError where vLLM's CPU attention could not serve its head size."""
    if recipe.hidden // recipe.heads % 32:
        raise ValueError(f"expected a head size that is a multiple of 32, got {recipe.hidden // recipe.heads}")
    return LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=recipe.hidden,
        intermediate_size=recipe.intermediate,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        num_key_value_heads=recipe.kv_heads,
        max_position_embeddings=CONTEXT_TOKENS,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )


def loss(model: Any, ids: Any, labels: Any) -> Any:
    """Mean cross-entropy (nats per learned token) of the next token; ids and labels int64 [rows, length], right-padded.

    Causal attention and padding on the right need no attention mask: nothing that is learned can see the padding.
    """
    logits = model(input_ids=ids, use_cache=False).logits[:, :-1]
    return functional.cross_entropy(logits.flatten(0, 1).float(), labels[:, 1:].flatten(), ignore_index=IGNORED)


def in_tiles(value_of: Callable[[Any, Any, Any], Any], model: Any, ids: Any, labels: Any) -> Any:
    """`value_of(model, ids, labels)` with matrices multiplied in bfloat16 where the CPU has tiles (AMX) for it."""
    with torch.autocast("cpu", torch.bfloat16, enabled=torch.cpu._is_amx_tile_supported()):
        return value_of(model, ids, labels)


def schedule(step: int, steps: int, warmup: int, steady: float = STEADY_SHARE) -> float:
    """Factor on the learning rate at `step`: linear warm-up, the full rate, then a straight fall to a twentieth.

    How many steps there will be matters only from the fall on, so a run may be made longer or shorter until then.
    """
    if step < warmup:
        return (step + 1) / warmup
    falling = steady * steps
    return 1.0 if step < falling else 1 - 0.95 * (step - falling) / (steps - falling)


def _rate(step: int, recipe: BaseRecipe) -> float:
    if step < recipe.steps:
        return schedule(step, recipe.steps, recipe.warmup_steps)
    return SETTLING_RATE * schedule(step - recipe.steps, recipe.settling_steps, warmup=0, steady=0.0)


def save(model: Any, folder: Path) -> None:
    """Write config.json, generation_config.json and model.safetensors (bfloat16, embeddings tied) into `folder`."""
    model.generation_config = GenerationConfig(
        bos_token_id=model.config.bos_token_id,
        eos_token_id=model.config.eos_token_id,
        pad_token_id=model.config.pad_token_id,
        do_sample=True,
        temperature=0.7,
        top_p=0.95,
        max_new_tokens=400,
    )
    model.config._name_or_path = NAME
    model.to(torch.bfloat16).save_pretrained(folder)


def load(folder: Path) -> Any:
    """The base as `save` wrote it, in float32, which is what two CPU cores compute fastest."""
    return LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


def load_with(folder: Path, adapter: Path) -> Any:
    """The base in `folder` with an adapter, in float32 and evaluation mode."""
    return PeftModel.from_pretrained(load(folder), adapter).float().eval()


class Progress:
    """A report that prints a line every so many steps: step, mean loss since the last line, seconds."""

    def __init__(self, label: str, steps: int, every: int = 50) -> None:
        self.label, self.steps, self.every = label, steps, every
        self.last = float("nan")  # mean loss of the last line, nats per token
        self._losses: list[float] = []
        self._started = time.monotonic()

    def __call__(self, step: int, value: float) -> None:
        """Take in the loss of `step` (counted from 0)."""
        self._losses.append(value)
        if (step + 1) % self.every == 0 or step + 1 == self.steps:
            self.last = round(sum(self._losses) / len(self._losses), 4)
            self._losses.clear()
            seconds = time.monotonic() - self._started
            print(f"{self.label}: step {step + 1}/{self.steps}, loss {self.last:.3f}, {seconds:.0f} s", flush=True)


def _optimizers(model: Any, recipe: BaseRecipe) -> list[Any]:
    matrices = [p for name, p in model.named_parameters() if p.ndim == 2 and "embed" not in name]
    others = [p for name, p in model.named_parameters() if p.ndim != 2 or "embed" in name]
    return [
        Muon(matrices, recipe.matrix_lr),
        torch.optim.AdamW(others, recipe.vector_lr, (0.9, 0.95), weight_decay=0.0),
    ]


def _set_rates(optimizers: list[Any], factor: float) -> None:
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = factor * group.setdefault("peak_lr", group["lr"])
