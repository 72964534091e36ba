"""`finale train try` and `finale train compare`: what an adapter says, alone and beside another."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from training.cli import _trying_options as options
from training.cli._adapter_options import DEFAULT_MAX_RANK, Base, MaxRank, limits_of

_console = Console()


def try_(
    voice: options.VoiceName,
    prompts: options.Prompts = None,
    system: options.System = "",
    temperature: options.Temperature = options.TEMPERATURE,
    top_p: options.TopP = options.TOP_P,
    max_tokens: options.MaxTokens = options.MAX_TOKENS,
    seed: options.Seed = 0,
    base: Base = None,
    max_rank: MaxRank = DEFAULT_MAX_RANK,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Let an adapter, or the base alone, answer a fixed list of prompts."""
    from training.cli import _tries_shown as shown
    from training.cli._speaking import Speaking
    from training.trying.voices import cast

    asked, how = options.asked_of(prompts, system), options.how_of(temperature, top_p, max_tokens, seed)
    with cast([voice], base=base, limits=limits_of(max_rank)) as one:
        name = one.voices[0].name
        texts = Speaking(one).answers(one.voices[0], asked, how)
    if as_json:
        rows = [{"id": a.id, **asdict(a.prompt), "answer": text} for a, text in zip(asked, texts, strict=True)]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        shown.answers(_console, name, asked, texts)


def compare(
    left: options.VoiceName,
    right: options.VoiceName,
    prompts: options.Prompts = None,
    system: options.System = "",
    temperature: options.Temperature = options.TEMPERATURE,
    top_p: options.TopP = options.TOP_P,
    max_tokens: options.MaxTokens = options.MAX_TOKENS,
    seed: options.Seed = 0,
    base: Base = None,
    max_rank: MaxRank = DEFAULT_MAX_RANK,
    html: Annotated[Path | None, typer.Option(help="Write a page here as well.", show_default=False)] = None,
) -> None:
    """Set two adapters side by side on the same prompts and seed; words that only one of them says stand out."""
    from training.cli import _tries_shown as shown
    from training.cli._speaking import Speaking
    from training.runs.disk import write_whole
    from training.trying.comparing import compared
    from training.trying.page import comparison_page
    from training.trying.voices import cast

    asked, how = options.asked_of(prompts, system), options.how_of(temperature, top_p, max_tokens, seed)
    with cast([left, right], base=base, limits=limits_of(max_rank)) as two:
        speaking = Speaking(two)
        comparison = compared(two, asked, how, *(speaking.answers(voice, asked, how) for voice in two.voices))
    shown.side_by_side(_console, comparison)
    if html is not None:
        write_whole(html, comparison_page(comparison))
        _console.print(f"[dim]The same as a page: {escape(str(html))}[/]", highlight=False, soft_wrap=True)
