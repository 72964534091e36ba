"""`finale train export` and `finale train play`: an adapter is handed in, or put on the demo's stage."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from training.cli._adapter_options import DEFAULT_MAX_RANK, Base, MaxRank, limits_of
from training.places import DEMO_MODELS

MODELS_DIR = "FINALE_MODELS_DIR"
_console = Console(soft_wrap=True, highlight=False)

Run = Annotated[Path, typer.Argument(help="The run's folder.")]
Adapter = Annotated[Path, typer.Argument(help="A run's folder, an adapter's folder, or an archive that was exported.")]


def export(
    run: Run,
    out: Annotated[Path, typer.Option("--out", "-o", help="NAME.zip or NAME.tar.gz; without a suffix, a folder.")],
    licence: Annotated[
        str, typer.Option(help="Licence of the adapter, such as Apache-2.0; asked for if left out.", show_default=False)
    ] = "",
    description: Annotated[str, typer.Option(help="A line about the adapter, for its card.")] = "",
    base: Base = None,
    max_rank: MaxRank = DEFAULT_MAX_RANK,
) -> None:
    """Write a run's adapter with its card, ready to be handed in.

    The arena's own check runs before and after packing: what it would refuse on the day is refused here, in the same
    words. The same run gives the same archive, to the byte.
    """
    from training.handing_in.card import Said
    from training.handing_in.exporting import export as exported

    if not licence and sys.stdin.isatty():
        licence = typer.prompt("Under which licence do you hand it in (such as Apache-2.0, CC-BY-4.0)")
    done = exported(run, out, Said(licence.strip(), description.strip()), base=base, limits=limits_of(max_rank))
    facts = done.facts
    _console.print(f"[green]✓[/] {escape(str(done.out))}: {done.bytes:,} bytes, licence {escape(licence.strip())}.")
    _console.print(
        f"  rank {facts.rank}, on {', '.join(facts.target_modules)}; weights {facts.sha256}\n"
        "  The arena accepts it. Its card is inside, as card.json and README.md."
    )


def play(
    adapter: Adapter,
    finalist: Annotated[str, typer.Option("--as", help="Which finalist of the demo it replaces.")] = "farah",
    models: Annotated[Path, typer.Option(help="The models folder to copy.")] = DEMO_MODELS,
    out: Annotated[Path, typer.Option("--out", "-o", help="The copy; one made before is changed.")] = Path("var/stage"),
    start: Annotated[bool, typer.Option(help="Start the demo at once.")] = True,
    max_rank: MaxRank = DEFAULT_MAX_RANK,
) -> None:
    """See an adapter play in the demo finale: it replaces one finalist in a copy of the models folder.

    The shipped models stay as they are. Repeat the command for another adapter and another finalist, and they meet on
    the same stage.
    """
    from training.handing_in.playing import put_on_stage

    stage = put_on_stage(adapter, finalist, out, models=models, limits=limits_of(max_rank))
    where = escape(str(stage.models))
    _console.print(f"[green]✓[/] {escape(finalist)} speaks with {escape(str(adapter))} now, in {where}.")
    _console.print(f"  {MODELS_DIR}={where} finale demo --fresh")
    if start:
        sys.stdout.flush()
        # The command that is running is the arena's own; what it is called here is all that is known of it.
        os.execve(
            sys.executable,
            [sys.executable, sys.argv[0], "demo", "--fresh"],
            os.environ | {MODELS_DIR: str(stage.models)},
        )
