"""`/acts`: everything the organiser does in a show."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Any

from fastapi import Body
from pydantic import BaseModel, Field

from server.web._api import READ, WRITE, Organiser, Place, answers, part
from server.web.acts import ACTS, command_from

router = part("acts")

EXAMPLES = {
    "open": {"summary": "open-round", "value": {}},
    "extend": {"summary": "extend", "value": {"seconds": 15, "finalist": "arjun", "reason": "keyboard failed"}},
    "correct": {
        "summary": "correct",
        "value": {"finalist": "farah", "component": "llm", "mark": "7.5", "reason": "judge read a cut text"},
    },
    "void": {"summary": "void", "value": {"reason": "the projector failed"}},
}


class Act(BaseModel):
    """One act and the fields it takes."""

    name: str = Field(examples=["extend"])
    says: str = Field(examples=["Give time: to everyone, or to one finalist (then a reason is due)."])
    fields: list[str] = Field(examples=[["seconds", "finalist", "reason"]])


class Decided(BaseModel):
    """What an act led to: kinds of journal entries; empty when it changed nothing."""

    decided: list[str] = Field(examples=[["RoundOpened"]])


@router.get("/acts", response_model=list[Act], responses=answers(*READ))
async def list_acts() -> list[dict[str, Any]]:
    """Every act by name."""
    return [{"name": name, "says": _says(kind), "fields": _fields(kind)} for name, kind in ACTS.items()]


@router.post("/acts/{name}", response_model=Decided, responses=answers(*WRITE))
async def take_act(
    name: str,
    who: Organiser,
    place: Place,
    given: Annotated[Mapping[str, Any] | None, Body(openapi_examples=EXAMPLES)] = None,
) -> dict[str, Any]:
    """Take one act. A repeated or superseded one changes nothing and answers with an empty list."""
    decision = await place.arena.submit(command_from(name, given or {}), who)
    return {"decided": [type(happening).__name__ for happening in decision]}


def _says(kind: type) -> str:
    text = (kind.__doc__ or "").strip()
    return "" if text.startswith(f"{kind.__name__}(") else " ".join(text.split())


def _fields(kind: type) -> list[str]:
    return [field.name for field in fields(kind) if field.name != "drafts"]
