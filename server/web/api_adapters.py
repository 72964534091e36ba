"""`/adapters`: the models on the shelf, and handing one in for a finalist."""

from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel, Field

from server.intake import HandedIn
from server.store.named_adapters import named_adapters
from server.web._api import READ, WRITE, Organiser, Place, answers, part
from server.web.handing_in import hand_in, intake_of

router = part("adapters")

FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "A .zip or .tar.gz of the adapter's folder.",
                        }
                    },
                }
            }
        },
    }
}


class Adapter(BaseModel):
    """A model on the shelf."""

    finalist: str
    name: str = Field(description="On the engine: finalist and content hash.", examples=["mei-ling@0123456789ab"])
    sha256: str = Field(description="Of the weights.")
    rank: int
    bytes: int = Field(description="Of the weights.")
    received_ms: int = Field(description="When it was handed in last, epoch milliseconds.")
    file_name: str
    title: str = Field(description="What its card calls it; empty without a card.")
    problem: str = Field(description="Why it cannot be served here; empty if it can.")
    events: list[str] = Field(description="Events that name it; while there are any, it cannot be removed.")


class Taken(Adapter):
    waiting: str = Field(description="Why it is not served yet; empty once it is.")


@router.get("/adapters", response_model=list[Adapter], responses=answers(*READ))
async def list_adapters(place: Place) -> list[dict[str, Any]]:
    """Everything on the shelf, the oldest first; earlier models of a finalist stay there."""
    named = await place.writer.do(named_adapters)
    return [_told(entry, named) for entry in intake_of(place).listed()]


@router.post(
    "/adapters/{finalist}", response_model=Taken, status_code=201, responses=answers(*WRITE), openapi_extra=FORM
)
async def add_adapter(request: Request, finalist: str, place: Place) -> dict[str, Any]:
    """Hand in a model for a finalist of the event that runs, until its first round is opened (409 afterwards).

    The file is checked in quarantine; what is refused leaves nothing behind. The event names the new model at once, and
    the board tries it.
    """
    entry, waiting = await hand_in(request, finalist)
    return _told(entry, await place.writer.do(named_adapters)) | {"waiting": waiting}


@router.delete("/adapters/{name}", status_code=204, response_class=Response, responses=answers(*WRITE))
async def remove_adapter(name: str, organiser: Organiser, place: Place) -> Response:
    """Take a model off the shelf for good; refused while an event names it."""
    await intake_of(place).remove(name, await place.writer.do(named_adapters))
    return Response(status_code=204)


def _told(entry: HandedIn, named: dict[str, list[str]]) -> dict[str, Any]:
    fields = {name: getattr(entry, name) for name in HandedIn.__dataclass_fields__}
    return fields | {"events": named.get(entry.name, [])}
