"""A file in which a person decides: keep, drop, or a response edited in place. Written for a spreadsheet or as JSONL.

Read back, every decision is checked against the rows; what is wrong is told by line, and nothing is applied then.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from training.data.encoding import decode
from training.data.jsonl import whole
from training.data.rows import Message, Role, Step, TrainingRow, made
from training.synthetic.errors import SynthesisRefused
from training.synthetic.tasks import told

COLUMNS = ("id", "decision", "instruction", "response", "before", "note")
MOST_PROBLEMS = 10
# A cell that begins like a formula would be computed by a spreadsheet, and models write such cells: they are marked.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "'")


class Decision(StrEnum):
    """What a person may decide; an edited response is kept as edited."""

    KEEP = "keep"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The rows that were kept, each signed; how many of them were edited; how many rows were dropped."""

    rows: list[TrainingRow]
    edited: int
    dropped: int


def write_review(path: Path, rows: Sequence[TrainingRow], before: Mapping[str, str] | None = None) -> None:
    """Write a review file, JSONL or else CSV, with every row on "keep". `before` has old responses by row id.

    Raises SynthesisRefused for rows of the same text: a decision would not know which is meant.
    """
    if len({row.id for row in rows}) < len(rows):
        raise SynthesisRefused("Some rows are identical. Take them out first: `finale train data curate dedupe`.")
    lines = [_line(row, (before or {}).get(row.id, "")) for row in rows]
    with whole(path) as out:
        if path.suffix.lower() == ".jsonl":
            out.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        else:
            out.write("\ufeff")  # spreadsheets take a file without it for another encoding
            writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows({key: _marked(value) for key, value in line.items()} for line in lines)


def apply_review(path: Path, rows: Sequence[TrainingRow]) -> Reviewed:
    """The rows as the file decides, in their order. Raises SynthesisRefused with each problem and its line."""
    by_id = {row.id: row for row in rows}
    problems: list[str] = []
    decided: dict[str, tuple[Decision, str]] = {}
    for number, line in _lines(path):
        problem = _problem(line, by_id, decided)
        if problem:
            problems.append(f"line {number}: {problem}")
        else:
            decided[line["id"]] = Decision(line["decision"].strip().lower()), line["response"]
    missing = [row for row in rows if row.id not in decided]
    if missing and not problems:
        problems.append(
            f"{len(missing):,} rows have no line, the first is {missing[0].id}; write drop to leave one out"
        )
    if problems:
        more = f" … and {len(problems) - MOST_PROBLEMS:,} more." if len(problems) > MOST_PROBLEMS else ""
        raise SynthesisRefused(f"{path}: {'; '.join(problems[:MOST_PROBLEMS])}.{more} Nothing was applied.")
    return _applied(rows, decided)


def _applied(rows: Sequence[TrainingRow], decided: Mapping[str, tuple[Decision, str]]) -> Reviewed:
    kept, edited = [], 0
    for row in rows:
        decision, response = decided[row.id]
        if decision is Decision.DROP:
            continue
        changed = _plain(response) != _plain(row.response)
        edited += changed
        if changed:
            step = Step("review", {"decision": "edited", "before": row.id})
            row = made((*row.messages[:-1], Message(Role.ASSISTANT, _plain(response))), row.source).with_step(step)
        else:
            row = row.with_step(Step("review", {"decision": "kept"}))
        kept.append(row)
    if not kept:
        raise SynthesisRefused("The review drops every row, so there is nothing to write.")
    return Reviewed(kept, edited, len(rows) - len(kept))


def _problem(line: Mapping[str, str], rows: Mapping[str, TrainingRow], decided: Mapping[str, Any]) -> str:
    if missing := [name for name in ("id", "decision", "instruction", "response") if name not in line]:
        return f"has no {', '.join(missing)}"
    row, decision = rows.get(line["id"]), line["decision"].strip().lower()
    if row is None:
        return f"no row has the id {line['id']!r}"
    if line["id"] in decided:
        return f"{row.id} was decided before"
    if decision not in list(Decision):
        return f"expected keep or drop, got {line['decision']!r}"
    if _plain(line["instruction"]) != _plain(told(row)):
        return f"the instruction of {row.id} was changed; only the response can be edited"
    if decision == Decision.KEEP and not line["response"].strip():
        return f"the response of {row.id} is empty; write drop to leave the row out"
    return ""


def _lines(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Every line with its number. Raises SynthesisRefused for a file that is no review."""
    text = decode(path.read_bytes(), str(path)).text.removeprefix("\ufeff")
    found = _of_jsonl(text, path) if path.suffix.lower() == ".jsonl" else _of_csv(text, path)
    if not found:
        raise SynthesisRefused(f"{path} holds no decision. `finale train synthesize review` writes such a file.")
    return found


def _of_jsonl(text: str, path: Path) -> list[tuple[int, dict[str, str]]]:
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value: Any = json.loads(line)
        except ValueError as error:
            raise SynthesisRefused(
                f"{path}, line {number}, is not JSON: {error}. Mend it; nothing was applied."
            ) from error
        if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
            raise SynthesisRefused(f"{path}, line {number}, should be an object of texts. Nothing was applied.")
        found.append((number, value))
    return found


def _of_csv(text: str, path: Path) -> list[tuple[int, dict[str, str]]]:
    csv.field_size_limit(2**31 - 1)
    separator = max(",;\t", key=text.split("\n", 1)[0].count)  # some spreadsheets save with semicolons
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, strict=True, restkey="", restval="")
    found, begins = [], 2
    try:
        for line in reader:
            told_ = {key: _unmarked(value) for key, value in line.items() if key and isinstance(value, str)}
            found += [(begins, told_)] if any(told_.values()) else []
            begins = reader.line_num + 1
    except csv.Error as error:
        raise SynthesisRefused(f"{path}, line {begins}: {error}. Mend the quotes; nothing was applied.") from error
    return found


def _line(row: TrainingRow, before: str) -> dict[str, str]:
    decision = Decision.KEEP.value
    return dict(zip(COLUMNS, (row.id, decision, told(row), row.response, before, ""), strict=True))


def _marked(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _unmarked(text: str) -> str:
    return text[1:] if text.startswith("'") else text


def _plain(text: str) -> str:
    """Without what a spreadsheet changes by itself: line ends, and space at either end."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
