"""Options that the commands share which let adapters answer prompts, and what they make together."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from training.trying.prompts import Asked
    from training.tuning.sampling import HowToSample

VOICE = "base, a run's folder, an adapter's folder, or an archive of one"

VoiceName = Annotated[str, typer.Argument(help=f"Who answers: {VOICE}.", show_default=False)]
Prompts = Annotated[
    Path | None,
    typer.Option(help="Prompts: a .txt with one in each line, or JSONL. Left out, 24 of our own.", show_default=False),
]
System = Annotated[str, typer.Option(help="System prompt for prompts that name none.", show_default=False)]
Temperature = Annotated[float, typer.Option(min=0.0, max=5.0, help="0 always takes the likeliest token.")]
TopP = Annotated[float, typer.Option(min=0.01, max=1.0, help="Sample from the likeliest tokens with this mass.")]
MaxTokens = Annotated[int, typer.Option(min=1, max=32_768, help="Longest answer, in tokens.")]
Seed = Annotated[int, typer.Option(min=0, max=2**62, help="The same seed gives the same texts.")]

TEMPERATURE, TOP_P, MAX_TOKENS = 0.7, 0.95, 256


def asked_of(prompts: Path | None, system: str) -> "tuple[Asked, ...]":
    """The prompts to ask. Raises TryingRefused, LinesRefused."""
    from training.trying.prompts import SHIPPED, read_prompts

    return read_prompts(prompts or SHIPPED, system=system)


def how_of(temperature: float, top_p: float, max_tokens: int, seed: int) -> "HowToSample":
    """How to sample."""
    from training.tuning.sampling import HowToSample

    return HowToSample(temperature, top_p, max_tokens, seed)
