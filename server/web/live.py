"""The live socket of every screen: who is it, a snapshot, then changes. Nothing but farewells comes in."""

from starlette.websockets import WebSocket, WebSocketDisconnect

from server.domain.actors import Actor, Role
from server.domain.errors import NotAllowed
from server.web.feeds import Feed
from server.web.house import House
from server.web.pictures import key_of
from server.web.rawsocket import seam
from server.web.security import SEAM_SCOPE, is_same_origin
from server.web.viewers import MINIATURE, viewer
from server.web.words import preferred

REFUSED, FULL = 4401, 4503
MOST_FEEDS = 20_000
ROLES = {
    "stage": Role.STAGE,
    "organise": Role.ORGANISER,
    "play": Role.FINALIST,
    "score": Role.EXPERT,
    "vote": Role.AUDIENCE,
}


def _viewer(websocket: WebSocket, role: Role, house: House) -> Actor:
    if role is Role.STAGE and websocket.query_params.get("mini"):
        viewer(websocket.cookies, Role.ORGANISER, house.keys)
        return MINIATURE
    return viewer(websocket.cookies, role, house.keys)


async def live(websocket: WebSocket) -> None:
    """Serve `/live/{screen}` until the client leaves.

    A refusal is told with a close code after the handshake (4401), so that the page can say it in words;
    a browser that is refused the handshake itself only knows that something failed.
    """
    house: House = websocket.app.state.house
    role = ROLES.get(websocket.path_params["screen"])
    if role is None or not is_same_origin(websocket.headers, websocket.url.netloc, house.settings.base_url):
        await websocket.close(1008)
        return
    await websocket.accept()
    try:
        who = _viewer(websocket, role, house)
    except NotAllowed as error:
        await websocket.close(REFUSED, str(error)[:120])
        return
    lang = preferred(websocket.headers.get("accept-language", ""))
    key = key_of(who, house.arena.state, house.arena.ballots.choices, lang)
    feed = Feed(websocket, who, key, seam(websocket.scope.get(SEAM_SCOPE)), lang)
    house.painter.subscribe(feed)
    try:
        while True:
            await websocket.receive_text()
    except (WebSocketDisconnect, KeyError):
        pass
    finally:
        house.hub.remove(feed)
