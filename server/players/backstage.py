"""The HTTP API as a client sees it: the organiser's token, JSON, and the feed of the journal."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx

API = "/api/v1"
WORK_SECONDS = 60.0
FEED_TIMEOUT = httpx.Timeout(30.0, read=None)


def connected(base: str) -> httpx.AsyncClient:
    """A client for the API of the server at `base`."""
    return httpx.AsyncClient(base_url=base, timeout=WORK_SECONDS, trust_env=False)


class Denied(Exception):
    """The API refused; `status` is its code and the message its sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Backstage:
    """An organiser at the API."""

    def __init__(self, client: httpx.AsyncClient, token: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}

    async def get(self, path: str) -> Any:
        """The JSON at `path`. Raises Denied."""
        return self._told(await self._client.get(API + path, headers=self._headers))

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Send JSON; the JSON that comes back. Raises Denied."""
        return self._told(await self._client.post(API + path, json=body or {}, headers=self._headers))

    async def put(self, path: str, body: Mapping[str, Any]) -> Any:
        """Replace what is at `path`. Raises Denied."""
        return self._told(await self._client.put(API + path, json=body, headers=self._headers))

    async def feed(self, after: int = 0) -> AsyncIterator[tuple[int, str]]:
        """(number, kind) of every journal entry above `after`, as they come, for ever."""
        request = {"headers": self._headers, "timeout": FEED_TIMEOUT, "params": {"after": after}}
        async with self._client.stream("GET", f"{API}/feed", **request) as response:  # type: ignore[arg-type]
            if not response.is_success:
                await response.aread()
                self._told(response)
            async for line in response.aiter_lines():
                if line.startswith("data: "):
                    entry = json.loads(line.removeprefix("data: "))
                    yield entry["number"], entry["kind"]

    def _told(self, response: httpx.Response) -> Any:
        if not response.is_success:
            raise Denied(response.status_code, _sentence(response))
        return response.json() if response.content else None


def _sentence(response: httpx.Response) -> str:
    try:
        return str(response.json()["error"])
    except (ValueError, KeyError, TypeError):
        return f"{response.request.url.path} answered {response.status_code}: {response.text[:200]}"
