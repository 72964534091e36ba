"""The outermost layer: where a request comes from, how large and how frequent it may be, and what headers go back.

Plain ASGI, so that it costs next to nothing on the hot routes.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.web.replies import refusal
from server.web.uploads import FORM_BYTES, PATHS
from server.web.viewers import cookies_of

SEAM_SCOPE = "finale.send"
MOST_BYTES = 256 * 1024
SESSIONS_REMEMBERED = 50_000
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; frame-src 'self'; frame-ancestors 'self'; object-src 'none'; base-uri 'none'; form-action 'self'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
}


RAW_HEADERS = tuple((name.encode(), value.encode()) for name, value in HEADERS.items())


def is_same_origin(headers: Headers, host: str, base_url: str) -> bool:
    """Whether a browser sent this from one of our own pages. Without any origin header it was no browser."""
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "none") in ("same-origin", "none")
    return urlsplit(origin).netloc in (host, headers.get("host"), urlsplit(base_url).netloc)


class Guard:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, base_url: str, writes_per_second: float, upload_bytes: int = 0) -> None:
        """`upload_bytes`: the largest file that the addresses of uploads take."""
        self._app, self._base_url, self._upload_bytes = app, base_url, upload_bytes + FORM_BYTES
        self._rates = Rates(writes_per_second, burst=2 * writes_per_second)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            scope[SEAM_SCOPE] = send
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        answer = _with_headers(send)
        if scope["method"] not in SAFE:
            most = self._upload_bytes if PATHS.fullmatch(scope["path"]) else MOST_BYTES
            why = self._refuses(headers, most)
            if why is not None:
                await refusal(*why, headers)(scope, receive, answer)
                return
            receive = _bounded(receive, most)
        try:
            await self._app(scope, receive, answer)
        except HTTPException as error:
            await refusal(error.status_code, error.detail, headers)(scope, receive, answer)

    def _refuses(self, headers: Headers, most_bytes: int) -> tuple[int, str] | None:
        size = headers.get("content-length", "0")
        if not size.isdigit() or int(size) > most_bytes:
            return 413, _too_large(most_bytes)
        has_token = headers.get("authorization", "").lower().startswith("bearer ")
        if not has_token and not is_same_origin(headers, headers.get("host", ""), self._base_url):
            return 403, "This request came from another site. Use the arena's own pages."
        if not self._rates.allows(_session(headers)):
            return 429, "Too many requests in a moment. Wait a second, then go on; nothing was lost."
        return None


def _too_large(most_bytes: int) -> str:
    fit = f"{most_bytes // 2**20:,} MB" if most_bytes >= 2**20 else f"{most_bytes // 1024} KB"
    return f"That is larger than the {fit} that fit. Nothing was saved; shorten it and send it again."


def _session(headers: Headers) -> str | None:
    """What a rate is counted by: the session's cookie or token. Never an address: a venue shares one."""
    token = headers.get("authorization")
    if token:
        return token
    mine = sorted(value for name, value in cookies_of(headers).items() if name.startswith("finale_"))
    return "".join(mine) or None


class Rates:
    """A token bucket per session."""

    def __init__(self, per_second: float, burst: float, now: Callable[[], float] = time.monotonic) -> None:
        self._per_second, self._burst, self._now = per_second, burst, now
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, session: str | None) -> bool:
        """Whether one more write is allowed now. Those without a session share nothing and are not limited."""
        if session is None:
            return True
        now = self._now()
        tokens, at = self._buckets.pop(session, (self._burst, now))
        tokens = min(self._burst, tokens + (now - at) * self._per_second)
        allowed = tokens >= 1
        self._buckets[session] = (tokens - 1 if allowed else tokens, now)
        if len(self._buckets) > SESSIONS_REMEMBERED:
            self._buckets.popitem(last=False)
        return allowed


def _bounded(receive: Receive, most_bytes: int) -> Receive:
    """`receive` that stops a body without a length when it grows past the limit."""
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most_bytes:
            raise HTTPException(413, _too_large(most_bytes))
        return message

    return bounded


def _with_headers(send: Send) -> Send:
    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = {name for name, _ in message["headers"]}
            message["headers"] = [*message["headers"], *(pair for pair in RAW_HEADERS if pair[0] not in given)]
        await send(message)

    return answer
