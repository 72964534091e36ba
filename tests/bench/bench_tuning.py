"""Fine-tuning: our path through TRL against a bare PyTorch loop, packing against padding, and a GPU where there is one.

What is compared is interleaved step by step in one process and one thread, so that a busy machine slows both alike.
"""

import itertools
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

from tests.bench import gpu_tuning
from tests.bench.driving import row
from training.corpus import generate
from training.data.rows import TrainingRow
from training.rows import trainable
from training.tuning import ALL_LINEAR, Silent, TuningSettings, tune
from training.tuning.building import Base, build_trainer, load_base
from training.tuning.checkpoints import Checkpoints
from training.tuning.encoding import IGNORED, Encoder, end_ids
from training.tuning.pace import Pace
from training.tuning.quiet import quiet
from training.tuning.trainer import Tuner
from training.tuning.watching import Stepped

BASE = Path(__file__).resolve().parents[2] / "models/demo/base"
ROWS, STEPS, WARM = 400, 16, 3
GOAL = 0.90
SETTINGS = TuningSettings(
    epoch=1, learning_rate=1e-3, per_device_train_batch_size=8, target_modules=ALL_LINEAR, lora_dropout=0,
    validation_split_ratio=0, save_steps=10_000, max_steps=STEPS, warmup_ratio=0,
)  # fmt: skip


def main() -> None:
    """Run the benchmark and print it."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    rows = trainable(generate.rows(ROWS, 1965))
    with quiet():
        for name, loss in (("logits of all tokens", _whole_loss), ("logits of learned tokens", _learned_loss)):
            _against_bare(rows, name, loss)
        _packing(rows)
    torch.set_num_threads(threads)
    gpu_tuning.main()


@dataclass
class Bare(Silent):
    """A bare loop on a model of its own, which takes a step on the same batch after each of the trainer's."""

    loss: Callable[[Any, dict[str, Any]], Any]
    seconds: dict[str, list[float]] = field(default_factory=lambda: {"ours": [], "bare": []})
    batch: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        from peft import get_peft_model

        from training.tuning.building import lora_config

        self.model = get_peft_model(load_base(BASE, SETTINGS).model, lora_config(SETTINGS)).train()
        self.trained = [p for p in self.model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(self.trained, SETTINGS.learning_rate)
        self.since = 0.0

    def stepped(self, fact: Stepped) -> None:
        """The trainer's step is over, batch, optimiser, progress and all: now the bare one."""
        now = time.perf_counter()
        self.seconds["ours"].append(now - self.since)
        value = self.loss(self.model, self.batch)
        value.backward()
        torch.nn.utils.clip_grad_norm_(self.trained, SETTINGS.max_grad_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        value.item()
        self.since = time.perf_counter()
        self.seconds["bare"].append(self.since - now)


def _against_bare(rows: list[TrainingRow], name: str, loss: Callable[[Any, dict[str, Any]], Any]) -> None:
    bare = Bare(loss)
    real = Tuner.training_step

    def seen(trainer: Any, model: Any, inputs: dict[str, Any], items: Any = None) -> Any:
        bare.batch = {key: value.clone() for key, value in inputs.items()}
        return real(trainer, model, inputs, items)

    Tuner.training_step = seen
    try:
        with tempfile.TemporaryDirectory() as folder:
            tune(SETTINGS, rows, base=BASE, out=Path(folder) / "run", watch=bare)
    finally:
        Tuner.training_step = real
    ours, theirs = (statistics.median(bare.seconds[who][WARM:]) for who in ("ours", "bare"))
    row(f"a step: ours, a bare loop with {name}", f"{1000 * ours:.0f} ms, {1000 * theirs:.0f} ms")
    row("  our tokens per second ÷ its", f"{theirs / ours:.2f}", f"at least {GOAL}", theirs / ours >= GOAL)


def _whole_loss(model: Any, batch: dict[str, Any]) -> Any:
    logits = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits[:, :-1]
    return functional.cross_entropy(logits.flatten(0, 1), batch["labels"][:, 1:].flatten(), ignore_index=IGNORED)


def _learned_loss(model: Any, batch: dict[str, Any]) -> Any:
    causal = model.get_base_model()
    hidden = causal.base_model(batch["input_ids"], attention_mask=batch["attention_mask"]).last_hidden_state[:, :-1]
    labels = batch["labels"][:, 1:]
    learned = labels != IGNORED
    return functional.cross_entropy(causal.lm_head(hidden[learned]), labels[learned])


def _packing(rows: list[TrainingRow]) -> None:
    """Tokens of rows, padding left out, per second: padded, grouped by length, packed, and packed as TRL does alone."""
    ways = {
        "padded": ({}, None),
        "grouped by length": ({"group_by_length": True}, None),
        "packed, one mask over all (TRL's way here)": (_PACKED, "sdpa"),
        "packed": (_PACKED, None),
    }
    with tempfile.TemporaryDirectory() as folder:
        trainers = {
            name: _trainer(rows, SETTINGS.changed(changes), attention, Path(folder) / str(number))
            for number, (name, (changes, attention)) in enumerate(ways.items())
        }
        speeds = _interleaved(trainers)
    for name, (speed, fill) in speeds.items():
        row(f"{name}: tokens of rows per second", f"{speed:,.0f}")
        row("  share of the batch that is not padding", f"{100 * fill:.0f} %")
    row("packing against padding: gain", f"{speeds['packed'][0] / speeds['padded'][0]:.2f} times")


_PACKED = {"packing": True, "max_input_length": 512, "per_device_train_batch_size": 2}


def _trainer(rows: list[TrainingRow], settings: TuningSettings, attention: str | None, folder: Path) -> Tuner:
    base: Base = load_base(BASE, settings)
    if attention:
        base.model.set_attn_implementation(attention)
    encoder = Encoder(base.tokenizer, end_ids(base.tokenizer, base.model.generation_config), answers_only=True)
    encoded = [one for one in encoder.encoded(rows) if len(one.ids) <= 512]
    made = build_trainer(
        settings, base, encoded, [], limit=512, checkpoints=Checkpoints(folder, 1), pace=Pace(), callback=_Nothing()
    )
    made.create_optimizer()
    made.current_gradient_accumulation_steps = 1
    return made


def _interleaved(trainers: dict[str, Tuner]) -> dict[str, tuple[float, float]]:
    batches: dict[str, Iterator[Any]] = {name: _endless(one) for name, one in trainers.items()}
    sums = {name: [0.0, 0, 0] for name in trainers}
    for number in range(STEPS):
        for name, trainer in trainers.items():
            batch = next(batches[name])
            mask = batch.get("attention_mask")
            real = int(mask.sum()) if mask is not None else batch["input_ids"].numel()
            whole, learned = batch["input_ids"].numel(), (batch["labels"] != IGNORED).sum()
            began = time.perf_counter()
            trainer.training_step(trainer.model, batch, learned)
            trainer.optimizer.step()
            trainer.optimizer.zero_grad()
            if number >= WARM:
                sums[name][0] += time.perf_counter() - began
                sums[name][1] += real
                sums[name][2] += whole
    return {name: (real / seconds, real / whole) for name, (seconds, real, whole) in sums.items()}


def _endless(trainer: Tuner) -> Iterator[Any]:
    for _ in itertools.count():
        yield from trainer.get_train_dataloader()


class _Nothing:
    """Stands where the run's callback stands; nothing is run here."""

    trainer: Any = None

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *given, **options: None


if __name__ == "__main__":
    main()
