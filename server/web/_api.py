"""What all parts of the API share: the organiser's token, and errors as `{"error": "sentence"}`."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response, Security
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from server.domain.actors import Actor
from server.domain.errors import ArenaError, NotAllowed
from server.web.house import House, house
from server.web.replies import status_of
from server.web.viewers import bearer

MOST_PROBLEMS = 5


class Problem(BaseModel):
    """Why a request was not done. Nothing was changed."""

    error: str = Field(description="What happened and what to do next.", examples=["Approve the scores first."])


ERRORS: dict[int, str] = {
    400: "The body is not JSON.",
    401: "No token, or one that does not work: send `Authorization: Bearer TOKEN` (`finale links` prints it).",
    403: "The token works, but may not do this.",
    404: "There is nothing of this name.",
    409: "Too late, or too early: the message says which. Nothing was changed.",
    413: "Larger than a request may be.",
    422: "Something in the request is malformed or out of range; the message names it.",
    429: "Too many requests in a moment.",
    503: "The store could not write. Nothing was changed; send it again.",
    507: "The disk is full. Nothing was changed.",
}
READ, WRITE = (401, 403, 404, 422), (400, 401, 403, 404, 409, 413, 422, 429, 503, 507)

_scheme = HTTPBearer(auto_error=False, description="The token at the end of the organiser's link.")


async def organiser(request: Request, _: Annotated[object, Security(_scheme)] = None) -> Actor:
    """The organiser who asks. Raises 401 with a message."""
    try:
        return bearer(request.headers, house(request).keys)
    except NotAllowed as error:
        raise HTTPException(401, str(error), {"www-authenticate": "Bearer"}) from error


Organiser = Annotated[Actor, Depends(organiser)]
Place = Annotated[House, Depends(house)]


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of a route, for its documentation."""
    return {status: {"model": Problem, "description": ERRORS[status]} for status in statuses}


class ApiRoute(APIRoute):
    """A route whose errors are `{"error": "sentence"}`, whatever raised them."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                return JSONResponse({"error": in_words(error)}, _status(error))
            except HTTPException as error:
                return JSONResponse({"error": str(error.detail)}, error.status_code, error.headers)
            except ArenaError as error:
                return JSONResponse({"error": str(error)}, status_of(error))

        return answer


def part(tag: str) -> APIRouter:
    """A router for one part of the API; every route of it asks for the organiser's token."""
    return APIRouter(route_class=ApiRoute, tags=[tag], dependencies=[Depends(organiser)])


def in_words(error: RequestValidationError) -> str:
    """The problems of a request in one sentence."""
    problems = []
    for problem in error.errors()[:MOST_PROBLEMS]:
        where = ".".join(str(step) for step in problem["loc"] if step != "body")
        problems.append(f"{where or 'the body'}: {str(problem['msg'])[:1].lower()}{str(problem['msg'])[1:]}")
    return f"Please check {'; '.join(problems)}."


def _status(error: RequestValidationError) -> int:
    return 400 if any(problem["type"] == "json_invalid" for problem in error.errors()) else 422
