"""One OpenAI-compatible HTTP address: pooled connections, the key from the environment, errors in words.

The engine and the judges both talk through it. What is asked and what the answers mean is their business.
"""

import contextlib
import os
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx

from models.protocol import EngineError, EngineUnavailable, PromptTooLong

CONNECT_S = 5.0
MAX_REPLY_BYTES = 8 * 2**20
_EXCERPT_CHARACTERS = 300
_CONTEXT = re.compile(r"maximum (?:context|model) length (?:is|of) (\d[\d,]*)", re.IGNORECASE)
_TOO_LONG = re.compile(
    r"maximum context length|context_length_exceeded|longer than the maximum model length", re.IGNORECASE
)


class AddressBusy(EngineUnavailable):
    """The address answered 429 or 5xx: the same request may succeed later."""


class Address:
    """`url` ends where the API begins, usually in /v1; `key_variable` names the environment variable with its key."""

    def __init__(
        self, url: str, *, key_variable: str | None = None, read_s: float = 30.0, connections: int = 64
    ) -> None:
        """`read_s` is the longest silence accepted inside one reply."""
        self.url, self._key_variable = url.rstrip("/"), key_variable
        timeout = httpx.Timeout(connect=CONNECT_S, read=read_s, write=30.0, pool=30.0)
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._client = httpx.AsyncClient(timeout=timeout, limits=limits)

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def get(self, path: str) -> dict[str, Any]:
        """GET a JSON object. Raises EngineError."""
        with self._errors_in_words():
            return await self._object(await self._client.get(self.url + path, headers=self._headers()))

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST `body` and return the JSON object that answers. Raises EngineError."""
        with self._errors_in_words():
            return await self._object(await self._client.post(self.url + path, json=body, headers=self._headers()))

    @contextlib.asynccontextmanager
    async def stream(self, path: str, body: dict[str, Any]) -> AsyncIterator[AsyncIterator[bytes]]:
        """POST `body` and give the reply's bytes as they come; leaving the context drops the connection."""
        with self._errors_in_words():
            request = self._client.stream("POST", self.url + path, json=body, headers=self._headers())
            async with request as response:
                if response.status_code != httpx.codes.OK:
                    await response.aread()
                    raise self._refusal(response)
                yield response.aiter_raw() if not response.headers.get("content-encoding") else response.aiter_bytes()

    def _headers(self) -> dict[str, str]:
        key = os.environ.get(self._key_variable, "") if self._key_variable else ""
        return {"Authorization": f"Bearer {key}"} if key else {}

    async def _object(self, response: httpx.Response) -> dict[str, Any]:
        if response.status_code != httpx.codes.OK:
            raise self._refusal(response)
        try:
            value = response.json()
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict) or len(response.content) > MAX_REPLY_BYTES:
            raise EngineError(
                f"{self.url} does not answer in JSON as the OpenAI API does; check the address (it often ends in /v1)."
            )
        return value

    def _refusal(self, response: httpx.Response) -> EngineError:
        status, said = response.status_code, _excerpt(response)
        if status in (401, 403):
            variable = self._key_variable or "no variable is configured"
            return EngineError(
                f"{self.url} refuses the key (HTTP {status}); set the right one in the environment ({variable})."
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
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise EngineUnavailable(
                f"Nothing answers at {self.url}; start the engine there or correct the address."
            ) from error
        except httpx.TimeoutException as error:
            raise EngineUnavailable(
                f"{self.url} went silent in mid-reply; restart the engine there or use the spare."
            ) from error
        except httpx.HTTPError as error:
            raise EngineUnavailable(
                f"The connection to {self.url} broke ({error}); try again or use the spare engine."
            ) from error


def _excerpt(response: httpx.Response) -> str:
    """The reply's own error message, on one line and short."""
    try:
        body = response.json()
        error = body.get("error", body)
        text = str(error.get("message", error)) if isinstance(error, dict) else str(error)
    except (ValueError, AttributeError, RecursionError):
        text = response.text
    return " ".join(text.split())[:_EXCERPT_CHARACTERS]


def _prompt_too_long(said: str) -> EngineError:
    context = _CONTEXT.search(said)
    numbers = [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", said)]
    if context is None:
        return EngineError(
            f"The prompt is too long for the engine ({said}); shorten the system prompt or the question."
        )
    return PromptTooLong(max(numbers), int(context[1].replace(",", "")))
