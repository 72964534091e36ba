"""The hot route: `POST /vote/ballot`. Plain ASGI, because a thousand phones press it in the same second.

The receipt is sent after the commit that made the ballot durable.
"""

from functools import cache
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from server.domain.actors import Role
from server.domain.errors import ArenaError, Refused
from server.domain.mark_parsing import stars
from server.web.house import House
from server.web.replies import refusal, status_of
from server.web.screens.vote import STARS_LANE, receipt
from server.web.templating import draw
from server.web.viewers import cookies_of, viewer
from server.web.words import preferred

PATH = "/vote/ballot"
MOST_FIELDS = 20


class BallotPost:
    """ASGI app for the one route."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        try:
            if scope["method"] != "POST":
                raise Refused("Ballots are posted.")
            html = await self._cast(headers, await Request(scope, receive).body())
        except ArenaError as error:
            await refusal(status_of(error), str(error), headers)(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": _headers(len(html))})
        await send({"type": "http.response.body", "body": html})

    async def _cast(self, headers: Headers, body: bytes) -> bytes:
        arena = self._house.arena
        who = viewer(cookies_of(headers), Role.AUDIENCE, self._house.keys)
        round_, choice = _ballot(body)
        await arena.ballots.cast(who.id, round_, choice)
        self._house.painter.voted(who.id)
        lane = arena.state.event.lane(choice) if isinstance(choice, str) else STARS_LANE
        return _receipt(lane, preferred(headers.get("accept-language", "")))


@cache
def _receipt(lane: int, lang: str) -> bytes:
    return receipt(draw, lane, lang).encode()


@cache
def _headers(length: int) -> list[tuple[bytes, bytes]]:
    return [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", str(length).encode())]


def _ballot(body: bytes) -> tuple[str, str | dict[str, int]]:
    try:
        fields = dict(parse_qsl(body.decode(), max_num_fields=MOST_FIELDS))
    except ValueError as error:
        raise Refused("That ballot cannot be read. Reload the page and vote again.") from error
    given = {name[6:]: stars(value) for name, value in fields.items() if name.startswith("stars-")}
    if not given and "choice" not in fields:
        raise Refused("Choose an answer first.")
    return fields.get("round", ""), given or fields["choice"]
