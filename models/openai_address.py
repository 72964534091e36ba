"""One OpenAI-compatible HTTP address: pooled connections, the key from the environment, errors in words.

The engine and the judges both talk through it. What is asked and what the answers mean is their business.
"""

import contextlib
import json
import re
import ssl
import urllib.request
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx

from models.http_pool import ConnectionBroke, HttpPool, NothingAnswers, Reply, WentSilent
from models.openai_key import Key
from models.protocol import EngineError, EngineUnavailable, PromptTooLong

CONNECT_S = 5.0
CONNECTIONS = 256
"""As many requests may be under way at once; further ones wait."""
MAX_REPLY_BYTES = 8 * 2**20
_EXCERPT_CHARACTERS = 300
_CONTEXT = re.compile(r"maximum (?:context|model) length (?:is|of) (\d[\d,]*)", re.IGNORECASE)
_TOO_LONG = re.compile(
    r"maximum context length|context_length_exceeded|longer than the maximum model length", re.IGNORECASE
)


class AddressBusy(EngineUnavailable):
    """The address answered 429 or 5xx: the same request may succeed later."""


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
            return self._answer(_reply(await self._client.get(self.url + path, headers=self._key.headers()))).value

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
            request = self._client.stream("POST", self.url + path, json=body, headers=self._key.headers())
            async with request as response:
                if response.status_code != httpx.codes.OK:
                    await response.aread()
                    raise self._refusal(_reply(response))
                yield response.aiter_raw() if not response.headers.get("content-encoding") else response.aiter_bytes()

    def _answer(self, reply: Reply) -> Answer:
        if reply.status != httpx.codes.OK:
            raise self._refusal(reply)
        try:
            value = json.loads(reply.body)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict) or len(reply.body) > MAX_REPLY_BYTES:
            raise EngineError(
                f"{self.url} does not answer in JSON as the OpenAI API does; check the address (it often ends in /v1)."
            )
        return Answer(value, reply.body.decode(errors="replace"))

    def _refusal(self, reply: Reply) -> EngineError:
        status, said = reply.status, self._key.hidden_in(_excerpt(reply.body))
        if status in (401, 403):
            return EngineError(
                f"{self.url} refuses the key (HTTP {status}); set the right one in the environment ({self._key.place})."
            )
        if status == 404:
            return EngineError(
                f"{self.url} does not know this model or path (HTTP 404: {said}); check the "
                "model's name and the address."
            )
        if status == 429 or status >= 500:
            return AddressBusy(
                f"{self.url} is overloaded or failing (HTTP {status}: {said}); wait, or use the spare engine."
            )
        if status in (400, 413, 422) and _TOO_LONG.search(said):
            return _prompt_too_long(said)
        return EngineError(f"{self.url} refused the request (HTTP {status}: {said}); check the engine's settings.")

    @contextlib.contextmanager
    def _errors_in_words(self) -> Iterator[None]:
        try:
            yield
        except (NothingAnswers, httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise EngineUnavailable(
                f"Nothing answers at {self.url}; start the engine there or correct the address."
            ) from error
        except (WentSilent, httpx.TimeoutException) as error:
            raise EngineUnavailable(
                f"{self.url} went silent in mid-reply; restart the engine there or use the spare."
            ) from error
        except (ConnectionBroke, httpx.HTTPError) as error:
            raise EngineUnavailable(
                f"The connection to {self.url} broke ({error}); try again or use the spare engine."
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
    if not is_address:
        raise EngineError(f"{url!r} is no address; give one such as http://127.0.0.1:8001/v1.")


def _is_direct(url: str) -> bool:
    """Whether `url` is reached without a proxy and without a name and password in it."""
    parts = urlsplit(url)
    if "@" in parts.netloc or not url.isascii():
        return False
    proxies = urllib.request.getproxies()
    return not (parts.scheme in proxies or "all" in proxies) or bool(urllib.request.proxy_bypass(parts.netloc))


def _reply(response: httpx.Response) -> Reply:
    return Reply(response.status_code, response.content)


def _excerpt(reply: bytes) -> str:
    """The reply's own error message, on one line and short."""
    try:
        body = json.loads(reply)
        error = body.get("error", body)
        text = str(error.get("message", error)) if isinstance(error, dict) else str(error)
    except (ValueError, AttributeError, RecursionError):
        text = reply.decode(errors="replace")
    return " ".join(text.split())[:_EXCERPT_CHARACTERS]


def _prompt_too_long(said: str) -> EngineError:
    context = _CONTEXT.search(said)
    numbers = [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", said)]
    if context is None:
        return EngineError(
            f"The prompt is too long for the engine ({said}); shorten the system prompt or the question."
        )
    return PromptTooLong(max(numbers), int(context[1].replace(",", "")))
