"""Fine-tuning on a GPU: a Llama of random weights in the shapes of 1B and 8B, bf16, LoRA of rank 16.

Tokens per second, peak memory, and the share of the card's bf16 peak. LoRA needs no gradients of the frozen weights,
so a token costs 4 floating-point operations a weight (2 forward, 2 backward), and twice the forward's for attention.
"""

import re
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from tests.bench.driving import row

PEAKS = {  # dense bf16 TFLOPS, from the makers' data sheets
    "H200": 989, "H100 PCIe": 756, "H100": 989, "GH200": 989, "B200": 2250, "A100": 312, "L40S": 362, "L4": 121,
    "A10G": 70, "A10": 125, "RTX 4090": 165, "RTX 3090": 71,
}  # fmt: skip
LENGTH, STEPS, WARM, RANK = 1024, 12, 3, 16


@dataclass(frozen=True, slots=True)
class Shape:
    """A Llama's shape, the sequences in a batch, and whether activations are computed twice."""

    name: str
    hidden: int
    layers: int
    intermediate: int
    batch: int
    checkpointing: bool


SHAPES = [
    Shape("1B", 2048, 16, 8192, 8, False),
    Shape("8B", 4096, 32, 14336, 4, False),
    Shape("8B", 4096, 32, 14336, 8, True),
]


def main() -> None:
    """Run it where there is a CUDA GPU, and say so where there is none."""
    if not torch.cuda.is_available():
        row("GPU part: 1B and 8B, bf16, LoRA rank 16", "no CUDA here, not measured")
        return
    for shape in SHAPES:
        try:
            _measure(shape)
        except torch.OutOfMemoryError:
            row(f"{shape.name} on {torch.cuda.get_device_name()}", "does not fit its memory")
        torch.cuda.empty_cache()


def _measure(shape: Shape) -> None:
    from training.tuning.quiet import quiet

    torch.cuda.reset_peak_memory_stats()
    with quiet(), tempfile.TemporaryDirectory() as folder:
        trainer = _trainer(shape, Path(folder))
        trainer.train()
    seconds = statistics.median(trainer.pace_of_steps[WARM:])
    tokens = shape.batch * LENGTH / seconds
    peak = torch.cuda.max_memory_allocated() / 2**30
    twice = ", activations computed twice" if shape.checkpointing else ""
    row(f"{shape.name} on {torch.cuda.get_device_name()}, {shape.batch} × {LENGTH}{twice}", f"{tokens:,.0f} tokens/s")
    row("  peak memory", f"{peak:.1f} GiB")
    card = next(
        (value for name, value in PEAKS.items() if re.search(rf"\b{name}\b", torch.cuda.get_device_name())), None
    )
    used = tokens * _operations_per_token(trainer.model, shape) / 1e12
    row("  of the card's bf16 peak", f"{100 * used / card:.0f} %" if card else f"{used:.0f} TFLOPS; peak not known")


def _trainer(shape: Shape, folder: Path, device: str = "cuda") -> Any:
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    from tests.bench.bench_tuning import BASE
    from training.tuning import TuningSettings
    from training.tuning.building import Base, build_trainer
    from training.tuning.checkpoints import Checkpoints
    from training.tuning.encoding import Encoded
    from training.tuning.pace import Pace

    config = LlamaConfig(
        vocab_size=128_256, hidden_size=shape.hidden, num_hidden_layers=shape.layers, num_key_value_heads=8,
        intermediate_size=shape.intermediate, num_attention_heads=32, max_position_embeddings=8192,
    )  # fmt: skip
    with torch.device(device):
        torch.set_default_dtype(torch.bfloat16)
        model = LlamaForCausalLM(config)
        torch.set_default_dtype(torch.float32)
    base = Base(model, AutoTokenizer.from_pretrained(BASE), 8192)
    rows = torch.randint(10, 3000, (shape.batch * STEPS, LENGTH)).tolist()
    settings = TuningSettings(
        lora_r=RANK, target_modules="all-linear", per_device_train_batch_size=shape.batch, max_steps=STEPS,  # type: ignore[arg-type]
        gradient_checkpointing=shape.checkpointing, save_steps=10_000, instruction_tuned=False,
    )  # fmt: skip
    encoded = [Encoded(str(number), ids, ids) for number, ids in enumerate(rows)]
    callback = _timing()
    trainer: Any = build_trainer(
        settings, base, encoded, [], limit=LENGTH, checkpoints=Checkpoints(folder, 1), pace=Pace(), callback=callback
    )
    trainer.pace_of_steps = callback.seconds
    trainer._save_checkpoint = lambda *given, **options: None  # not what is measured
    return trainer


def _timing() -> Any:
    from transformers import TrainerCallback

    class Timing(TrainerCallback):  # type: ignore[misc]
        """Seconds from one step's end to the next one's."""

        trainer: Any = None

        def __init__(self) -> None:
            self.seconds: list[float] = []
            self._last = time.perf_counter()

        def on_step_end(self, *given: Any, **options: Any) -> None:
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            now = time.perf_counter()
            self.seconds.append(now - self._last)
            self._last = now

    return Timing()


def _operations_per_token(model: Any, shape: Shape) -> float:
    weights = sum(p.numel() for name, p in model.named_parameters() if "embed_tokens" not in name)
    attention = 2 * 2 * shape.layers * shape.hidden * LENGTH / 2  # of a forward pass, causal
    return 4 * weights + 3 * attention
