"""Many LoRA adapters in one forward pass: every row of a batch adds its own adapter's update.

The adapters are loaded by PEFT; here their matrices are laid side by side, A as (in, ranks) and B as (ranks,
out), so a mixed batch costs two small matrix products and a mask instead of a loop over adapters (LoRA:
arXiv 2106.09685).
"""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(slots=True)
class Choice:
    """Which adapter each row of the running forward uses, as a 0/1 mask over the ranks of each layout.

    A layout is the adapters' ranks in a layer, in order; layers of one layout share a mask of (adapters + 1,
    R), whose last row, all zero, is the base alone.
    """

    masks: dict[tuple[int, ...], Tensor] = field(default_factory=dict)
    rows: dict[tuple[int, ...], Tensor] = field(default_factory=dict)

    def choose(self, adapters: Tensor) -> None:
        """Select the adapter index of each row: (rows,)."""
        self.rows = {layout: mask[adapters].unsqueeze(1) for layout, mask in self.masks.items()}


class SideBySideLora(nn.Module):
    """A linear layer with every adapter's update on it, chosen per row by the shared `choice`.

    `a` is (in, R), `b` is (R, out) with the scaling folded in, R the sum of the adapters' ranks in this
    layer.
    """

    def __init__(self, linear: nn.Module, a: Tensor, b: Tensor, layout: tuple[int, ...], choice: Choice) -> None:
        super().__init__()
        self.linear, self.choice, self.layout = linear, choice, layout
        self.a, self.b = a, b

    def forward(self, x: Tensor) -> Tensor:
        """Map (rows, length, in) to (rows, length, out)."""
        low = torch.matmul(x, self.a).mul_(self.choice.rows[self.layout])
        y: Tensor = self.linear(x)
        return y.add_(torch.matmul(low, self.b))


def lay_side_by_side(model: nn.Module, names: list[str], choice: Choice) -> int:
    """Replace each PEFT LoRA layer inside `model` by one SideBySideLora; returns how many were replaced."""
    found = [(path, module) for path, module in model.named_modules() if hasattr(module, "lora_A")]
    for path, layer in found:
        parent, _, leaf = path.rpartition(".")
        setattr(model.get_submodule(parent), leaf, _joined(layer, names, choice))
    return len(found)


def _joined(layer: Any, names: list[str], choice: Choice) -> SideBySideLora:
    present = [name for name in names if name in layer.lora_A]
    a = torch.cat([layer.lora_A[name].weight.detach() for name in present])
    b = torch.cat([layer.lora_B[name].weight.detach().t() * layer.scaling[name] for name in present])
    layout = tuple(layer.lora_A[name].weight.shape[0] if name in present else 0 for name in names)
    choice.masks.setdefault(layout, _mask(layout))
    return SideBySideLora(layer.base_layer, a.t(), b.contiguous(), layout, choice)


def _mask(layout: tuple[int, ...]) -> Tensor:
    mask = torch.zeros(len(layout) + 1, sum(layout))
    start = 0
    for index, rank in enumerate(layout):
        mask[index, start : start + rank] = 1
        start += rank
    return mask
