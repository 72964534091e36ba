"""`finale train search`."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console

from training.cli import _tune_options as options
from training.cli._adapter_options import DEFAULT_MAX_RANK, limits_of
from training.errors import TrainingError
from training.places import DEMO_BASE

if TYPE_CHECKING:
    from training.search import Means, Outcome, Plan

INTERRUPTED, NOTHING = 130, 1
_Kind = TypeVar("_Kind", bound=StrEnum)
_console = Console(highlight=False)

Data = Annotated[
    Path | None,
    typer.Argument(help="Training rows, in any shape that `finale train data check` knows.", show_default=False),
]
SpaceFile = Annotated[
    Path | None,
    typer.Option(
        "--space",
        help="What to try, as TOML: lora_r = [4, 8, 16], or learning_rate = {low = 2e-4, high = 5e-3, log = true}.",
        show_default=False,
    ),
]
Trials = Annotated[int | None, typer.Option(help="Most tries; a grid makes all of it if left out.", show_default=False)]
Budget = Annotated[
    str | None, typer.Option(help="Training time of all tries together, such as 2h.", show_default=False)
]
Sampler = Annotated[str, typer.Option(help="random, or grid for every combination.")]
Pruner = Annotated[str, typer.Option(help="How hopeless tries are stopped early: median, halving, or none.")]
Seed = Annotated[int, typer.Option(min=0, help="The same seed tries the same settings in the same order.")]
OutFolder = Annotated[
    Path | None, typer.Option("--out", "-o", help="The search's folder.", show_default="runs/DATE-NAME")
]
Resume = Annotated[Path | None, typer.Option(help="Go on with the search in this folder, on the same rows and base.")]
Prompts = Annotated[
    Path | None, typer.Option(help="Prompts that every try is asked, as for a run.", show_default=False)
]
Name = Annotated[str, typer.Option(help="What the search is called.", show_default=False)]


class Incomplete(TrainingError):
    """Something is missing on the command line, or contradicts something else."""


def search(
    data: Data = None,
    space: SpaceFile = None,
    budget: Budget = None,
    trials: Trials = None,
    base: options.MaybeBase = None,
    validation: options.Validation = None,
    preset: options.Preset = None,
    settings: options.SettingsFile = None,
    set_: options.Set = None,
    sampler: Sampler = "random",
    pruner: Pruner = "median",
    seed: Seed = 0,
    entrant: options.Entrant = "",
    ledger: options.Ledger = None,
    prompts: Prompts = None,
    resume: Resume = None,
    out: OutFolder = None,
    name: Name = "",
    max_rank: options.MaxRank = DEFAULT_MAX_RANK,
) -> None:
    """Try settings within a time budget: `finale train search rows.jsonl --space space.toml --budget 2h --trials 20`.

    Every try is a run in the log, charged to the entrant's hours; hopeless tries are stopped early. Ctrl+C ends it
    between two steps, --resume SEARCH goes on where it stopped. The best settings are in SEARCH/best.toml, and a page
    with pictures of what mattered is SEARCH/search.html.
    """
    from training.cli._search_shown import Terminal, summary
    from training.search import Means, read_plan
    from training.search import resume as go_on

    plan = read_plan(resume) if resume else None
    if plan is not None and (space or preset or settings or set_ or out or name):
        raise Incomplete("A resumed search keeps its space, settings, name and folder; change --trials or --budget.")
    file, held = _files(plan, data, validation)
    train, held_rows = options.rows_of(file, held)
    terminal = Terminal(_console, trials or (plan.trials if plan else None))
    means = Means(
        train,
        held_rows,
        base=base or (Path(plan.base.path) if plan else DEMO_BASE),
        hours=options.hours_of(entrant or (plan.entrant if plan else ""), ledger),
        prompts=options.prompts_of(prompts),
        limits=limits_of(max_rank),
        watch=terminal.watch,
    )
    seconds = options.seconds_of(budget)
    try:
        if resume is not None:
            outcome = go_on(resume, means, trials=trials, budget=seconds, tell=terminal.tell)
        else:
            outcome = _new(
                means,
                (space, settings, preset, set_),
                (sampler, pruner),
                out=out or Path("runs") / f"{datetime.now():%Y%m%d-%H%M%S}-{name or 'search'}",
                seed=seed,
                name=name,
                train_path=str(file),
                validation_path=str(held or ""),
                trials=trials,
                budget=seconds,
                tell=terminal.tell,
            )
    finally:
        terminal.close()
    _console.print(summary(outcome))
    _end(outcome)


def _new(
    means: "Means",
    given: tuple[Path | None, Path | None, str | None, list[str] | None],
    words: tuple[str, str],
    **rest: Any,
) -> "Outcome":
    """A new search with a space, a settings file, a preset and single settings; sampler and pruner by name."""
    from training.search import Pruning, Sampling, read_space
    from training.search import search as start
    from training.tuning import load_settings

    space, file, preset, single = given
    if space is None:
        raise Incomplete("What to try is missing; write it into a file and give it with --space space.toml.")
    settings = load_settings(file, preset_name=preset, options=single or ())
    sampling, pruning = _named(Sampling, words[0], "--sampler"), _named(Pruning, words[1], "--pruner")
    return start(settings, read_space(space, settings), means, sampling=sampling, pruning=pruning, **rest)


def _files(plan: "Plan | None", data: Path | None, validation: Path | None) -> tuple[Path, Path | None]:
    """The files of the rows: those given, else those the search began with."""
    if plan is not None:
        own = plan.validation is not None and plan.validation.path not in ("", plan.train.path)
        data = data or (Path(plan.train.path) if plan.train.path else None)
        validation = validation or (Path(plan.validation.path) if plan.validation and own else None)
    if data is None:
        raise Incomplete("Training rows are missing; give their file: `finale train search rows.jsonl --space …`.")
    return data, validation


def _named(kind: type[_Kind], word: str, option: str) -> _Kind:
    try:
        return kind(word)
    except ValueError:
        raise Incomplete(f"{option} is {', '.join(kind)}, not {word!r}.") from None


def _end(outcome: "Outcome") -> None:
    """Where everything is, and how to go on."""
    from training.search.page import PAGE
    from training.search.searching import BEST

    _console.print(f"Page: {outcome.folder / PAGE}", soft_wrap=True, markup=False)
    if outcome.best is not None:
        data = outcome.plan.train.path or "DATA"
        told = f"Train with the best settings: finale train run {data} --settings {outcome.folder / BEST}"
        _console.print(told, soft_wrap=True, markup=False, style="dim")
    if not outcome.is_over:
        _console.print(
            f"Go on: finale train search --resume {outcome.folder}", soft_wrap=True, markup=False, style="dim"
        )
    if outcome.tries and outcome.tries[-1].status.value == "interrupted":
        raise typer.Exit(INTERRUPTED)
    if outcome.best is None:
        raise typer.Exit(NOTHING)
