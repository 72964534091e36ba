"""Runs inside vLLM's own process, as its middleware: whoever does not show the key gets nothing, on any path.

vLLM itself asks for its key below /v1 only; POST /adapters would load any folder, /invocations would generate.
Standard library only: this is imported by another interpreter.
"""

import hmac
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Gate:
    """ASGI middleware around `app`. Raises KeyError where VLLM_API_KEY is not set: no key, no server."""

    def __init__(self, app: App) -> None:
        self._app, self._wanted = app, f"Bearer {os.environ['VLLM_API_KEY']}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer 401."""
        if scope["type"] == "lifespan" or hmac.compare_digest(_shown(scope), self._wanted):
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await send({"type": "http.response.start", "status": 401, "headers": []})
            await send({"type": "http.response.body", "body": b"Only the arena talks to this server."})
        else:
            await send({"type": "websocket.close", "code": 1008})


def _shown(scope: Scope) -> bytes:
    return next((bytes(value) for name, value in scope["headers"] if name == b"authorization"), b"")
