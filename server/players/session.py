"""One browser, as far as players need it: its own cookies, same-origin form posts, sockets with the same cookies."""

from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from http.cookies import CookieError, SimpleCookie
from typing import Any

import httpx
import websockets

TIMEOUT_SECONDS = 30.0
CONNECTIONS = 120
Form = Mapping[str, str | list[str]]


def shared_client(base: str) -> httpx.AsyncClient:
    """A pool of connections for many sessions; it keeps no cookies of its own."""
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    client = httpx.AsyncClient(base_url=base, timeout=TIMEOUT_SECONDS, limits=limits, trust_env=False)
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return client


class Turned(Exception):
    """The server turned a session away: a link that no longer works, a page that is not theirs."""


class Session:
    """Cookies of one device on a shared client."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self.base = str(client.base_url).rstrip("/")
        self.cookies: dict[str, str] = {}

    async def get(self, path: str) -> httpx.Response:
        """A page; redirects are not followed."""
        response = await self._client.get(path, headers=self._headers())
        self._keep(response)
        return response

    async def post(self, path: str, form: Form) -> httpx.Response:
        """A form, as a page of the same origin sends it."""
        response = await self._client.post(path, data=dict(form), headers=self._headers())
        self._keep(response)
        return response

    async def enter(self, path: str) -> str:
        """Open a link and follow it to its screen; gives the screen's path. Raises Turned."""
        response = await self.get(path)
        for _ in range(3):
            if not response.is_redirect:
                break
            path = response.headers["location"]
            response = await self.get(path)
        if not response.is_success:
            raise Turned(f"{path.split('?')[0]} answered {response.status_code}.")
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
            max_size=2**22,
            proxy=None,
        )

    def _headers(self) -> dict[str, str]:
        headers = {"Origin": self.base, "Sec-Fetch-Site": "same-origin"}
        return headers | ({"Cookie": self._cookie()} if self.cookies else {})

    def _cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _keep(self, response: httpx.Response) -> None:
        for line in response.headers.get_list("set-cookie"):
            try:
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
            except CookieError:
                continue
