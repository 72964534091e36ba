"""`/events` and `/event`: what there is in the database, and the make-up of the event that runs."""

from typing import Annotated, Any

from fastapi import Body
from pydantic import BaseModel, Field

from server.domain.commands import Configure
from server.domain.errors import Refused
from server.domain.event import Event
from server.store import events
from server.store.founding import found
from server.web._api import READ, WRITE, Organiser, Place, answers, part

router = part("event")

EXAMPLE = {
    "id": "finale-2026",
    "name": "Grand Finale 2026",
    "seed": "published before the show",
    "rehearsal": False,
    "finalists": [{"id": "mei-ling", "name": "Mei Ling", "adapter": "mei-ling@0123456789ab"}],
    "experts": [{"id": "lim-siew-hoon", "name": "Dr Lim Siew Hoon"}],
    "questions": [{"text": "What was the kampong spirit?", "theme": "Then and now", "multiplier": 1}],
    "judges": [],
    "rules": {"round_seconds": 60, "voting_seconds": 45, "scoring": {"audience_quorum": 30}},
}
MadeUp = Annotated[Event, Body(examples=[EXAMPLE])]


class Listed(BaseModel):
    """One event of the database."""

    id: str
    name: str
    rehearsal: bool
    running: bool = Field(description="Whether this server runs it.")
    created_at: int


class Founded(BaseModel):
    """A new event: run it with `finale serve --event ID`."""

    id: str
    code: str = Field(description="The short code that lets phones in.")


@router.get("/events", response_model=list[Listed], responses=answers(*READ))
async def list_events(place: Place) -> list[dict[str, Any]]:
    """Every event of the database, the newest first."""
    running = place.arena.state.event.id
    return [
        {
            "id": stored.event.id,
            "name": stored.event.name,
            "rehearsal": stored.event.rehearsal,
            "running": stored.event.id == running,
            "created_at": stored.created_at,
        }
        for stored in await place.writer.do(events.every)
    ]


@router.post("/events", response_model=Founded, status_code=201, responses=answers(*WRITE))
async def found_event(place: Place, made_up: MadeUp) -> dict[str, str]:
    """Make a new event. It is played once a server runs it."""
    now = place.arena.clock.now()
    known = [stored.event.id for stored in await place.writer.do(events.every)]
    if made_up.id in known:
        raise Refused(f"There is an event {made_up.id!r} already. Choose another id.")
    code = await place.writer.do(lambda connection: found(connection, made_up, now))
    return {"id": made_up.id, "code": code}


@router.get("/event", response_model=Event, responses=answers(*READ))
async def read_event(place: Place) -> Event:
    """The running event's make-up: people, questions, judges, rules."""
    return place.arena.state.event


@router.put("/event", response_model=Event, responses=answers(*WRITE))
async def replace_event(place: Place, who: Organiser, made_up: MadeUp) -> Event:
    """Replace the make-up; only before the first round is opened (409 afterwards)."""
    running = place.arena.state.event.id
    if made_up.id != running:
        raise Refused(f"This server runs {running!r}; the id of an event cannot change.")
    await place.arena.submit(Configure(made_up), who)
    return place.arena.state.event
