"""`/readiness` and `/bots`: is everything ready, and who plays the empty seats."""

from typing import Annotated, Any

from fastapi import Body
from pydantic import BaseModel, ConfigDict, Field

from server.web._api import READ, WRITE, Place, answers, part
from server.web.api_state import Row, row

router = part("readiness")


class Bots(BaseModel):
    """How many bots of each kind. They take empty seats only, and get up when their person arrives."""

    model_config = ConfigDict(extra="forbid")

    finalists: int = Field(0, ge=0, le=8)
    experts: int = Field(0, ge=0, le=30)
    phones: int = Field(0, ge=0, le=2000)
    organiser: int = Field(0, ge=0, le=1)


@router.get("/readiness", response_model=list[Row], responses=answers(*READ))
async def read_readiness(place: Place) -> list[dict[str, str]]:
    """The board as it stands."""
    return [row(check) for check in place.readiness.rows]


@router.post("/readiness/probe", response_model=list[Row], responses=answers(*WRITE))
async def probe(place: Place) -> list[dict[str, str]]:
    """Check everything anew: the engine, every adapter, the judge's canaries, address and disk. Takes seconds."""
    return [row(check) for check in await place.readiness.run()]


@router.get("/bots", response_model=Bots, responses=answers(*READ))
async def read_bots(place: Place) -> dict[str, int]:
    """The bots that play now."""
    return dict(place.arena.bots)


@router.put("/bots", response_model=Bots, responses=answers(*WRITE))
async def set_bots(place: Place, wanted: Annotated[Bots, Body(examples=[{"experts": 5, "phones": 40}])]) -> Any:
    """Seat bots, or send them away with zeros. Answers with those that play now."""
    await place.set_bots(wanted.model_dump())
    return dict(place.arena.bots)
