"""Options that the commands about finished adapters share. Knows nothing of training."""

from pathlib import Path
from typing import Annotated

import typer

from models.adapters import AdapterLimits

Base = Annotated[
    Path | None,
    typer.Option(
        help="Folder of the base; left out, the one the run was trained on, else the demo's.", show_default=False
    ),
]
MaxRank = Annotated[int, typer.Option(min=1, help="Highest rank that the event serves.")]
DEFAULT_MAX_RANK = AdapterLimits().max_rank


def limits_of(max_rank: int) -> AdapterLimits:
    """The event's limits."""
    return AdapterLimits(max_rank=max_rank)
