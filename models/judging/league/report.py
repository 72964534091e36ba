"""A candidate's result in a league: as JSON that others can be compared with, and as Markdown that a person can read.

Figures come from `outcomes`; here they only get names, units and words.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from models.judging.league.costs import Usage
from models.judging.league.outcomes import Judged, Outcome, Rate, Score, score
from models.judging.pairs import PairComparer
from models.protocol import EngineError

FORMAT = "finale-league/1"


class ReportRefused(EngineError):
    """A file is no league result; the message says which and why."""


@dataclass(frozen=True, slots=True)
class JudgeNamed:
    """Who judged. Results are comparable when `protocol` and `prompt_sha256` are the same."""

    name: str
    label: str
    protocol: str
    prompt_sha256: str
    demo: bool

    @classmethod
    def of(cls, comparer: PairComparer) -> "JudgeNamed":
        """The description of a judge."""
        return cls(comparer.name, comparer.label, comparer.protocol, comparer.prompt_sha256, comparer.demo)


@dataclass(frozen=True, slots=True)
class Result:
    """A candidate's league result. `questions_sha256` and `reference_sha256` are of the questions and the reference's
    answers to them, `cost` is in `currency` or None without prices, `made_at` is ISO 8601."""

    candidate: str
    reference: str
    judge: JudgeNamed
    questions_sha256: str
    reference_sha256: str
    rows: tuple[Judged, ...]
    used: Usage
    made_at: str
    cost: str | None = None
    currency: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def score(self) -> Score:
        """The score that follows from the rows."""
        return score(self.rows)


def as_json(result: Result) -> dict[str, Any]:
    """The result as JSON values: everything that the table shows, and every question's outcome."""
    found, plain = result.score, asdict(result)
    rows = plain.pop("rows")
    return {
        "format": FORMAT,
        **plain,
        "ranked": found.is_ranked,
        "standing": found.standing,
        "counts": {outcome.value: count for outcome, count in found.counts.items()},
        "inconsistent": found.inconsistent,
        "score": asdict(found.wins),
        "soft_win_rate": found.soft_win_rate,
        "length_controlled": asdict(found.length_controlled) if found.length_controlled else None,
        "length_note": found.length_note,
        "questions": rows,
    }


def write(result: Result, folder: Path) -> tuple[Path, Path]:
    """Write CANDIDATE.json and CANDIDATE.md into `folder`, whole or not at all."""
    files = folder / f"{result.candidate}.json", folder / f"{result.candidate}.md"
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(as_json(result), indent=1, ensure_ascii=False)
    for file, content in zip(files, (text + "\n", as_markdown(result)), strict=True):
        partial = file.with_name(f".{file.name}.partial")
        partial.write_text(content, encoding="utf-8")
        partial.replace(file)
    return files


def read(file: Path) -> Result:
    """A result that `write` wrote; figures are computed from its questions again. Raises ReportRefused."""
    try:
        data: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise ValueError(f"its format is {data['format']!r}, not {FORMAT}")
        rows = tuple(_row(row) for row in data["questions"])
        plain = {name: data[name] for name in Result.__slots__ if name not in ("rows", "judge", "used", "warnings")}
        judge, used = JudgeNamed(**data["judge"]), Usage(**data["used"])
        return Result(rows=rows, judge=judge, used=used, warnings=tuple(data["warnings"]), **plain)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReportRefused(f"{file} is no league result ({error}); `finale judge league run` writes one.") from error


def as_markdown(result: Result) -> str:
    """The result as a page."""
    found = result.score
    lines = [
        f"# {result.candidate} against {result.reference}",
        "",
        f"Judge: {result.judge.label} ({result.judge.protocol}), prompt `{result.judge.prompt_sha256[:12]}`. "
        f"{result.made_at}.",
        "",
        *(f"> {warning}\n" for warning in result.warnings),
        "| | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in figures(result)),
        "",
        f"A win is a mean preference above one half over both orders. {found.length_note}",
    ]
    if noted := [row for row in result.rows if row.outcome in (Outcome.FAILED, Outcome.UNJUDGED)]:
        lines += ["", "## Not judged", "", *(f"- {row.question}: {row.outcome}. {row.reason}" for row in noted)]
    return "\n".join(lines) + "\n"


_NOUNS = {
    Outcome.WIN: "wins",
    Outcome.TIE: "ties",
    Outcome.LOSS: "losses",
    Outcome.FAILED: "failed",
    Outcome.UNJUDGED: "unjudged",
}


def figures(result: Result) -> list[tuple[str, str]]:
    """Names and values of what the tables show."""
    found = result.score
    counts = ", ".join(f"{_NOUNS[outcome]} {count}" for outcome, count in found.counts.items() if count)
    tokens = f"{result.used.tokens_in:,} in, {result.used.tokens_out:,} out"
    return [
        ("score (wins ÷ questions)", in_percent(found.wins)),
        ("standing", found.standing),
        ("questions", f"{found.questions}: {counts}"),
        ("order-inconsistent", str(found.inconsistent)),
        ("soft win rate", "none" if found.soft_win_rate is None else f"{100 * found.soft_win_rate:.1f} %"),
        ("length-controlled win rate", in_percent(found.length_controlled) if found.length_controlled else "none"),
        ("mean length", _lengths(result.rows)),
        ("tokens", tokens if result.used.is_counted else f"about {tokens}"),
        ("cost", _cost(result)),
    ]


def in_percent(rate: Rate) -> str:
    """As "61.0 % (51.2 to 70.0 %)"."""
    return f"{100 * rate.value:.1f} % ({100 * rate.low:.1f} to {100 * rate.high:.1f} %)"


def _cost(result: Result) -> str:
    if result.judge.demo:
        return "none: the judge runs here"
    return "no prices given" if result.cost is None else f"{result.cost} {result.currency}"


def _row(data: Mapping[str, Any]) -> Judged:
    row = Judged(**{**data, "outcome": Outcome(data["outcome"])})
    if row.preference is not None and not 0 <= row.preference <= 1:
        raise ValueError(f"a preference of {row.preference} for the question {row.question}")
    return row


def _lengths(rows: tuple[Judged, ...]) -> str:
    answered = [row for row in rows if row.characters or row.reference_characters]
    if not answered:
        return "no answers"
    candidate = sum(row.characters for row in answered) / len(answered)
    reference = sum(row.reference_characters for row in answered) / len(answered)
    return f"{candidate:,.0f} characters against {reference:,.0f}"
