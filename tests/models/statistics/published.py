"""The published AlpacaEval 2 judgements beside the project, read once; tests skip where the folder is not there."""

import csv
import gzip
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "data" / "alpaca_eval"
QUESTIONS = 805


@dataclass(frozen=True, slots=True)
class Published:
    """One model: its judgements, its line of the leaderboard, its coefficients in the order of the formula."""

    model: str
    rows: list[dict[str, Any]]
    line: dict[str, str]
    coefficients: tuple[float, ...]

    @property
    def preferences(self) -> list[float | None]:
        return [row["preference"] for row in self.rows]

    @property
    def questions(self) -> list[int]:
        return [row["question"] for row in self.rows]

    def lengths(self, whose: str) -> list[int]:
        return [len(row[f"{whose}_output"]) for row in self.rows]

    def figure(self, column: str) -> float:
        return float(self.line[column])


@cache
def models() -> tuple[Published, ...]:
    """Every model of the folder."""
    if not FOLDER.is_dir():
        pytest.skip(f"the published judgements are not there: expected them in {FOLDER}")
    lines, weights = _table("leaderboard.csv"), _table("coefficients.csv")
    names = sorted(file.name.removesuffix(".jsonl.gz") for file in FOLDER.glob("*.jsonl.gz"))
    return tuple(
        Published(name, _rows(name), lines[name], tuple(float(value) for key, value in weights[name].items() if key))
        for name in names
    )


@cache
def difficulty() -> list[float]:
    """By question."""
    found: list[float] = json.loads((FOLDER / "difficulty.json").read_text())
    return found


def _table(name: str) -> dict[str, dict[str, str]]:
    with (FOLDER / name).open(newline="") as file:
        return {row[""]: row for row in csv.DictReader(file)}


def _rows(name: str) -> list[dict[str, Any]]:
    with gzip.open(FOLDER / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]
