"""A judge's card: what calibration found, as JSON that an event refers to and as a page that a person can read."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from models.judging.calibration.data import LabelledPairs
from models.judging.calibration.figures import Figures, Orders
from models.judging.league.costs import Prices
from models.judging.league.report import in_percent
from models.judging.pairs import PairComparer
from models.protocol import EngineError

FORMAT = "finale-judge-card/1"


class CardRefused(EngineError):
    """A file is no card; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured: the judge, on which data, with which result. `made_at` is ISO 8601, by the caller's clock."""

    comparer: PairComparer
    data: LabelledPairs
    figures: Figures
    made_at: str
    model: str = ""
    family: str = ""
    variant: str = ""
    prices: Prices | None = None

    @property
    def name(self) -> str:
        """The card's file name, without ending: judge, and the prompt's variant if it has several."""
        return f"{self.comparer.name}-{self.variant}" if self.variant else self.comparer.name

    @property
    def cost(self) -> Decimal | None:
        """What all its looks cost; None without prices."""
        return self.prices.of(self.figures.used) if self.prices else None


@dataclass(frozen=True, slots=True)
class Card:
    """What an event needs of a card: whose it is, which prompt, how accurate, and the weight that follows."""

    judge: str
    prompt_sha256: str
    accuracy: float
    pairs: int
    weight: Fraction


def as_json(measured: Measured) -> dict[str, Any]:
    """The card as JSON values. Shares are 0 to 1, `weight` is relative to other judges' weights."""
    found, comparer, data = measured.figures, measured.comparer, measured.data
    people = {label.value: count for label, count in data.counts.items()}
    return {
        "format": FORMAT,
        "judge": comparer.name,
        "label": comparer.label,
        "model": measured.model,
        "family": measured.family,
        "demo": comparer.demo,
        "protocol": comparer.protocol,
        "variant": measured.variant,
        "prompt_sha256": comparer.prompt_sha256,
        "data": {"file": data.file, "sha256": data.sha256, "rows": data.rows, "labels": people},
        "data_sha256": data.sha256,
        "pairs": found.pairs,
        "accuracy": asdict(found.accuracy) | {"pairs": found.pairs, "right": found.right, "tied": found.tied},
        "orders": asdict(found.orders),
        "order_consistency": found.orders.consistent,
        "p_first": found.orders.p_first,
        "sees_both": comparer.sees_both,
        "p_longer": asdict(found.longer),
        "failures": {"pairs": found.failed, "replies": found.unread},
        "cost": {
            "tokens_in": found.used.tokens_in,
            "tokens_out": found.used.tokens_out,
            "counted": found.used.is_counted,
            "money": None if measured.cost is None else f"{measured.cost:.4f}",
            "currency": measured.prices.currency if measured.prices else "",
        },
        "ms_per_judgement": None if found.ms is None else round(found.ms, 1),
        "weight": float(found.weight),
        "made_at": measured.made_at,
    }


def write_card(measured: Measured, folder: Path) -> tuple[Path, Path]:
    """Write NAME.json and NAME.md into `folder`. Raises CardRefused while a pair is unjudged: half a card is none."""
    if left := measured.figures.unjudged:
        raise CardRefused(f"{measured.name} is not calibrated: {left} of {measured.figures.pairs} pairs are unjudged.")
    folder.mkdir(parents=True, exist_ok=True)
    files = folder / f"{measured.name}.json", folder / f"{measured.name}.md"
    text = json.dumps(as_json(measured), indent=1, ensure_ascii=False) + "\n"
    for file, content in zip(files, (text, as_markdown(measured)), strict=True):
        partial = file.with_name(f".{file.name}.partial")
        partial.write_text(content, encoding="utf-8")
        partial.replace(file)
    return files


def read_card(file: Path) -> Card:
    """What an event needs of a card. Raises CardRefused."""
    try:
        data: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
        if data["format"] != FORMAT:
            raise ValueError(f"its format is {data['format']!r}, not {FORMAT}")
        weight, accuracy = Fraction(data["weight"]), float(data["accuracy"]["value"])
        if weight < 0 or not 0 <= accuracy <= 1:
            raise ValueError(f"a weight of {weight} and an accuracy of {accuracy}")
        return Card(str(data["judge"]), str(data["prompt_sha256"]), accuracy, int(data["pairs"]), weight)
    except (OSError, ValueError, KeyError, TypeError, ArithmeticError) as error:
        raise CardRefused(f"{file} is no judge's card ({error}); `finale judge calibrate` writes one.") from error


def as_markdown(measured: Measured) -> str:
    """The card as a page."""
    found, comparer, data = measured.figures, measured.comparer, measured.data
    lines = [
        f"# {comparer.label}",
        "",
        f"Calibrated on {data.file} (sha256 `{data.sha256[:12]}`): {found.pairs} pairs of which people prefer an "
        f"answer, ties left out: {len(data.pairs) - found.pairs}. {measured.made_at}.",
        "",
        "| | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in table(measured)),
        "",
        "Accuracy is the share of pairs where the mean over both orders prefers the answer that people prefer; a tie "
        "or a failure is not right. The weight is the log-odds of the accuracy, drawn towards chance where pairs "
        "are few; only its ratio to other judges' weights matters.",
    ]
    return "\n".join(lines) + "\n"


def table(measured: Measured) -> list[tuple[str, str]]:
    """Names and values of what is shown."""
    found, comparer = measured.figures, measured.comparer
    orders, longer = found.orders, found.longer
    money = (
        "" if measured.cost is None or measured.prices is None else f"; {measured.cost:.4f} {measured.prices.currency}"
    )
    tokens = f"{found.used.tokens_in:,} tokens in, {found.used.tokens_out:,} out"
    about = "" if found.used.is_counted else "about "
    return [
        ("judge", f"{comparer.name}{f', family {measured.family}' if measured.family else ''}"),
        ("protocol", f"{comparer.protocol}{f', prompt {measured.variant}' if measured.variant else ''}"),
        ("prompt", f"`{comparer.prompt_sha256}`"),
        ("accuracy", f"{in_percent(found.accuracy)}, {found.right} of {found.pairs}, {found.tied} tied"),
        *(_by_order(orders) if comparer.sees_both else [("order", "cannot matter: it sees one answer at a time")]),
        ("prefers the longer answer", f"{share(longer.judge)}, people {share(longer.people)} ({longer.pairs} pairs)"),
        ("failures", f"{found.failed} pairs without a verdict, {found.unread} replies that could not be read"),
        ("cost", "none: it runs here" if comparer.demo else f"{about}{tokens}{money}"),
        ("time", "none measured" if found.ms is None else f"{found.ms:,.0f} ms a judgement"),
        ("weight", f"{float(found.weight):.3f}"),
    ]


def _by_order(orders: Orders) -> list[tuple[str, str]]:
    return [
        ("accuracy, a first / b first", f"{share(orders.accuracy_a_first)} / {share(orders.accuracy_b_first)}"),
        ("right in both orders", share(orders.right_in_both)),
        ("same answer in both orders", share(orders.consistent)),
        ("prefers the first answer", share(orders.p_first)),
    ]


def share(value: float | None) -> str:
    """As "61.0 %", or "–" where there is nothing to count."""
    return "–" if value is None else f"{100 * value:.1f} %"
