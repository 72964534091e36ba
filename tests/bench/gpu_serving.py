"""Serving on a GPU: a Llama of random weights in the shape of 8B in vLLM, bf16, with five adapters of rank 16.

The vocabulary is the demo tokenizer's, so that every token has a text; a real one costs a few per cent more.
Tokens per second of each lane for five streams, first tokens, and the price of LoRA. Skipped without a GPU or vLLM.
`--tiny` runs the same on a CPU in a shape that fits it, to see that the script works.
"""

import asyncio
import json
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file

from models.protocol import BASE
from models.vllm import VllmEngine, VllmOptions
from server.settings import DEMO_MODELS
from server.vllm_choice import default_python
from tests.bench.driving import median, percentile, row
from tests.bench.lanes import spread, together

ADAPTERS, RANK, TURNS = 5, 16, 8


@dataclass(frozen=True, slots=True)
class Shape:
    """A Llama's shape."""

    name: str
    hidden: int
    layers: int
    intermediate: int
    heads: int
    groups: int


EIGHT_B = Shape("8B", 4096, 32, 14336, 32, 8)
TINY = Shape("tiny", 256, 2, 512, 4, 2)


def main() -> None:
    """Run it where there is a CUDA GPU, and say so where there is none."""
    if "--tiny" in sys.argv:
        asyncio.run(_measure(TINY, VllmOptions("", default_python(), dtype="float32", eager=True)))
    elif torch.cuda.is_available():
        asyncio.run(_measure(EIGHT_B, VllmOptions("", default_python(), dtype="bfloat16")))
    else:
        row("GPU part: 8B, five adapters of rank 16 in vLLM", "no CUDA here, not measured")


async def _measure(shape: Shape, options: VllmOptions) -> None:
    with tempfile.TemporaryDirectory() as folder:
        base, adapters = _base(shape, Path(folder)), _adapters(shape, Path(folder))
        more = ("--load-format", "dummy", "--max-model-len", "2048")
        fields = {"base": str(base), "python": options.python, "dtype": options.dtype, "eager": options.eager}
        vllm, began = VllmEngine(VllmOptions(**fields, more=more), adapters), time.perf_counter()  # type: ignore[arg-type]
        await vllm.start()
        where = torch.cuda.get_device_name() if torch.cuda.is_available() else "the CPU"
        row(f"{shape.name} on {where}: start, every adapter warm", f"{time.perf_counter() - began:.0f} s")
        try:
            await _print(vllm, list(adapters))
        finally:
            await vllm.close()


async def _print(vllm: VllmEngine, names: list[str]) -> None:
    adapted = [await together(vllm, names, turn) for turn in range(TURNS)]
    based = [await together(vllm, [BASE] * len(names), turn) for turn in range(TURNS)]
    lanes = [lane for turn in adapted for lane in turn]
    row("tokens per second of a lane, five streams, five adapters", f"{median([lane.rate for lane in lanes]):.0f}")
    row("the same on the bare base", f"{median([lane.rate for turn in based for lane in turn]):.0f}")
    firsts = [lane.ttft_ms for lane in lanes]
    row("first token, p50", f"{percentile(firsts, 0.5):.0f} ms", f"p99 {percentile(firsts, 0.99):.0f} ms")
    spreads = [spread(turn) for turn in adapted]
    row("fastest lane over slowest", f"{median(spreads):.3f}", f"worst {max(spreads):.3f}")


def _base(shape: Shape, folder: Path) -> Path:
    """The demo's tokenizer under a configuration of this shape; vLLM draws the weights itself."""
    demo = DEMO_MODELS / "base"
    place = shutil.copytree(demo, folder / "base", ignore=shutil.ignore_patterns("*.safetensors"))
    config = json.loads((demo / "config.json").read_text()) | {
        "hidden_size": shape.hidden, "num_hidden_layers": shape.layers, "intermediate_size": shape.intermediate,
        "num_attention_heads": shape.heads, "num_key_value_heads": shape.groups, "max_position_embeddings": 8192,
        "head_dim": shape.hidden // shape.heads, "dtype": "bfloat16",
    }  # fmt: skip
    (place / "config.json").write_text(json.dumps(config))
    return place


def _adapters(shape: Shape, folder: Path) -> dict[str, Path]:
    """Adapters of all linear layers with small random weights."""
    into = {"q_proj": shape.hidden, "k_proj": shape.hidden, "v_proj": shape.hidden, "o_proj": shape.hidden}
    narrow = shape.hidden // shape.heads * shape.groups
    out = {"q_proj": shape.hidden, "k_proj": narrow, "v_proj": narrow, "o_proj": shape.hidden}
    into |= {"gate_proj": shape.hidden, "up_proj": shape.hidden, "down_proj": shape.intermediate}
    out |= {"gate_proj": shape.intermediate, "up_proj": shape.intermediate, "down_proj": shape.hidden}
    made = {}
    for number in range(ADAPTERS):
        place = folder / f"adapter-{number}"
        place.mkdir()
        tensors = {}
        for layer in range(shape.layers):
            for name in into:
                part = "self_attn" if name[0] in "qkvo" else "mlp"
                stem = f"base_model.model.model.layers.{layer}.{part}.{name}"
                tensors[f"{stem}.lora_A.weight"] = torch.randn(RANK, into[name], dtype=torch.bfloat16) * 0.01
                tensors[f"{stem}.lora_B.weight"] = torch.randn(out[name], RANK, dtype=torch.bfloat16) * 0.01
        save_file(tensors, place / "adapter_model.safetensors")
        settings = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": RANK, "lora_alpha": 32}
        (place / "adapter_config.json").write_text(json.dumps(settings | {"target_modules": sorted(into)}))
        made[f"adapter-{number}@{number:012x}"] = place
    return made


if __name__ == "__main__":
    main()
