"""Signed links, session cookies and device cookies.

A link carries role, person and generation, signed and dated. Opening it sets a cookie and takes the token out
of the address bar. A fresh link raises the generation, and everything older stops working at once.
"""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from itsdangerous import BadSignature, SignatureExpired, URLSafeSerializer, URLSafeTimedSerializer

from server.domain.actors import Actor, Role
from server.domain.errors import NotAllowed

COOKIES: dict[Role, str] = {role: f"finale_{role.value}" for role in Role if role is not Role.SYSTEM}
SCREENS = {
    Role.ORGANISER: "/organise",
    Role.FINALIST: "/play",
    Role.EXPERT: "/score",
    Role.STAGE: "/stage",
    Role.AUDIENCE: "/vote",
}
DAY_S = 86_400


def read_secret(file: Path) -> str:
    """The signing key from `file`, made on the first start, readable by its owner alone."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as target:
            target.write(secrets.token_urlsafe(48))
    return file.read_text().strip()


@dataclass(frozen=True, slots=True)
class Pass:
    """What a token says."""

    event: str
    role: Role
    who: str
    generation: int


class Keys:
    """Signs and checks tokens of one event. `generation(role, who)` is the one whose link works."""

    def __init__(self, secret: str, event: str, generation: Callable[[str, str], int], days: float) -> None:
        self._links = URLSafeTimedSerializer(secret, salt="finale-link")
        self._cookies = URLSafeSerializer(secret, salt="finale-session")
        self._event, self._generation, self._days = event, generation, days
        self._known = lru_cache(maxsize=20_000)(self._load_cookie)

    def link_token(self, role: Role, who: str) -> str:
        """The token of somebody's link as it works now."""
        return self._links.dumps([self._event, role.value, who, self._generation(role.value, who)])

    def open_link(self, token: str) -> Actor:
        """Who a link is for. Raises NotAllowed, with what to do, for an expired, foreign or replaced one."""
        try:
            claims = self._links.loads(token, max_age=int(self._days * DAY_S))
        except SignatureExpired as error:
            raise NotAllowed("This link has expired. Ask the organiser for a fresh one.") from error
        except BadSignature as error:
            raise NotAllowed(
                "This link is not one of ours, or it was cut off. Ask the organiser for it again."
            ) from error
        return self._actor(claims)

    def cookie(self, actor: Actor) -> str:
        """The value of the session cookie for somebody who opened a link."""
        generation = self._generation(actor.role.value, actor.id)
        return self._cookies.dumps([self._event, actor.role.value, actor.id, generation])

    def open_cookie(self, value: str) -> Actor:
        """Who a cookie is for. Raises NotAllowed."""
        claims = self._known(value)
        if claims is None:
            raise NotAllowed("Your session is not valid here. Open the link you were given once more.")
        return self._actor(claims)

    def _load_cookie(self, value: str) -> tuple[str, str, str, int] | None:
        try:
            event, role, who, generation = self._cookies.loads(value)
        except (BadSignature, ValueError):
            return None
        return event, role, who, generation

    def _actor(self, claims: "tuple[str, str, str, int] | list[str]") -> Actor:
        event, role, who, generation = claims
        if event != self._event:
            raise NotAllowed("This link belongs to another event. Ask the organiser for this one's.")
        if generation != self._generation(role, who):
            raise NotAllowed("This link was replaced by a fresh one. Use the newer link.")
        return Actor(Role(role), who)


def new_voter() -> str:
    """An anonymous id for a phone: 128 random bits."""
    return secrets.token_urlsafe(16)
