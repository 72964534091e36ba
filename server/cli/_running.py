"""A server that runs the event already: found at its own address, asked with the organiser's token."""

from typing import IO, Any

import httpx

from server.domain.actors import Role
from server.domain.errors import NotFound, Refused
from server.players.autopilot import own_address
from server.settings import Settings
from server.web.links import Links

API = "/api/v1"
LOOK_SECONDS, WORK_SECONDS = 2.0, 120.0
NO_CONTENT = 204


class Running:
    """The API of a running server, for one command."""

    def __init__(self, base: str, token: str) -> None:
        self.base = base.rstrip("/")
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self._client = httpx.Client(base_url=self.base, headers=headers, timeout=WORK_SECONDS, trust_env=False)

    def get(self, path: str) -> Any:
        """The JSON at `path`. Raises Refused with the server's sentence."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: object = None) -> Any:
        """Send JSON. Raises Refused with the server's sentence."""
        return self._ask("POST", path, body if body is not None else {})

    def put(self, path: str, body: object) -> Any:
        """Replace what is at `path`. Raises Refused with the server's sentence."""
        return self._ask("PUT", path, body)

    def delete(self, path: str) -> None:
        """Remove what is at `path`. Raises Refused with the server's sentence."""
        self._ask("DELETE", path)

    def upload(self, path: str, name: str, data: IO[bytes]) -> Any:
        """Send a file, piece by piece. Raises Refused with the server's sentence."""
        return self._ask("POST", path, files={"file": (name, data)})

    def _ask(self, method: str, path: str, body: object = None, **more: Any) -> Any:
        try:
            response = self._client.request(method, API + path, json=body, **more)
        except httpx.HTTPError as error:
            raise NotFound(f"There is no server at {self.base}: {error}. Is it started?") from error
        if response.status_code == NO_CONTENT:
            return None
        try:
            told = response.json()
        except ValueError as error:
            raise Refused(f"{self.base} answered {response.status_code}, but not as an arena does.") from error
        if not response.is_success:
            raise Refused(told.get("error") or f"The server answered {response.status_code}.")
        return told


def found(settings: Settings, links: Links, event: str) -> Running | None:
    """The server that runs this event on this machine, if there is one."""
    running = Running(own_address(settings), links.token(Role.ORGANISER, "organiser"))
    try:
        running._client.get("/", timeout=LOOK_SECONDS)
        return running if running.get("/state")["event"] == event else None
    except (NotFound, Refused, httpx.HTTPError):
        return None
