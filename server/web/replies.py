"""Errors as answers: the status for each kind, as a fragment for htmx, as a page, or as JSON for the API."""

from html import escape

from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from server.domain.errors import ArenaError, NotAllowed, NotFound, NotWritten, Refused, TooLate
from server.store.errors import StoreFull
from server.web.templating import draw

_UNKNOWN = "There is nothing at this address. Check the link, or start at the front door."

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


async def on_http_error(request: Request, error: Exception) -> Response:
    """Unknown addresses, wrong methods and the like."""
    assert isinstance(error, HTTPException)
    detail = _UNKNOWN if error.status_code == 404 else str(error.detail)
    return refusal(error.status_code, detail, request.headers)


async def on_malformed(request: Request, error: Exception) -> Response:
    """A form or a JSON body that does not fit, in one sentence."""
    assert isinstance(error, RequestValidationError)
    problems = [f"{'.'.join(str(x) for x in e['loc'][1:]) or 'the request'}: {e['msg']}" for e in error.errors()[:5]]
    return refusal(422, f"Please check {'; '.join(problems)}.", request.headers)


async def on_arena_error(request: Request, error: Exception) -> Response:
    """FastAPI's handler for the whole family."""
    assert isinstance(error, ArenaError)
    return refusal(status_of(error), str(error), request.headers)
