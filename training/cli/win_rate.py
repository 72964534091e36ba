"""`finale train win-rate`: how often an adapter's answer is better than a reference's, by the judge of the arena."""

import asyncio
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from training.cli import _trying_options as options
from training.cli._adapter_options import DEFAULT_MAX_RANK, Base, MaxRank, limits_of
from training.places import DEMO_MODELS

if TYPE_CHECKING:
    from models.judging.judges_file import JudgeSpec
    from models.judging.league.questions import Answers
    from models.judging.league.season import Season
    from training.trying.prompts import Asked
    from training.trying.voices import Cast
    from training.tuning.sampling import HowToSample

NOT_RANKED = 1
_console, _errors = Console(), Console(stderr=True)


@dataclass(frozen=True, slots=True)
class _Order:
    """What was asked for, apart from the voices. `models` has the demo judge."""

    spec: "JudgeSpec"
    models: Path
    at_once: int
    budget: Decimal | None
    only_estimate: bool
    repeat_failed: bool
    out: Path


def win_rate(
    candidate: options.VoiceName,
    against: Annotated[str, typer.Option(help=f"The reference: {options.VOICE}, or ANSWERS.jsonl.")] = "base",
    prompts: options.Prompts = None,
    system: options.System = "",
    temperature: options.Temperature = options.TEMPERATURE,
    top_p: options.TopP = options.TOP_P,
    max_tokens: options.MaxTokens = options.MAX_TOKENS,
    seed: options.Seed = 0,
    base: Base = None,
    max_rank: MaxRank = DEFAULT_MAX_RANK,
    judges: Annotated[
        Path | None, typer.Option(help="judges.toml; left out, the demo judge of --models.", show_default=False)
    ] = None,
    judge: Annotated[str, typer.Option(help="Which judge of the file.", show_default=False)] = "",
    models: Annotated[Path, typer.Option(help="The models folder with the demo judge.")] = DEMO_MODELS,
    at_once: Annotated[int, typer.Option(min=1, max=256, help="Requests to the judge under way at once.")] = 8,
    budget: Annotated[
        str | None, typer.Option(help="Most money, what the ledger cost before included.", show_default=False)
    ] = None,
    estimate: Annotated[bool, typer.Option("--estimate", help="Only say what judging would cost.")] = False,
    repeat_failed: Annotated[
        bool, typer.Option("--repeat-failed", help="Ask again where a reply could not be read.")
    ] = False,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for answers, ledger and result.")] = Path("judged"),
) -> None:
    """Estimate how often an adapter's answer is better than a reference's, by the judge of the arena.

    Both orders of every pair are judged; a tie or a failed judgement is no win, and the interval is Wilson's, 95 %.
    What is judged is kept: the same command goes on where it stopped and pays for nothing twice. Exit code 1 while
    some questions are not judged.
    """
    from training.trying.duel import season_of
    from training.trying.seating import judge_named, warnings_of
    from training.trying.voices import cast

    spec = judge_named(judges, judge)
    order = _Order(spec, models, at_once, _money(budget), estimate, repeat_failed, out)
    asked, how = options.asked_of(prompts, system), options.how_of(temperature, top_p, max_tokens, seed)
    names = [candidate] if _is_file(against) else [candidate, against]
    with cast(names, base=base, limits=limits_of(max_rank)) as two:
        ours, theirs = _answers(two, asked, how, against, out)
        season = season_of(asked, ours, theirs, *warnings_of(spec, two.base))
    asyncio.run(_judged(season, order))


def _answers(cast: "Cast", asked: "Sequence[Asked]", how: "HowToSample", against: str, out: Path) -> "list[Answers]":
    """The candidate's and the reference's answers; sampled ones are kept in `out`."""
    from training.cli._speaking import Speaking
    from training.trying.duel import spoken, written
    from training.trying.keeping import kept_answers

    read = [written(Path(against), asked)] if _is_file(against) else []
    speaking, found = Speaking(cast), []
    for voice in cast.voices:
        speak = partial(speaking.answers, voice, asked, how)
        texts = kept_answers(out, cast.base_sha256, voice, asked, how, speak)
        found.append(spoken(voice.name, asked, texts))
    return found + read


async def _judged(season: "Season", order: _Order) -> None:
    from models.judging.league.running import Plan
    from training.cli import _tries_shown as shown
    from training.cli._speaking import bar
    from training.errors import TrainingError
    from training.trying.duel import estimate, fought
    from training.trying.seating import judging

    async with judging(order.spec, models=order.models, at_once=order.at_once) as seat:
        if order.budget is not None and seat.prices is None:
            raise TrainingError("A budget needs prices; give the judge price_in and price_out in judges.toml.")
        plan = Plan(order.at_once, seat.prices, order.budget, order.repeat_failed)
        if order.only_estimate:
            currency = seat.prices.currency if seat.prices else ""
            said = estimate(season, seat, order.out, plan).in_words(currency)
            _console.print(said[:1].upper() + said[1:], highlight=False)
            return
        with bar(f"{seat.comparer.name} judges") as progress, _stoppable() as stop:
            task = progress.add_task("judging", total=None)
            run, result, file = await fought(
                season,
                seat,
                order.out,
                plan,
                tell=lambda now: progress.update(task, completed=now.done, total=now.total),
                stop=stop,
            )
    shown.result(_console, result, str(file))
    if not result.score.is_ranked:
        why = f" ({run.reason})" if run.reason else ""
        _errors.print(f"[yellow]Not all was judged{escape(why)}. The same command goes on.[/]", soft_wrap=True)
        raise typer.Exit(NOT_RANKED)


@contextmanager
def _stoppable() -> Iterator[asyncio.Event]:
    """An event that the first Ctrl+C sets; what is on its way still comes in. The second one interrupts as usual."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def interrupted() -> None:
        stop.set()
        loop.remove_signal_handler(signal.SIGINT)

    with suppress(NotImplementedError, RuntimeError, ValueError):  # not the main thread, or no signals here
        loop.add_signal_handler(signal.SIGINT, interrupted)
    try:
        yield stop
    finally:
        with suppress(NotImplementedError, RuntimeError, ValueError):
            loop.remove_signal_handler(signal.SIGINT)


def _is_file(against: str) -> bool:
    return against.endswith(".jsonl")


def _money(text: str | None) -> Decimal | None:
    from training.errors import TrainingError

    if text is None:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount < 0:
        raise TrainingError(f"Expected a sum such as 2.50 as --budget, got {text!r}.")
    return amount
