"""Static files with a year of caching: their addresses carry their content's hash."""

from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

YEAR_S = 31_536_000


class HashedFiles(StaticFiles):
    """StaticFiles that lets browsers keep what was asked for by hash."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        keep = scope["query_string"].startswith(b"v=")

        async def answer(message: dict) -> None:  # type: ignore[type-arg]
            if message["type"] == "http.response.start" and keep and message["status"] == 200:
                value = f"public, max-age={YEAR_S}, immutable".encode()
                message["headers"] = [*message["headers"], (b"cache-control", value)]
            await send(message)

        await super().__call__(scope, receive, answer)  # type: ignore[arg-type]
