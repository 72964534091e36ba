"""The options that every command of `finale train synthesize` has, and what they become: one list for all."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from training.places import DEMO_BASE
from training.synthetic.errors import SynthesisRefused

if TYPE_CHECKING:
    from models.judging.league.costs import Prices
    from training.synthetic.plan import Plan

CATALOGUE = DEMO_BASE.parent / "catalogue.json"


@dataclass(frozen=True, slots=True)
class Given:
    """What was said on the command line: who writes, how, and how much it may cost."""

    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for journal, rows and report.")] = Path("synthetic")
    url: Annotated[str, typer.Option(help="Address of the model, usually ending in /v1.", show_default=False)] = ""
    model: Annotated[str, typer.Option(help="The model's name at that address.", show_default=False)] = ""
    key_env: Annotated[
        str, typer.Option(help="Environment variable that holds the address's key.", show_default=False)
    ] = ""
    local: Annotated[
        str,
        typer.Option(help="Instead of an address: base, or an adapter's id, on the local engine.", show_default=False),
    ] = ""
    catalogue: Annotated[Path, typer.Option(help="Models of the local engine.", show_default="the demo's")] = CATALOGUE
    silence: Annotated[float, typer.Option(min=1, help="Seconds that the address may be silent in a reply.")] = 120.0
    temperature: Annotated[float, typer.Option(help="0 to 5.")] = 0.8
    top_p: Annotated[float, typer.Option(help="Above 0, at most 1.")] = 0.95
    reply_tokens: Annotated[int, typer.Option(min=1, help="Most tokens of a reply.")] = 900
    seed: Annotated[int, typer.Option(help="The same seed asks the same requests.")] = 0
    least_words: Annotated[int, typer.Option(min=1, help="Shorter responses are refused.")] = 5
    most_words: Annotated[int, typer.Option(min=1, help="Longer responses are refused.")] = 400
    attempts: Annotated[int, typer.Option(min=1, max=10, help="Replies that are paid at most for each row.")] = 2
    at_once: Annotated[int, typer.Option(min=1, max=256, help="Requests on their way at the same time.")] = 8
    prices: Annotated[
        str, typer.Option(help="Money per million tokens in and out, such as 0.15/0.60.", show_default=False)
    ] = ""
    currency: Annotated[str, typer.Option(help="What the prices are in.")] = "USD"
    budget: Annotated[
        str, typer.Option(help="Most money, earlier runs in this folder included.", show_default=False)
    ] = ""
    token_budget: Annotated[
        int | None, typer.Option(min=1, help="Most tokens, earlier runs in this folder included.", show_default=False)
    ] = None
    time_budget: Annotated[str, typer.Option(help="Most time of this run, such as 30m.", show_default=False)] = ""
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Start without asking.")] = False
    estimate_only: Annotated[bool, typer.Option("--estimate", help="Say what it would cost, and stop.")] = False


def with_given(command: Callable[..., None]) -> Callable[..., None]:
    """The command with an option for each field of `Given`, which it gets together as its argument `given`."""
    own = [one for one in inspect.signature(command).parameters.values() if one.name != "given"]
    hints = get_type_hints(Given, include_extras=True)
    shared = [
        inspect.Parameter(one.name, inspect.Parameter.KEYWORD_ONLY, default=one.default, annotation=hints[one.name])
        for one in fields(Given)
    ]

    def told(**values: Any) -> None:
        given = Given(**{one.name: values.pop(one.name) for one in shared})
        command(**values, given=given)

    parameters = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own] + shared
    told.__name__, told.__doc__ = command.__name__, command.__doc__
    told.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    told.__annotations__ = {one.name: one.annotation for one in parameters}
    return told


def plan_of(given: Given) -> "Plan":
    """How to run. Raises SynthesisRefused, HoursRefused, SamplingRefused."""
    from models.protocol import check_sampling
    from training.hours.amounts import parse_seconds
    from training.synthetic.budget import Limits, check
    from training.synthetic.checks import Rules
    from training.synthetic.plan import Plan
    from training.synthetic.writers import Sampling

    drawn = Sampling(given.temperature, given.top_p, given.reply_tokens, given.seed)
    check_sampling(temperature=drawn.temperature, top_p=drawn.top_p, max_tokens=drawn.max_tokens, seed=drawn.seed)
    seconds = parse_seconds(given.time_budget) if given.time_budget else None
    limits = Limits(_money(given.budget, "--budget") if given.budget else None, given.token_budget, seconds)
    rules, prices = Rules(given.least_words, given.most_words), _prices(given)
    check(limits, prices)
    return Plan(drawn, rules, given.attempts, given.at_once, limits, prices)


def _prices(given: Given) -> "Prices | None":
    from models.judging.league.costs import Prices

    if not given.prices:
        return None
    parts = given.prices.split("/")
    if len(parts) != 2:
        raise SynthesisRefused(
            f"--prices takes two amounts, in and out, such as 0.15/0.60; {given.prices!r} is not that."
        )
    return Prices(_money(parts[0], "--prices"), _money(parts[1], "--prices"), given.currency)


def _money(text: str, option: str) -> Decimal:
    try:
        amount = Decimal(text.strip())
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount < 0:
        raise SynthesisRefused(f"{option} takes an amount of money such as 2.50, not {text!r}.")
    return amount
