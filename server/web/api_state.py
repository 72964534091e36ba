"""`GET /state`: where the show is, in one look."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from server.arena.room import Check, Room
from server.domain.bundle_text import fraction_text
from server.domain.scoreboard import final_standings
from server.domain.state import EventState, Round
from server.web._api import READ, Place, answers, part
from server.web.keys import OrganiserKey
from server.web.pictures import meta
from server.web.run_of_show import next_step

router = part("state")


class Clock(BaseModel):
    """The clock of the phase. Times are milliseconds since the epoch, by the server's clock."""

    ends_at: int | None = Field(description="When it rings; null when no clock runs.")
    paused: bool
    remaining_ms: int | None = Field(description="What is left while the show is paused.")


class RoundNow(BaseModel):
    """The round opened last."""

    key: str = Field(examples=["3.1"], description="Question and run: the first run of question 3.")
    number: int
    question: str
    multiplier: int
    entries: list[str] = Field(description="Finalists with an entry, once the round has settled.")
    experts_in: list[str]
    judges_in: list[str]
    judges_abstained: dict[str, str]
    votes: int
    voting_closed: bool
    approved: bool
    rejudging: bool
    shown: list[str] = Field(description="Components revealed so far, in order.")
    total_shown: bool
    owed_ms: dict[str, int] = Field(description="What faults of the platform took from finalists, not given back yet.")


class Step(BaseModel):
    """An act to take, ready for `POST /acts/{act}`."""

    act: str = Field(examples=["start-clock"])
    fields: dict[str, str]


class EngineRow(BaseModel):
    """An engine, in the order in which it steps in."""

    name: str = Field(examples=["vllm"])
    resting: bool = Field(description="Whether it is out of service after failing.")
    why: str


class Who(BaseModel):
    """Who is connected."""

    finalists: list[str]
    experts: list[str]
    stages: int
    organisers: int
    phones: int


class Place_(BaseModel):
    """One finalist's place over the revealed rounds. `total` is an exact fraction."""

    finalist: str
    rank: int
    total: str = Field(examples=["118/5"])
    decided_by: str


class Row(BaseModel):
    """One row of the readiness board: green, amber, red, or grey when it was not checked yet."""

    key: str
    label: str
    level: str
    detail: str
    remedy: str


class State(BaseModel):
    """Where the show is. `journal`: the number of changes since this server started; it grows with each."""

    event: str
    name: str
    rehearsal: bool
    locked: bool = Field(description="Whether the make-up can no longer change.")
    finished: bool
    phase: str = Field(examples=["prompting"])
    now: int
    clock: Clock
    round: RoundNow | None
    rounds_counted: int
    questions: int
    hold: str | None
    outage: str = Field(description="Why no engine answers; empty while one does.")
    engines: list[EngineRow]
    next: Step | None = Field(description="The next step by the book; null while a clock or a pause runs.")
    present: Who
    bots: dict[str, int]
    standings: list[Place_]
    readiness: list[Row]
    journal: int


@router.get("/state", response_model=State, responses=answers(*READ))
async def read_state(place: Place) -> Mapping[str, Any]:
    """Phase, clock, turnout, standings, readiness, and the next step by the book."""
    arena = place.arena
    return told(arena.room, arena.clock.now(), arena.version)


def told(room: Room, now: int, version: int) -> dict[str, Any]:
    """The state as JSON values."""
    state, step = room.state, next_step(room.state)
    frame = meta(state, OrganiserKey(), now)
    return {
        "event": state.event.id,
        "name": state.event.name,
        "rehearsal": state.event.rehearsal,
        "locked": state.is_locked,
        "finished": state.finished_at is not None,
        "phase": frame["phase"],
        "now": now,
        "clock": {"ends_at": frame["ends_at"], "paused": frame["paused"], "remaining_ms": frame["remaining"]},
        "round": None if state.current is None else _round(room, state.current),
        "rounds_counted": len(state.scored),
        "questions": len(state.event.questions),
        "hold": state.hold,
        "outage": state.outage,
        "engines": [{"name": e.name, "resting": e.resting, "why": e.why} for e in room.engines],
        "next": None if step is None else {"act": step.act, "fields": dict(step.fields)},
        "present": _present(room),
        "bots": dict(room.bots),
        "standings": _standings(state),
        "readiness": [row(check) for check in room.checks],
        "journal": version,
    }


def _round(room: Room, round_: Round) -> dict[str, Any]:
    return {
        "key": round_.key,
        "number": round_.number,
        "question": round_.question.text,
        "multiplier": round_.question.multiplier,
        "entries": list(round_.entries),
        "experts_in": sorted(round_.experts_in),
        "judges_in": sorted({verdict.judge for verdict in round_.verdicts}),
        "judges_abstained": dict(round_.abstained),
        "votes": room.votes,
        "voting_closed": round_.voting_closed,
        "approved": round_.approved,
        "rejudging": round_.rejudging is not None,
        "shown": [component.value for component in round_.shown],
        "total_shown": round_.total_shown,
        "owed_ms": {f: round_.owed_ms(f) for f in room.state.event.finalist_ids if round_.owed_ms(f)},
    }


def _present(room: Room) -> dict[str, Any]:
    here = room.presence
    return {
        "finalists": sorted(here.finalists),
        "experts": sorted(here.experts),
        "stages": here.stages,
        "organisers": here.organisers,
        "phones": here.phones,
    }


def _standings(state: EventState) -> list[dict[str, Any]]:
    return [
        {"finalist": s.finalist, "rank": s.rank, "total": fraction_text(s.total), "decided_by": s.decided_by.value}
        for s in (final_standings(state) if state.scored else ())
    ]


def row(check: Check) -> dict[str, str]:
    """A row of the readiness board as JSON values."""
    return {
        "key": check.key,
        "label": check.label,
        "level": check.level,
        "detail": check.detail,
        "remedy": check.remedy,
    }
