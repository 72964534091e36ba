"""Muon for small matrices in float32. PyTorch's own computes in bfloat16, which a CPU without AVX-512 emulates slowly.

Source: K. Jordan, "Muon: an optimizer for hidden layers in neural networks" (2024); rate scaled as in arXiv 2502.16982.
"""

from collections.abc import Iterable
from typing import Any

import torch


class Muon(torch.optim.Optimizer):
    """Momentum whose update is made orthogonal; every parameter must be a matrix. `lr` is on AdamW's scale."""

    def __init__(self, matrices: Iterable[Any], lr: float, momentum: float = 0.95, weight_decay: float = 0.1) -> None:
        super().__init__(matrices, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Update every matrix once from its gradient."""
        for group in self.param_groups:
            for matrix in group["params"]:
                self._update(matrix, group)

    def _update(self, matrix: Any, group: dict[str, Any]) -> None:
        velocity = self.state[matrix].setdefault("velocity", torch.zeros_like(matrix))
        velocity.lerp_(matrix.grad, 1 - group["momentum"])
        direction = orthogonal(torch.lerp(matrix.grad, velocity, group["momentum"]))
        matrix.mul_(1 - group["lr"] * group["weight_decay"])
        matrix.add_(direction, alpha=-0.2 * max(matrix.shape) ** 0.5 * group["lr"])


def orthogonal(matrix: Any, rounds: int = 5) -> Any:
    """The nearest semi-orthogonal matrix, roughly: five Newton-Schulz rounds bring singular values to 0.7–1.2.

    The rounds forgive bfloat16, which CPUs with tiles (AMX) multiply many times faster.
    """
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x = wide / (wide.norm() + 1e-7)
    x = x.bfloat16() if torch.cpu._is_amx_tile_supported() else x
    for _ in range(rounds):
        square = x @ x.T
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return (x if wide is matrix else x.T).to(matrix.dtype)
