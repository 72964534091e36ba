"""The pages of all screens, and the doors to them: signed links, the audience's code, seat codes."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from server.domain.actors import Actor, Role
from server.domain.errors import NotAllowed
from server.store import people
from server.web.house import House, house
from server.web.pictures import key_of, picture
from server.web.regions import render
from server.web.sessions import COOKIES, DAY_S, SCREENS, new_voter
from server.web.templating import draw
from server.web.viewers import MINIATURE, viewer
from server.web.words import preferred, words_in

router = APIRouter(include_in_schema=False)
FOLDERS = {
    Role.ORGANISER: "organise",
    Role.FINALIST: "play",
    Role.EXPERT: "score",
    Role.STAGE: "stage",
    Role.AUDIENCE: "vote",
}


def screen_page(request: Request, who: Actor, **more: object) -> Response:
    """The whole page of a viewer, drawn as things are now."""
    place = house(request)
    lang = preferred(request.headers.get("accept-language", ""))
    key = key_of(who, place.arena.state, place.arena.ballots.choices, lang)
    now = place.arena.clock.now()
    tree = picture(place.arena.room, key, now)
    variables = {"screen_html": render(tree, draw), "now": now, "event": place.arena.state.event}
    variables |= {"lang": lang if who.role is Role.AUDIENCE else "en", "w": words_in(lang)}
    page = draw(f"{FOLDERS[who.role]}/page.html", variables | more)
    return HTMLResponse(page, headers={"cache-control": "no-store"})


def _page_of(request: Request, role: Role) -> Response:
    return screen_page(request, viewer(request.cookies, role, house(request).keys))


@router.get("/")
async def front_door(request: Request) -> Response:
    return HTMLResponse(draw("enter/door.html", {"event": house(request).arena.state.event}))


@router.get("/healthz")
async def healthz(request: Request) -> Response:
    """For container platforms: 200 while the one writer answers."""
    place = house(request)
    await place.writer.do(lambda connection: None)
    return JSONResponse({"ok": True, "event": place.arena.state.event.id})


@router.get("/organise")
async def organise(request: Request) -> Response:
    return _page_of(request, Role.ORGANISER)


@router.get("/play")
async def play(request: Request) -> Response:
    return _page_of(request, Role.FINALIST)


@router.get("/score")
async def score(request: Request) -> Response:
    return _page_of(request, Role.EXPERT)


@router.get("/stage")
async def stage(request: Request, mini: bool = False) -> Response:
    """The stage; `mini` is the organiser's miniature, which is not counted as a screen."""
    if mini:
        viewer(request.cookies, Role.ORGANISER, house(request).keys)
        return screen_page(request, MINIATURE, mini=True)
    return _page_of(request, Role.STAGE)


@router.get("/enter/{token}")
async def enter(request: Request, token: str) -> Response:
    """Turn a signed link into a session, and take the token out of the address bar."""
    actor = house(request).keys.open_link(token)
    return _with_session(RedirectResponse(SCREENS[actor.role], 303), request, actor)


def _with_session(answer: Response, request: Request, actor: Actor) -> Response:
    place = house(request)
    answer.set_cookie(
        COOKIES[actor.role],
        place.keys.cookie(actor),
        max_age=int(place.settings.link_days * DAY_S),
        httponly=True,
        samesite="lax",
        secure=_is_secure(request, place),
        path="/",
    )
    answer.headers["cache-control"] = "no-store"
    answer.headers["referrer-policy"] = "no-referrer"
    return answer


def _is_secure(request: Request, place: House) -> bool:
    return request.url.scheme == "https" or place.settings.base_url.startswith("https")


@router.get("/vote")
async def vote(request: Request, c: str = "") -> Response:
    """The audience's page; with the code (`c`) of the QR it lets a new phone in."""
    place = house(request)
    try:
        return _page_of(request, Role.AUDIENCE)
    except NotAllowed:
        if c != place.links.code or place.settings.seat_codes:
            return _ask_for_code(request, wrong=bool(c) and c != place.links.code)
    return _welcome(request, new_voter())


def _welcome(request: Request, voter: str) -> Response:
    actor = Actor(Role.AUDIENCE, voter)
    return _with_session(screen_page(request, actor), request, actor)


@router.get("/join")
async def join_form(request: Request) -> Response:
    return _ask_for_code(request, wrong=False)


@router.post("/join")
async def join(request: Request, code: Annotated[str, Form(max_length=40)]) -> Response:
    """The short code typed by hand, or a one-time seat code where the organiser printed them."""
    place = house(request)
    code = code.strip().upper()
    voter = new_voter()
    if place.settings.seat_codes:
        at, event = place.arena.clock.now(), place.arena.state.event.id
        if not await place.writer.do(lambda connection: people.redeem(connection, event, code, voter, at)):
            return _ask_for_code(request, wrong=True)
    elif code != place.links.code:
        return _ask_for_code(request, wrong=True)
    return _with_session(RedirectResponse("/vote", 303), request, Actor(Role.AUDIENCE, voter))


def _ask_for_code(request: Request, *, wrong: bool) -> Response:
    lang = preferred(request.headers.get("accept-language", ""))
    seats = house(request).settings.seat_codes
    words = words_in(lang)
    error = (words.join_seat_wrong if seats else words.join_wrong) if wrong else ""
    page = draw("vote/join.html", {"w": words, "error": error})
    return HTMLResponse(page, 403 if wrong else 200, headers={"cache-control": "no-store"})
