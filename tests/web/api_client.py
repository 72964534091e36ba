"""An organiser at the API of a live server."""

from typing import Any

import httpx

from server.domain.actors import Role
from tests.live.server import LiveServer


class ApiClient:
    """`get`, `post`, `put` with the organiser's token; the paths are below `/api/v1`."""

    def __init__(self, server: LiveServer, token: str | None = None) -> None:
        token = server.house.links.token(Role.ORGANISER, "organiser") if token is None else token
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self.http = httpx.Client(base_url=f"{server.url}/api/v1", headers=headers, timeout=20)

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.http.get(path, params=params)

    def post(self, path: str, body: object = None) -> httpx.Response:
        return self.http.post(path, json=body if body is not None else {})

    def put(self, path: str, body: object) -> httpx.Response:
        return self.http.put(path, json=body)

    def act(self, name: str, **fields: object) -> httpx.Response:
        return self.post(f"/acts/{name}", fields)


def error(answer: httpx.Response) -> str:
    """The sentence of a refusal, which is all that a refusal holds."""
    told = answer.json()
    assert list(told) == ["error"], told
    return str(told["error"])
