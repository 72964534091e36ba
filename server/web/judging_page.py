"""The organiser's page of everything that LLM judges were asked in a round, and what they replied."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from server.domain.actors import Actor
from server.web.house import house
from server.web.organise_posts import organiser
from server.web.screens._judging_requests import judging_page, round_of
from server.web.templating import draw

router = APIRouter(include_in_schema=False)
KEY_CHARS = 20


@router.get("/organise/judging")
def judging(
    request: Request,
    who: Annotated[Actor, Depends(organiser)],
    round: Annotated[str, Query(max_length=KEY_CHARS)] = "",
) -> Response:
    """A plain function: reading and drawing happen on a worker thread, and no clock of the show waits."""
    place = house(request)
    state = place.arena.state
    shown = round_of(state, round)
    exchanges = place.archive.exchanges(shown.key) if shown is not None else []
    page = draw("organise/judging.html", {"p": judging_page(state, shown, exchanges)})
    return Response(page.encode("utf-8", "replace"), media_type="text/html", headers={"cache-control": "no-store"})
