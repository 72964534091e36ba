"""What the organiser posts: the acts of a round, fresh links, bots, probes, and "what if"."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from server.domain import commands as c
from server.domain.actors import Actor, Role
from server.web.acts import command_from
from server.web.house import house
from server.web.screens import organise as organise_screen
from server.web.templating import draw
from server.web.viewers import viewer

router = APIRouter(prefix="/organise", include_in_schema=False)
NOTHING = Response(status_code=204)


def organiser(request: Request) -> Actor:
    """The organiser who asks. Raises NotAllowed."""
    return viewer(request.cookies, Role.ORGANISER, house(request).keys)


Organiser = Annotated[Actor, Depends(organiser)]


@router.post("/act/{name}")
async def act(request: Request, name: str, who: Organiser) -> Response:
    form = await request.form()
    await house(request).arena.submit(command_from(name, dict(form)), who)
    return NOTHING


@router.post("/link")
async def fresh_link(
    request: Request,
    who: Organiser,
    role: Annotated[str, Form()],
    whose: Annotated[str, Form(alias="who")],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """End somebody's old link and sessions, and show the new link."""
    place = house(request)
    link = await place.links.renew(place.arena.state.event, role, whose, place.arena.clock.now())
    await place.arena.submit(c.NoteLink(role, whose, reason), who)
    return HTMLResponse(draw("organise/fresh_link.html", {"link": link}))


@router.get("/links")
async def links(request: Request, who: Organiser) -> Response:
    """Everybody's link with its QR code, for the dialog on the desk."""
    place = house(request)
    everyone = place.links.all(place.arena.state.event)
    return HTMLResponse(draw("organise/links.html", {"links": everyone}), headers={"cache-control": "no-store"})


@router.post("/probe")
async def probe(request: Request, who: Organiser, anew: Annotated[bool, Form()] = False) -> Response:
    """Check everything again. `anew`: what adapters answer now is recorded as what they should answer."""
    if anew:
        await house(request).forget_probes()
    house(request).probe_soon()
    return NOTHING


@router.post("/bots")
async def bots(
    request: Request,
    who: Organiser,
    finalists: Annotated[int, Form(ge=0, le=8)] = 0,
    experts: Annotated[int, Form(ge=0, le=30)] = 0,
    phones: Annotated[int, Form(ge=0, le=2000)] = 0,
    organiser: Annotated[str, Form()] = "",
) -> Response:
    """Let bots take empty seats; zeros send them away."""
    wanted = {"finalists": finalists, "experts": experts, "phones": phones, "organiser": int(organiser in ("on", "1"))}
    await house(request).set_bots(wanted)
    return NOTHING


@router.post("/what-if")
async def what_if(request: Request, who: Organiser) -> Response:
    """Standings under other weights and methods, on this event's marks."""
    form = {key: str(value) for key, value in (await request.form()).items()}
    return HTMLResponse(organise_screen.what_if(house(request).arena.state, form))
