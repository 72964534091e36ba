"""The results as flat tables for a spreadsheet. Decimals here are rounded; the exact fractions are in the JSON.

"29/4" in a cell would be shown as the 29th of April, so fractions are written as decimals.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from server.domain.bundle_text import parse_fraction

PLACES = 6
_PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
# What spreadsheets take for the start of a formula, the full-width forms too; a tab or CR may hide one.
_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")

Row = Mapping[str, Any]

SCORES = ("round", "finalist", "llm", "experts", "audience", "score")
ATTEMPTS = (
    "round",
    "id",
    "finalist",
    "system_prompt",
    "temperature",
    "top_p",
    "max_tokens",
    "seed",
    "text",
    "tokens",
    "ttft_ms",
    "adapter_sha256",
    "engine",
    "prompt_tokens",
    "queue_ms",
    "stream_ms",
    "retries",
    "lost_ms",
    "failure",
    "started_at",
    "ended_at",
    "finish_reason",
    "automatic",
    "entry",
)
VERDICTS = ("round", "judge", "finalist", "mark", "weight", "judged", "spread", "reason")
STANDINGS = (
    "rank",
    "display_rank",
    "finalist",
    "total",
    "experts",
    "llm",
    "audience",
    "rounds_won",
    "decided_by",
)


def tables(bundle: Row) -> dict[str, str]:
    """File name → CSV text (RFC 4180), from what `build_bundle` returned. `round` is the round's key."""
    criteria = _criteria(bundle)
    fractions = ("mark", "weight", "judged", "spread", "score", "total", "llm", "experts", "audience")
    return {
        "scores.csv": _table(SCORES, _rows(bundle, "scores"), fractions),
        "attempts.csv": _table(ATTEMPTS, _rows(bundle, "attempts"), ()),
        "verdicts.csv": _table(VERDICTS, _rows(bundle, "verdicts"), fractions),
        "scorecards.csv": _table(("round", "expert", "finalist", *criteria, "mark"), _cards(bundle), fractions),
        "standings.csv": _table(STANDINGS, bundle["standings"], fractions),
    }


def _criteria(bundle: Row) -> tuple[str, ...]:
    """One column for each criterion of the event and of its questions."""
    asked = [*bundle["event"]["criteria"], *(one for round_ in bundle["rounds"] for one in round_.get("criteria", ()))]
    return tuple(dict.fromkeys(f"mark_{criterion['key']}" for criterion in asked))


def decimal_text(value: Fraction) -> str:
    """A fraction as a decimal of at most six places, without trailing zeros: 29/4 → 7.25."""
    scaled = round(abs(value) * 10**PLACES)
    whole, rest = divmod(scaled, 10**PLACES)
    sign = "-" if value < 0 and scaled else ""
    return f"{sign}{whole}.{rest:0{PLACES}d}".rstrip("0").rstrip(".")


def cell(value: object) -> str:
    """One cell, safe to open: a text that a spreadsheet would run as a formula gets a leading apostrophe."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    is_formula = text.lstrip(" ").startswith(_FORMULA_STARTS) and not _PLAIN_NUMBER.fullmatch(text)
    return f"'{text}" if is_formula else text


def _rows(bundle: Row, part: str) -> Iterable[Row]:
    for round_ in bundle["rounds"]:
        for row in round_[part]:
            yield {**row, "round": round_["key"]}


def _cards(bundle: Row) -> Iterable[Row]:
    for card in _rows(bundle, "scorecards"):
        yield {**card, **{f"mark_{criterion}": mark for criterion, mark in card["marks"].items()}}


def _table(columns: Sequence[str], rows: Iterable[Row], fractions: Sequence[str]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([cell(column) for column in columns])
    for row in rows:
        writer.writerow([cell(_readable(row.get(c), c in fractions)) for c in columns])
    return text.getvalue()


def _readable(value: object, is_fraction: bool) -> object:
    exact = parse_fraction(value) if is_fraction and isinstance(value, str) else None
    return value if exact is None else decimal_text(exact)
