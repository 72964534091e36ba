"""Who is asking: from cookies (or an organiser's bearer token) to an Actor. Nobody is known by an address."""

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from server.domain.actors import Actor, Role
from server.domain.errors import NotAllowed
from server.web.sessions import COOKIES, Keys

_ASK = {
    Role.ORGANISER: "Open the organiser's link: it was printed when the server started (`finale links` shows it).",
    Role.FINALIST: "Open the link that the organiser gave you.",
    Role.EXPERT: "Open the link that the organiser gave you.",
    Role.STAGE: "Open the stage link from the organiser's page on this screen.",
    Role.AUDIENCE: "Scan the code on the stage, or type it in.",
}


MINIATURE = Actor(Role.STAGE, "miniature")


def viewer(cookies: Mapping[str, str], role: Role, keys: Keys) -> Actor:
    """The person in this role. Raises NotAllowed with what to do next."""
    value = cookies.get(COOKIES[role])
    if value is None:
        raise NotAllowed(_ASK[role])
    actor = keys.open_cookie(value)
    if actor.role is not role:
        raise NotAllowed(_ASK[role])
    return actor


def bearer(headers: Headers, keys: Keys) -> Actor:
    """The organiser behind an `Authorization: Bearer` token. Raises NotAllowed."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotAllowed("Send the organiser's token as `Authorization: Bearer TOKEN`; `finale links` prints it.")
    actor = keys.open_link(token.strip())
    if actor.role is not Role.ORGANISER:
        raise NotAllowed("This token is not an organiser's.")
    return actor


def cookies_of(headers: Headers) -> dict[str, str]:
    """The request's cookies."""
    return cookie_parser(headers.get("cookie", ""))
