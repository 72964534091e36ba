"""What a run gave, for people and programs: counts, refused replies with reasons, what refining changed, the price."""

import difflib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.judging.league.costs import Prices, Usage
from training.data.jsonl import whole, write_rows
from training.data.rows import TrainingRow
from training.data.shingles import words
from training.synthetic.assembling import Assembled
from training.synthetic.tasks import told

FORMAT = "finale-synthesis-report/1"
JOURNAL, ROWS, REPORT, PAGE = "journal.jsonl", "rows.jsonl", "report.json", "report.md"
MOST_SHOWN = 10
EXCERPT = 600


@dataclass(frozen=True, slots=True)
class Paid:
    """All that the journal holds was paid for: tokens, and money where prices are known."""

    usage: Usage
    prices: Prices | None


def write(folder: Path, found: Assembled, paid: Paid, model: str, kind: str) -> dict[str, Any]:
    """Write rows.jsonl (if there is a row), report.json and report.md into `folder`; returns the report."""
    data = report(found, paid, model, kind)
    if found.rows:
        write_rows(folder / ROWS, found.rows)
    for name, text in ((REPORT, json.dumps(data, indent=2, ensure_ascii=False) + "\n"), (PAGE, page(data))):
        with whole(folder / name) as out:
            out.write(text)
    return data


def report(found: Assembled, paid: Paid, model: str, kind: str) -> dict[str, Any]:
    """The report as JSON data; `kind` is what was done: topics, texts or refine."""
    reasons = Counter(one.reason.value for one in found.refused)
    usage = paid.usage
    spent: dict[str, Any] = {"tokens_in": usage.tokens_in, "tokens_out": usage.tokens_out, "counted": usage.is_counted}
    if paid.prices is not None:
        spent |= {"money": f"{paid.prices.of(usage):.4f}", "currency": paid.prices.currency}
    refused = [
        {"about": one.task.label, "reason": one.reason.value, "message": one.message, "reply": one.text}
        for one in found.refused
    ]
    counts = {"rows": len(found.rows), "refused": len(refused), "open": found.open}
    told_ = {
        "format": FORMAT,
        "kind": kind,
        "model": model,
        **counts,
        "reasons": dict(reasons.most_common()),
        "paid": spent,
    }
    if found.refined or found.unchanged:
        told_["refined"] = _changes(found.refined, found.unchanged)
    return told_ | {"refused_replies": refused}


def _changes(refined: Sequence[tuple[TrainingRow, TrainingRow]], unchanged: int) -> dict[str, Any]:
    rows = [
        {
            "id": after.id,
            "instruction": told(before),
            "before": before.response,
            "after": after.response,
            "words_before": len(words(before.response)),
            "words_after": len(words(after.response)),
            "words_kept": round(_words_kept(before.response, after.response), 3),
        }
        for before, after in refined
    ]
    return {"changed": len(rows), "unchanged": unchanged, "rows": rows}


def _words_kept(before: str, after: str) -> float:
    """The share of the old words that still stand, in their order."""
    old, new = words(before), words(after)
    blocks = difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / len(old) if old else 0.0


def page(data: dict[str, Any]) -> str:
    """The report as Markdown, with a few of each kind."""
    paid = data["paid"]
    basis = "as the address counted" if paid["counted"] else "partly estimated by length"
    money = f", {paid['money']} {paid['currency']}" if "money" in paid else ""
    parts = [
        "# Synthetic rows",
        f"{data['rows']:,} rows by {data['model']}; {data['refused']:,} replies refused, {data['open']:,} tasks open.",
        f"Paid: {paid['tokens_in']:,} tokens in, {paid['tokens_out']:,} out ({basis}){money}.",
    ]
    if "refined" in data:
        parts += _refined_told(data["refined"])
    if data["refused_replies"]:
        parts += ["## Refused replies", *(f"- {reason}: {count:,}" for reason, count in data["reasons"].items())]
        parts += [_refusal_told(one) for one in data["refused_replies"][:MOST_SHOWN]]
    return "\n\n".join(parts) + "\n"


def _refined_told(refined: dict[str, Any]) -> list[str]:
    rows = refined["rows"]
    before, after = (sum(row[key] for row in rows) / max(1, len(rows)) for key in ("words_before", "words_after"))
    kept = sum(row["words_kept"] for row in rows) / max(1, len(rows))
    summary = (
        f"{refined['changed']:,} responses changed, {refined['unchanged']:,} stayed as they were. A changed response "
        f"had {before:.0f} words and has {after:.0f}; {kept:.0%} of its words still stand."
    )
    shown = [
        f"### {row['id']}\n\n{_quoted(row['instruction'])}\n\nbefore ({row['words_before']} words):\n\n"
        f"{_quoted(row['before'])}\n\nafter ({row['words_after']} words):\n\n{_quoted(row['after'])}"
        for row in rows[:MOST_SHOWN]
    ]
    return ["## What refining changed", summary, *shown]


def _refusal_told(one: dict[str, Any]) -> str:
    return f"**{one['about']}** – {one['reason']}: {one['message']}\n\n{_quoted(one['reply'])}"


def _quoted(text: str) -> str:
    short = text if len(text) <= EXCERPT else text[:EXCERPT] + " …"
    return "\n".join(f"> {line}" for line in short.split("\n"))
