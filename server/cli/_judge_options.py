"""Options that the judge's commands share, and what they make together. Knows nothing of models."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer

from server.domain.errors import Refused

Data = Annotated[Path, typer.Argument(help="JSONL of pairs: question, answer_a, answer_b, label (a, b or tie).")]
Cards = Annotated[Path, typer.Option("--out", "-o", help="Folder for the cards and the ledger.")]
AuditFolder = Annotated[Path | None, typer.Option("--out", "-o", help="Folder to write.", show_default=False)]
Questions = Annotated[Path, typer.Argument(help="JSONL: id, question, and perhaps facts, difficulty.")]
Result = Annotated[Path, typer.Argument(help="A result that `league run` wrote.")]
Folder = Annotated[Path, typer.Argument(help="The folder that `league run` wrote to.")]
Candidates = Annotated[
    list[str],
    typer.Option("--candidate", help="NAME=ANSWERS.jsonl, NAME=MODEL@URL, or an adapter's id; those then answer."),
]
Reference = Annotated[str, typer.Option(help="NAME=ANSWERS.jsonl, NAME=MODEL@URL, an adapter's id, or base.")]
LeagueFolder = Annotated[Path, typer.Option("--out", "-o", help="Folder for results, ledger and generated answers.")]
Families = Annotated[list[str], typer.Option("--family", help="Family of the models judged, to warn of kin judges.")]
System = Annotated[str, typer.Option("--system-prompt", help="For answers that are generated here.")]
Temperature = Annotated[float, typer.Option(help="For answers that are generated here.")]
TopP = Annotated[float, typer.Option(help="For answers that are generated here.")]
MaxTokens = Annotated[int, typer.Option(help="For answers that are generated here.")]
Seed = Annotated[int, typer.Option(help="For answers that are generated here.")]
KeyEnv = Annotated[str | None, typer.Option(help="Variable with the key for MODEL@URL.", show_default=False)]
JudgesFile = Annotated[
    Path | None, typer.Option("--judges", help="judges.toml; left out, this server's own judge.", show_default=False)
]
JudgeNames = Annotated[
    list[str], typer.Option("--judge", help="Only this judge of the file; once for each.", show_default=False)
]
AtOnce = Annotated[int, typer.Option(min=1, max=1000, help="Requests under way at once.")]
Budget = Annotated[
    str | None, typer.Option(help="Most money per judge, what its ledger cost before included.", show_default=False)
]
PriceIn = Annotated[str | None, typer.Option(help="Price of a million tokens sent.", show_default=False)]
PriceOut = Annotated[str | None, typer.Option(help="Price of a million tokens received.", show_default=False)]
Currency = Annotated[str, typer.Option(help="What prices are in.")]
Tokenizer = Annotated[
    Path | None,
    typer.Option(help="A tokenizer.json, to count tokens in estimates; without one, four characters are a token."),
]
EstimateOnly = Annotated[bool, typer.Option("--estimate", help="Only say what is to do, what it costs, how long.")]
Repeat = Annotated[bool, typer.Option("--repeat-failed", help="Ask again where replies could not be read.")]
Prompt = Annotated[
    str, typer.Option("--prompt", help="A pair judge's prompt: careful, plain, or all.", show_default=False)
]


@dataclass(frozen=True, slots=True)
class Asking:
    """Which judges are asked, how fast, and for how much. `prices` are (in, out) per million tokens."""

    judges: Path | None
    names: tuple[str, ...]
    at_once: int
    prices: tuple[Decimal, Decimal] | None
    currency: str
    budget: Decimal | None
    tokenizer: Path | None
    repeat_failed: bool
    estimate_only: bool


def money(name: str, text: str | None) -> Decimal | None:
    """A sum of money, 0 or more. Raises Refused."""
    if text is None:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount < 0:
        raise Refused(f"Expected a sum such as 2.50 as {name}, got {text!r}.")
    return amount


def prices(price_in: str | None, price_out: str | None) -> tuple[Decimal, Decimal] | None:
    """Both prices, or neither. Raises Refused."""
    sent, received = money("--price-in", price_in), money("--price-out", price_out)
    if sent is None and received is None:
        return None
    if sent is None or received is None:
        raise Refused("Give --price-in and --price-out together: what a million tokens cost, sent and received.")
    return sent, received
