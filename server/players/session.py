"""One browser, as far as players need it: its own cookies, same-origin form posts, sockets with the same cookies."""

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

import websockets

from server.players.wire import TIMEOUT_SECONDS, Answer, Wire

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_FRAME_BYTES = 2**22
Form = Mapping[str, str]


class Turned(Exception):
    """The server turned a session away: a link that no longer works, a page that is not theirs."""


class Session:
    """One device at the server at `base`."""

    def __init__(self, base: str) -> None:
        self.base = base.rstrip("/")
        self.cookies: dict[str, str] = {}
        self._wire = Wire(self.base)

    async def get(self, path: str) -> Answer:
        """A page; redirects are not followed. Raises Lost."""
        return self._kept(await self._wire.ask("GET", path, self._headers()))

    async def post(self, path: str, form: Form) -> Answer:
        """A form, as a page of the same origin sends it. Raises Lost."""
        headers = self._headers() | {"Content-Type": "application/x-www-form-urlencoded"}
        return self._kept(await self._wire.ask("POST", path, headers, urlencode(form).encode()))

    async def enter(self, path: str) -> str:
        """Open a link and follow it to its screen; gives the screen's path. Raises Turned or Lost."""
        answer = await self.get(path)
        for _ in range(3):
            if answer.status not in REDIRECTS:
                break
            path = urlsplit(answer.header("location")).path
            answer = await self.get(path)
        if not answer.is_success:
            raise Turned(f"{path.split('?')[0]} answered {answer.status}.")
        return path

    def socket(self, path: str) -> Any:
        """A websocket with this session's cookies, to be used with `async with`."""
        return websockets.connect(
            f"ws{self.base.removeprefix('http')}{path}",
            origin=websockets.Origin(self.base),
            additional_headers={"Cookie": self._cookie()} if self.cookies else None,
            compression=None,
            ping_interval=None,
            open_timeout=TIMEOUT_SECONDS,
            close_timeout=1,
            max_size=MOST_FRAME_BYTES,
            proxy=None,
        )

    def close(self) -> None:
        """Hang up."""
        self._wire.close()

    def _headers(self) -> dict[str, str]:
        headers = {"Origin": self.base, "Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
        return headers | ({"Cookie": self._cookie()} if self.cookies else {})

    def _cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _kept(self, answer: Answer) -> Answer:
        for line in answer.all("set-cookie"):
            try:
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
            except CookieError:
                continue
        return answer
