"""Models on a page: the organiser hands in for anybody and clears the shelf, a finalist hands in. No scripts needed."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from server.domain.actors import Actor
from server.domain.errors import ArenaError
from server.intake import HandedIn
from server.store.named_adapters import named_adapters
from server.web.desk_posts import finalist
from server.web.handing_in import hand_in, intake_of
from server.web.house import House, house
from server.web.organise_posts import organiser
from server.web.pages import screen_page
from server.web.replies import status_of
from server.web.screens._models import model_of
from server.web.templating import draw

router = APIRouter(include_in_schema=False)


@router.get("/organise/adapters")
async def models_page(request: Request, who: Annotated[Actor, Depends(organiser)]) -> Response:
    """Every finalist's model with a form each, as in the desk's dialogs, and what else lies on the shelf."""
    return await _models_page(request)


@router.post("/organise/adapters/{whose}")
async def replace_model(request: Request, whose: str, who: Annotated[Actor, Depends(organiser)]) -> Response:
    """Hand in a model for a finalist."""
    try:
        entry, waiting = await hand_in(request, whose)
    except ArenaError as error:
        if _has_scripts(request):
            raise
        return await _models_page(request, whose, str(error), status_of(error))
    return _done(request, entry, waiting) or RedirectResponse(f"/organise/adapters#model-{whose}", 303)


@router.post("/organise/shelf/{name}/remove")
async def remove_model(request: Request, name: str, who: Annotated[Actor, Depends(organiser)]) -> Response:
    """Take a model off the shelf for good; refused while an event names it."""
    place = house(request)
    try:
        await intake_of(place).remove(name, await place.writer.do(named_adapters))
    except ArenaError as error:
        return await _models_page(request, name, str(error), status_of(error))
    return RedirectResponse("/organise/adapters#shelf", 303)


@router.post("/play/adapter")
async def hand_in_own(request: Request, who: Annotated[Actor, Depends(finalist)]) -> Response:
    """Hand in one's own model."""
    try:
        entry, waiting = await hand_in(request, who.id)
    except ArenaError as error:
        if _has_scripts(request):
            raise
        page = screen_page(request, who, refused=str(error))
        page.status_code = status_of(error)
        return page
    return _done(request, entry, waiting) or RedirectResponse("/play", 303)


def _has_scripts(request: Request) -> bool:
    return bool(request.headers.get("hx-request"))


def _done(request: Request, entry: HandedIn, waiting: str) -> Response | None:
    """A receipt for htmx; none for a browser that goes on to a page."""
    if not _has_scripts(request):
        return None
    return HTMLResponse(draw("components/handed-in.html", {"entry": entry, "waiting": waiting}))


async def _models_page(request: Request, refused_for: str = "", why: str = "", status: int = 200) -> Response:
    place = house(request)
    room = place.arena.room
    lanes = [(number, one, model_of(room, one)) for number, one in enumerate(room.state.event.finalists)]
    context = {"event": room.state.event, "lanes": lanes, "refused_for": refused_for, "why": why}
    context["shelf"] = await _shelf(place)
    page = draw("organise/adapters.html", context)
    return HTMLResponse(page, status, headers={"cache-control": "no-store"})


async def _shelf(place: House) -> list[tuple[HandedIn, list[str]]]:
    """What lies on the shelf, the newest first, each with the events that name it."""
    if place.intake is None:
        return []
    named = await place.writer.do(named_adapters)
    return [(entry, named.get(entry.name, [])) for entry in reversed(place.intake.listed())]
