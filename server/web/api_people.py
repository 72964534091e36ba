"""`/people`: everybody's links, and fresh ones."""

from typing import Annotated, Any

from fastapi import Body
from pydantic import BaseModel, Field

from server.arena.room import Presence
from server.domain.actors import Role
from server.domain.commands import NoteLink
from server.domain.errors import NotFound
from server.web._api import READ, WRITE, Organiser, Place, answers, part
from server.web.links import Link

router = part("people")
LONGEST_REASON = 500


class Person(BaseModel):
    """Somebody, or a screen, with the link that works now. Whoever has the link is this person: keep it."""

    role: str = Field(examples=["finalist"])
    who: str = Field(examples=["mei-ling"])
    name: str = Field(examples=["Mei Ling"])
    url: str
    connected: bool


class Audience(BaseModel):
    """How phones come in."""

    url: str = Field(description="The address behind the QR code.")
    code: str = Field(description="What one types by hand.")
    phones: int


class People(BaseModel):
    people: list[Person]
    audience: Audience


@router.get("/people", response_model=People, responses=answers(*READ))
async def list_people(place: Place) -> dict[str, Any]:
    """Everybody with their link and whether they are connected, and the audience's address."""
    here, links = place.arena.presence, place.links
    return {
        "people": [_person(link, here) for link in links.all(place.arena.state.event)],
        "audience": {"url": links.audience_url, "code": links.code, "phones": here.phones},
    }


@router.post("/people/{role}/{who}/link", response_model=Person, responses=answers(*WRITE))
async def fresh_link(
    role: str,
    who: str,
    organiser: Organiser,
    place: Place,
    reason: Annotated[str, Body(embed=True, max_length=LONGEST_REASON, examples=["lost the laptop"])] = "",
) -> dict[str, Any]:
    """End somebody's old link and sessions, and give a fresh link. It is noted in the journal."""
    event = place.arena.state.event
    if (role, who) not in [(link.role.value, link.who) for link in place.links.all(event)]:
        raise NotFound(f"This event has no {role} called {who!r}; GET /people lists everybody.")
    link = await place.links.renew(event, role, who, place.arena.clock.now())
    await place.arena.submit(NoteLink(role, who, reason), organiser)
    return _person(link, place.arena.presence)


def _person(link: Link, here: Presence) -> dict[str, Any]:
    return {
        "role": link.role.value,
        "who": link.who,
        "name": link.name,
        "url": link.url,
        "connected": _is_connected(link, here),
    }


def _is_connected(link: Link, here: Presence) -> bool:
    match link.role:
        case Role.FINALIST:
            return link.who in here.finalists
        case Role.EXPERT:
            return link.who in here.experts
        case Role.STAGE:
            return here.stages > 0
    return here.organisers > 0
