"""Choosing the next token: temperature, then top-p (nucleus) sampling, from a generator of each answer's own.

The draw inverts the cumulative distribution in float64, so one uniform number per token decides, whatever
the batch. Nucleus sampling: Holtzman et al., arXiv 1904.09751.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

LIKELY_TOKENS = 512
"""How many of the likeliest tokens are sorted first; the whole vocabulary only where the nucleus is
larger."""


@dataclass(slots=True)
class Sampler:
    """One answer's settings and its own random numbers."""

    temperature: float
    top_p: float
    seed: int
    generator: torch.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.generator = torch.Generator().manual_seed(self.seed)

    def uniform(self) -> float:
        """The next number in [0, 1)."""
        return float(torch.rand((), dtype=torch.float64, generator=self.generator))


def choose(logits: Tensor, samplers: Sequence[Sampler]) -> list[int]:
    """Pick one token per row of `logits` (rows, vocabulary)."""
    picked = logits.argmax(dim=-1)
    warm = [row for row, sampler in enumerate(samplers) if sampler.temperature > 0]
    if warm:
        picked[warm] = _drawn(logits[warm].double(), [samplers[row] for row in warm])
    return [int(token) for token in picked]


def _drawn(logits: Tensor, samplers: Sequence[Sampler]) -> Tensor:
    temperature = logits.new_tensor([[sampler.temperature] for sampler in samplers])
    top_p = logits.new_tensor([[sampler.top_p] for sampler in samplers])
    uniform = logits.new_tensor([[sampler.uniform()] for sampler in samplers])
    probability = ((logits - logits.amax(dim=-1, keepdim=True)) / temperature).softmax(dim=-1)
    likely, order = probability.topk(min(LIKELY_TOKENS, probability.shape[-1]))
    picked = _inverted(likely, order, top_p, uniform)
    for row in (likely.sum(dim=-1, keepdim=True) < top_p).squeeze(-1).nonzero().flatten().tolist():
        everything, order_of_all = probability[row : row + 1].sort(dim=-1, descending=True, stable=True)
        picked[row] = _inverted(everything, order_of_all, top_p[row : row + 1], uniform[row : row + 1])[0]
    return picked


def _inverted(probability: Tensor, order: Tensor, top_p: Tensor, uniform: Tensor) -> Tensor:
    """The token where the cumulative probability (rows, descending) passes `uniform` times the nucleus's mass."""
    mass = probability.cumsum(dim=-1)
    last = (mass - probability < top_p).sum(dim=-1, keepdim=True) - 1
    rank = torch.searchsorted(mass, uniform * mass.gather(-1, last), right=True).minimum(last)
    return order.gather(-1, rank).squeeze(-1)
