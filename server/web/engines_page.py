"""The organiser's page of engines: which one serves, how each is, and the last lines of its log."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from server.domain.actors import Actor
from server.web.house import house
from server.web.organise_posts import organiser
from server.web.screens._engines import engines_page
from server.web.templating import draw

router = APIRouter(include_in_schema=False)


@router.get("/organise/engines")
async def engines(request: Request, who: Annotated[Actor, Depends(organiser)]) -> Response:
    arena = house(request).arena
    page = draw("organise/engines.html", {"p": engines_page(arena.room, arena.streams.logs)})
    return Response(page.encode("utf-8", "replace"), media_type="text/html", headers={"cache-control": "no-store"})
