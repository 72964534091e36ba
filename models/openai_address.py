"""One OpenAI-compatible HTTP address: pooled connections, the key from the environment, errors in words.

The engine and the judges both talk through it. What is asked and what the answers mean is their business.
"""

import contextlib
import json
import ssl
import urllib.request
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx

from models.http_pool import ConnectionBroke, HttpPool, NothingAnswers, Reply, WentSilent
from models.openai_errors import AddressWrong, excerpt, refusal, shortened
from models.openai_key import Key
from models.protocol import EngineError, EngineUnavailable

CONNECT_S = 5.0
CONNECTIONS = 256
"""As many requests may be under way at once; further ones wait."""
MAX_REPLY_BYTES = 8 * 2**20
MAX_REFUSAL_BYTES = 2**16
"""So much of a refusal is read, for its words."""
EVENT_STREAM = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON object that came back: what it says, and the text as it came."""

    value: dict[str, Any]
    text: str


class Address:
    """`url` ends where the API begins, usually in /v1; `key_variable` names the environment variable with its key."""

    def __init__(
        self,
        url: str,
        *,
        key_variable: str | None = None,
        key: str = "",
        read_s: float = 30.0,
        connections: int = CONNECTIONS,
    ) -> None:
        """`read_s` is the longest silence accepted inside one reply; `key` is one that this process made itself, for a
        child of its own, and goes before the variable's. Raises EngineError for what is no address."""
        _check(url)
        self.url, self._key = url.rstrip("/"), Key(variable=key_variable, value=key)
        timeout = httpx.Timeout(connect=CONNECT_S, read=read_s, write=30.0, pool=30.0)
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._client = httpx.AsyncClient(timeout=timeout, limits=limits, verify=_tls())
        self._pool = self._direct(read_s, connections) if _is_direct(self.url) else None

    def _direct(self, read_s: float, connections: int) -> HttpPool:
        return HttpPool(
            self.url,
            connections=connections,
            connect_s=CONNECT_S,
            read_s=read_s,
            most_bytes=MAX_REPLY_BYTES,
            tls=_tls(),
        )

    async def close(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            self._pool.close()
        await self._client.aclose()

    async def get(self, path: str) -> dict[str, Any]:
        """GET a JSON object. Raises EngineError."""
        with self._errors_in_words():
            async with self._client.stream("GET", self.url + path, headers=self._key.headers()) as response:
                body = await _beginning(response, MAX_REPLY_BYTES)
            return self._answer(Reply(response.status_code, body), response.headers.get("location", "")).value

    async def post(self, path: str, body: str) -> Answer:
        """POST `body`, which is JSON, and return the JSON object that answers. Raises EngineError."""
        sent, headers = body.encode(errors="replace"), self._key.headers()
        with self._errors_in_words():
            if self._pool is not None:
                return self._answer(await self._pool.post(path, sent, headers))
            headers |= {"Content-Type": "application/json"}
            return self._answer(_reply(await self._client.post(self.url + path, content=sent, headers=headers)))

    @contextlib.asynccontextmanager
    async def stream(self, path: str, body: dict[str, Any]) -> AsyncIterator[AsyncIterator[bytes]]:
        """POST `body` and give the reply's bytes as they come; leaving the context drops the connection."""
        with self._errors_in_words():
            headers = self._key.headers() | {"Accept": EVENT_STREAM, "Accept-Encoding": "identity"}
            request = self._client.stream("POST", self.url + path, json=body, headers=headers)
            async with request as response:
                await self._check_streams(response)
                yield response.aiter_raw() if not response.headers.get("content-encoding") else response.aiter_bytes()

    async def _check_streams(self, response: httpx.Response) -> None:
        if response.status_code != httpx.codes.OK:
            said = excerpt(await _beginning(response, MAX_REFUSAL_BYTES))
            raise self.refusal(response.status_code, said, response.headers.get("location", ""))
        kind = response.headers.get("content-type", EVENT_STREAM).partition(";")[0].strip().lower()
        if kind in ("text/html", "application/json"):
            said = self.without_key(excerpt(await _beginning(response, MAX_REFUSAL_BYTES)))
            raise AddressWrong(
                f"{self.url} answers with {kind} and not with a stream of events ({said}); check the address "
                "(it often ends in /v1)."
            )

    def _answer(self, reply: Reply, moved_to: str = "") -> Answer:
        if reply.status != httpx.codes.OK:
            raise self.refusal(reply.status, excerpt(reply.body), moved_to)
        try:
            value = json.loads(reply.body)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict) or len(reply.body) > MAX_REPLY_BYTES:
            raise EngineError(
                f"{self.url} does not answer in JSON as the OpenAI API does; check the address (it often ends in /v1)."
            )
        return Answer(value, reply.body.decode(errors="replace"))

    def refusal(self, status: int, said: str, moved_to: str = "") -> EngineError:
        """The error for a reply of `status` that says `said`; the key is never in it."""
        place, where = self._key.place, self.without_key(_place(moved_to))
        return refusal(self.url, status, self.without_key(said), key_place=place, moved_to=where)

    def without_key(self, text: str) -> str:
        """`text`, which came from the address, fit to be shown: on one line, short, and never with the key in it."""
        return shortened(self._key.hidden_in(text))

    @contextlib.contextmanager
    def _errors_in_words(self) -> Iterator[None]:
        try:
            yield
        except (NothingAnswers, httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise EngineUnavailable(
                f"Nothing answers at {self.url}; start the engine there or correct the address."
            ) from error
        except httpx.PoolTimeout as error:
            raise EngineUnavailable(
                f"All connections to {self.url} are in use; wait, or allow fewer requests at once."
            ) from error
        except (WentSilent, httpx.TimeoutException) as error:
            raise EngineUnavailable(
                f"{self.url} went silent in mid-reply; restart the engine there or use the spare."
            ) from error
        except (ConnectionBroke, httpx.HTTPError) as error:
            why = self.without_key(str(error))
            raise EngineUnavailable(
                f"The connection to {self.url} broke ({why}); try again or use the spare engine."
            ) from error


@cache
def _tls() -> ssl.SSLContext:
    """One for all addresses: reading the certificates takes as long as many requests."""
    return httpx.create_ssl_context()


def _check(url: str) -> None:
    try:
        parts, allowed = urlsplit(url), httpx.URL(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and bool(allowed)
    except (ValueError, httpx.InvalidURL):
        is_address = False
    if "@" in url or "?" in url or "#" in url:
        # Not repeated: what stands there may be a password or a key.
        raise EngineError(
            "An address may hold no name, password, question mark or hash; put the key into an environment variable "
            "and name it where the address is set."
        )
    if not is_address:
        raise EngineError(f"{url!r} is no address; give one such as http://127.0.0.1:8001/v1.")


def _is_direct(url: str) -> bool:
    """Whether `url` is reached without a proxy."""
    parts = urlsplit(url)
    if not url.isascii():
        return False
    proxies = urllib.request.getproxies()
    return not (parts.scheme in proxies or "all" in proxies) or bool(urllib.request.proxy_bypass(parts.netloc))


async def _beginning(response: httpx.Response, most_bytes: int) -> bytes:
    """The body, which may be endless: hardly more of it than `most_bytes`."""
    body = b""
    async for part in response.aiter_bytes():
        body += part
        if len(body) > most_bytes:
            break
    return body


def _place(location: str) -> str:
    """Where a redirect leads, without what may be secret in it."""
    return location.partition("?")[0].rpartition("@")[2]


def _reply(response: httpx.Response) -> Reply:
    return Reply(response.status_code, response.content)
