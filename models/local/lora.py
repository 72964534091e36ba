"""Many LoRA adapters in one forward pass: every row of a batch adds its own adapter's update.

The matrices of the adapters that are laid on at once lie side by side, A as (in, ranks) and B as (ranks, out), so a
mixed batch costs two small matrix products and a mask instead of a loop over adapters (LoRA: arXiv 2106.09685). What is
laid on later is a group of its own: it adds exact zeros to the rows of others, so that their texts stay as they were.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

BASE_NUMBER = -1
"""The number of no adapter: a row that leaves the base as it is."""

Matrices = Mapping[str, tuple[Tensor, Tensor]]
"""One adapter: module path to A (rank, in) and B (out, rank), the scaling folded into B."""


@dataclass(slots=True, eq=False)
class Group:
    """Adapters that were laid on at once, numbered from `first` on; which of them each row of the forward uses.

    A layout is the adapters' ranks in a layer, in order; layers of one layout share a 0/1 mask of (adapters + 1, R),
    whose last row, all zero, is for rows that use none of them.
    """

    first: int
    count: int
    masks: dict[tuple[int, ...], Tensor] = field(default_factory=dict)
    rows: dict[tuple[int, ...], Tensor] = field(default_factory=dict)
    is_used: bool = False

    def choose(self, adapters: Tensor) -> None:
        """Select the adapter number of each row: (rows,)."""
        own = (adapters >= self.first) & (adapters < self.first + self.count)
        self.is_used = bool(own.any())
        if self.is_used:
            index = torch.where(own, adapters - self.first, self.count)
            self.rows = {layout: mask[index].unsqueeze(1) for layout, mask in self.masks.items()}


@dataclass(frozen=True, slots=True)
class Update:
    """A group's update of one layer: `a` is (in, R), `b` is (R, out), R the sum of the ranks in `layout`."""

    group: Group
    layout: tuple[int, ...]
    a: Tensor
    b: Tensor


class SideBySideLora(nn.Module):
    """A linear layer with every group's update on it."""

    def __init__(self, linear: nn.Module) -> None:
        super().__init__()
        self.linear = linear
        self.updates: tuple[Update, ...] = ()

    def forward(self, x: Tensor) -> Tensor:
        """Map (rows, length, in) to (rows, length, out)."""
        y: Tensor = self.linear(x)
        for update in self.updates:
            if update.group.is_used:
                low = torch.matmul(x, update.a).mul_(update.group.rows[update.layout])
                y = y.add_(torch.matmul(low, update.b))
        return y


def lay(model: nn.Module, group: Group, adapters: Sequence[Matrices]) -> None:
    """Lay `adapters`, which are the group's, on the layers of `model` that they change."""
    for path in dict.fromkeys(path for adapter in adapters for path in adapter):
        layer = _layer(model, path)
        layer.updates = (*layer.updates, _update(path, group, adapters))


def lift(model: nn.Module, group: Group) -> None:
    """Take a group off again."""
    for module in model.modules():
        if isinstance(module, SideBySideLora):
            module.updates = tuple(update for update in module.updates if update.group is not group)


def _layer(model: Any, path: str) -> SideBySideLora:
    module = model.get_submodule(path)
    if not isinstance(module, SideBySideLora):
        parent, _, leaf = path.rpartition(".")
        module = SideBySideLora(module)
        setattr(model.get_submodule(parent), leaf, module)
    return module


def _update(path: str, group: Group, adapters: Sequence[Matrices]) -> Update:
    present = [adapter[path] for adapter in adapters if path in adapter]
    layout = tuple(adapter[path][0].shape[0] if path in adapter else 0 for adapter in adapters)
    group.masks.setdefault(layout, _mask(layout))
    a = torch.cat([a for a, _ in present])
    b = torch.cat([b.t() for _, b in present])
    return Update(group, layout, a.t(), b.contiguous())


def _mask(layout: tuple[int, ...]) -> Tensor:
    mask = torch.zeros(len(layout) + 1, sum(layout))
    start = 0
    for index, rank in enumerate(layout):
        mask[index, start : start + rank] = 1
        start += rank
    return mask
