"""Errors as answers: the status for each kind, as a fragment for htmx, as a page, or as JSON for the API."""

from html import escape

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from server.domain.errors import ArenaError, NotAllowed, NotFound, NotWritten, Refused, TooLate
from server.store.errors import StoreFull
from server.web.templating import draw

STATUSES: tuple[tuple[type[ArenaError], int], ...] = (
    (StoreFull, 507),
    (NotWritten, 503),
    (NotAllowed, 403),
    (NotFound, 404),
    (TooLate, 409),
    (Refused, 422),
)


def status_of(error: ArenaError) -> int:
    """The HTTP status of an arena error."""
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 500)


def refusal(status: int, message: str, headers: Headers) -> Response:
    """The message in the form the client asked for."""
    if "json" in headers.get("accept", "") or headers.get("authorization"):
        return JSONResponse({"error": message}, status)
    if headers.get("hx-request"):
        return HTMLResponse(f'<p class="error" role="alert">{escape(message)}</p>', status)
    return HTMLResponse(draw("enter/refused.html", {"message": message, "status": status}), status)


async def on_arena_error(request: Request, error: Exception) -> Response:
    """FastAPI's handler for the whole family."""
    assert isinstance(error, ArenaError)
    return refusal(status_of(error), str(error), request.headers)
