"""The organiser's page of how fast the models answered, and the same numbers for Prometheus."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from server.domain.actors import Actor
from server.web._api import organiser as bearer_of_organiser
from server.web.house import house
from server.web.metrics import CONTENT_TYPE, exposition
from server.web.organise_posts import organiser
from server.web.screens._latencies import latencies_page
from server.web.templating import draw

router = APIRouter(include_in_schema=False)
KEY_CHARS = 20


@router.get("/organise/latencies")
def latencies(
    request: Request,
    who: Annotated[Actor, Depends(organiser)],
    round: Annotated[str, Query(max_length=KEY_CHARS)] = "",
) -> Response:
    """A plain function: drawing happens on a worker thread, and no clock of the show waits."""
    page = draw("organise/latencies.html", {"p": latencies_page(house(request).arena.state, round)})
    return Response(page.encode("utf-8", "replace"), media_type="text/html", headers={"cache-control": "no-store"})


@router.get("/metrics", dependencies=[Depends(bearer_of_organiser)])
def metrics(request: Request) -> Response:
    """For Prometheus, with the organiser's token as its bearer token."""
    return Response(exposition(house(request).arena.room), media_type=CONTENT_TYPE)
