"""What finalists and experts post. Each answers when the store has it; the live socket shows the rest."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from server.domain import commands as c
from server.domain.actors import Actor, Role
from server.domain.errors import Refused
from server.domain.mark_parsing import expert_mark
from server.domain.marks import Scorecard
from server.web.house import house
from server.web.screens.play import restored
from server.web.templating import draw
from server.web.viewers import viewer

router = APIRouter(include_in_schema=False)
NOTHING = Response(status_code=204)
ID_CHARS = 64


def finalist(request: Request) -> Actor:
    """The finalist who asks. Raises NotAllowed."""
    return viewer(request.cookies, Role.FINALIST, house(request).keys)


def expert(request: Request) -> Actor:
    """The expert who asks. Raises NotAllowed."""
    return viewer(request.cookies, Role.EXPERT, house(request).keys)


Finalist = Annotated[Actor, Depends(finalist)]
Expert = Annotated[Actor, Depends(expert)]


def draft_from(
    system_prompt: Annotated[str, Form()] = "",
    temperature: Annotated[float, Form()] = 0.7,
    top_p: Annotated[float, Form()] = 0.9,
    max_tokens: Annotated[int, Form()] = 200,
) -> c.Draft:
    """The editor's fields. Numbers are held to their ranges by the rules when an attempt starts."""
    if temperature != temperature or top_p != top_p:
        raise Refused("Temperature and top-p are numbers.")
    return c.Draft(system_prompt, temperature, top_p, max_tokens, secrets.randbits(31))


DraftForm = Annotated[c.Draft, Depends(draft_from)]


@router.post("/play/draft")
async def save_draft(
    request: Request, who: Finalist, draft: DraftForm, round: Annotated[str | None, Form(max_length=ID_CHARS)] = None
) -> Response:
    await house(request).arena.desks.save_draft(who.id, draft, round)
    return NOTHING


@router.post("/play/generate")
async def generate(
    request: Request, who: Finalist, draft: DraftForm, attempt_id: Annotated[str, Form(max_length=ID_CHARS)] = ""
) -> Response:
    """Start an attempt. The browser makes the id, so that a retried request starts nothing twice."""
    own = f"{who.id}-{attempt_id or secrets.token_hex(8)}"
    command = c.Generate(
        own, draft.system_prompt, draft.temperature, draft.top_p, draft.max_tokens, secrets.randbits(31)
    )
    await house(request).arena.submit(command, who)
    return NOTHING


@router.post("/play/stop")
async def stop(request: Request, who: Finalist) -> Response:
    await house(request).arena.submit(c.StopGenerating(), who)
    return NOTHING


@router.post("/play/pin")
async def pin(request: Request, who: Finalist, attempt_id: Annotated[str, Form(max_length=128)] = "") -> Response:
    await house(request).arena.submit(c.Pin(attempt_id or None), who)
    return NOTHING


@router.post("/play/shelf")
async def save_shelf(request: Request, who: Finalist) -> Response:
    form = await request.form()
    prompts = tuple(str(text) for text in form.getlist("prompts"))
    await house(request).arena.desks.save_shelf(who.id, prompts)
    return NOTHING


@router.get("/play/editor")
async def restore(request: Request, who: Finalist, attempt: str) -> Response:
    """The editor filled from an earlier attempt."""
    editor = restored(house(request).arena.room, who.id, attempt)
    return HTMLResponse(draw("play/editor.html", {"c": editor, "id": "editor", "regions": {}}))


@router.post("/score/card")
async def save_card(request: Request, who: Expert) -> Response:
    """One card: `round`, `finalist`, `mark-<criterion>`…, `note`. Repeating it changes nothing."""
    fields = await _fields(request)
    marks = {name[5:]: expert_mark(value) for name, value in fields.items() if name.startswith("mark-") and value != ""}
    card = Scorecard(who.id, fields.get("finalist", ""), marks, fields.get("note", ""))
    await house(request).arena.desks.save_card(fields.get("round", ""), card)
    return JSONResponse({"saved": True})


async def _fields(request: Request) -> dict[str, str]:
    if "json" in request.headers.get("content-type", ""):
        try:
            body = await request.json()
        except ValueError as error:
            raise Refused("That is not JSON.") from error
        if not isinstance(body, dict):
            raise Refused("Send one JSON object.")
        return {str(key): str(value) for key, value in body.items()}
    return {key: str(value) for key, value in (await request.form()).items()}


@router.post("/score/send")
async def send(request: Request, who: Expert, round: Annotated[str, Form(max_length=ID_CHARS)]) -> Response:
    await house(request).arena.desks.send(round, who.id)
    return NOTHING


@router.post("/score/change")
async def change(request: Request, who: Expert, round: Annotated[str, Form(max_length=ID_CHARS)]) -> Response:
    await house(request).arena.desks.take_back(round, who.id)
    return NOTHING
