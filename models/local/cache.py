"""A key-value cache of fixed slots, so that answers can join and leave the batch between any two steps.

A `transformers` Cache: the model writes through `update`, and `window` says which slots and positions the
forward at hand addresses. Attention masks are built here too; which tokens to run is the scheduler's
business.
"""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import Cache, CacheLayerMixin

KV_STEP = 64
"""Attention reads keys in multiples of this many positions, so that sums do not depend on a neighbour's
length."""


@dataclass(slots=True)
class Window:
    """What one forward addresses: `slots` (rows,), `positions` (rows, length), and the first `reach` positions read."""

    slots: Tensor = field(default_factory=lambda: torch.zeros(1, dtype=torch.long))
    positions: Tensor = field(default_factory=lambda: torch.zeros(1, 1, dtype=torch.long))
    reach: int = KV_STEP


class SlotLayer(CacheLayerMixin):  # type: ignore[misc]
    """One layer's keys and values: (slots, heads, context + 1, head size); the last position takes idle
    rows' writes."""

    is_sliding = False

    def __init__(self, slots: int, context: int, window: Window) -> None:
        super().__init__()
        self.slots, self.context, self.window = slots, context, window

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        """Allocate for the head count and size that the first forward shows."""
        self.keys = key_states.new_zeros(self.slots, key_states.shape[1], self.context + 1, key_states.shape[3])
        self.values = value_states.new_zeros(self.slots, value_states.shape[1], self.context + 1, value_states.shape[3])
        self.is_initialized = True

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        """Store (rows, heads, length, size) at the window and return the first `reach` positions of its slots."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        return self._stored(self.keys, key_states), self._stored(self.values, value_states)

    def _stored(self, kept: Tensor, new: Tensor) -> Tensor:
        window = self.window
        kept[window.slots[:, None], :, window.positions] = new.transpose(1, 2)
        if len(window.slots) == self.slots:
            return kept[:, :, : window.reach]
        first = int(window.slots[0])
        return kept[first : first + 1, :, : window.reach]

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Keys read and their offset; the scheduler always brings its own mask."""
        return self.window.reach, 0

    def get_seq_length(self) -> int:
        """The furthest position read."""
        return self.window.reach

    def get_max_length(self) -> int:
        """Positions that a slot holds."""
        return self.context


class SlotCache(Cache):  # type: ignore[misc]
    """`slots` answers of up to `context` tokens each, over `layers` layers that share one `window`."""

    def __init__(self, layers: int, slots: int, context: int) -> None:
        self.window = Window()
        self.slots, self.context = slots, context
        super().__init__(layers=[SlotLayer(slots, context, self.window) for _ in range(layers)])

    def aim(self, slots: Tensor, positions: Tensor) -> Tensor:
        """Address `slots` (rows,) at `positions` (rows, length); returns the attention mask (rows, 1,
        length, reach).

        Rows are either all slots in order or one slot. Position `context` marks an idle row: it sees
        position 0 only.
        """
        busy = torch.where(positions < self.context, positions, 0)
        furthest = int(busy.max()) + 1
        reach = min(-(-furthest // KV_STEP) * KV_STEP, self.context)
        self.window.slots, self.window.positions, self.window.reach = slots, positions, reach
        return (torch.arange(reach) <= busy[:, :, None]).unsqueeze(1)
