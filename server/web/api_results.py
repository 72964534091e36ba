"""`/results`: the bundle, flat tables, other weights, and what the LLM judges were asked.

Plain functions: they run on a worker thread, so that no clock of a running show waits for a large file.
"""

import json
from dataclasses import replace
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any

from fastapi import Body, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from server.domain.bundle_csv import tables
from server.domain.bundle_text import fraction_text
from server.domain.errors import Refused
from server.domain.rules import AudienceMethod, Scoring, Weights
from server.domain.scoreboard import marks_of
from server.domain.what_if import WhatIf, what_if
from server.results import bundle_of
from server.web._api import READ, Place, answers, part

router = part("results")

BUNDLE: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {"schema": {"type": "object"}}}}}


class Table(StrEnum):
    """The flat tables."""

    SCORES = "scores"
    ATTEMPTS = "attempts"
    VERDICTS = "verdicts"
    SCORECARDS = "scorecards"
    STANDINGS = "standings"


class OtherScoring(BaseModel):
    """What to score by instead; what is left out stays as the event has it."""

    model_config = ConfigDict(extra="forbid")

    llm: Fraction | None = Field(None, ge=0, le=1000, examples=["1/3"])
    experts: Fraction | None = Field(None, ge=0, le=1000, examples=["1/3"])
    audience: Fraction | None = Field(None, ge=0, le=1000, examples=["1/3"])
    audience_method: AudienceMethod | None = None
    audience_quorum: int | None = Field(None, ge=0, le=1_000_000)
    experts_trimmed: bool | None = None


class Moved(BaseModel):
    finalist: str
    before: int
    after: int
    moved: int = Field(description="Places gained; negative: lost.")


class Compared(BaseModel):
    """The standings under both scorings. `distance`: swapped pairs ÷ all pairs, from 0 (same order) to 1."""

    champion_changes: bool
    distance: str
    changes: list[Moved]
    totals: dict[str, str]


class Exchange(BaseModel):
    """One request to an LLM judge and its reply, word for word; `sha256` is over both."""

    round: str
    judge: str
    rejudging: bool
    request: str
    reply: str
    sha256: str
    order: list[str] = Field(description="Finalists in the order in which the judge saw them.")
    ms: float
    error: str = Field(description="Why the reply did not count; empty if it did.")
    at_ms: int


@router.get("/results", responses=answers(*READ) | BUNDLE)
def read_results(place: Place) -> Response:
    """The bundle `finale-results/1`, which `finale verify` recomputes. Before the end it holds the rounds so far."""
    # ASCII: a text may hold half a character, which UTF-8 has no form for.
    return Response(json.dumps(bundle_of(place.archive, place.arena.state)), media_type="application/json")


@router.get("/results.csv", responses=answers(*READ) | {200: {"content": {"text/csv": {}}}}, response_class=Response)
def read_table(place: Place, table: Annotated[Table, Query(description="Which table.")]) -> Response:
    """One flat table; its numbers are rounded to six places, the exact ones are in the bundle."""
    text = tables(bundle_of(place.archive, place.arena.state))[f"{table.value}.csv"]
    name = f"{place.arena.state.event.id}-{table.value}.csv"
    return Response(
        text.encode("utf-8", "replace"),
        media_type="text/csv",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


@router.post("/what-if", response_model=Compared, responses=answers(*READ, 400, 413, 429))
def compare(place: Place, other: Annotated[OtherScoring, Body(examples=[{"audience": "2/5"}])]) -> dict[str, Any]:
    """The standings of the revealed rounds, had another scoring applied. Changes nothing."""
    state = place.arena.state
    now = state.event.rules.scoring
    rounds = [marks_of(state, round_) for round_ in state.scored]
    return _compared(what_if(rounds, now, _scoring(now, other), state.event.finalist_ids, state.event.seed))


@router.get("/judge-exchanges", response_model=list[Exchange], responses=answers(*READ))
def read_exchanges(place: Place) -> list[dict[str, Any]]:
    """Everything that was asked of LLM judges, and what they replied."""
    return [{name: getattr(x, name) for name in Exchange.model_fields} for x in place.archive.exchanges()]


def _scoring(now: Scoring, other: OtherScoring) -> Scoring:
    given = {name: value for name, value in other if value is not None}
    parts = {name: given.pop(name) for name in ("llm", "experts", "audience") if name in given}
    weights: Weights = replace(now.weights, **parts)
    if weights.llm + weights.experts + weights.audience == 0:
        raise Refused("At least one weight must be above zero.")
    return replace(now, weights=weights, **given)


def _compared(result: WhatIf) -> dict[str, Any]:
    return {
        "champion_changes": result.champion_changes,
        "distance": fraction_text(result.distance),
        "changes": [
            {"finalist": c.finalist, "before": c.before, "after": c.after, "moved": c.moved} for c in result.changes
        ],
        "totals": {standing.finalist: fraction_text(standing.total) for standing in result.after},
    }
