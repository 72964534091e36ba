"""Domain values to JSON and back, checked: journal entries, made-up events, drafts, marks."""

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import Any, get_args

from pydantic import TypeAdapter

from server.domain.chain import canonical
from server.domain.commands import Draft
from server.domain.event import Event
from server.domain.events import Happening

KINDS: dict[str, type] = {kind.__name__: kind for kind in get_args(Happening)}


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    """Pydantic's checker for a type, made once."""
    return TypeAdapter(kind)


def encode(happening: Happening) -> tuple[str, str]:
    """Kind and canonical JSON payload of a journal entry."""
    kind: Any = type(happening)
    return kind.__name__, canonical(adapter(kind).dump_python(happening, mode="json"))


def decode(kind: str, payload: str) -> Happening:
    """The event of a journal entry. Raises KeyError for a kind this version does not know, ValueError if malformed."""
    happening: Happening = adapter(KINDS[kind]).validate_json(payload)
    return happening


def encode_event(event: Event) -> str:
    """An event's make-up as canonical JSON."""
    return canonical(adapter(Event).dump_python(event, mode="json"))


def decode_event(text: str | bytes) -> Event:
    """An event from JSON. Raises pydantic's ValidationError (a ValueError) naming each wrong field."""
    event: Event = adapter(Event).validate_json(text)
    return event


def encode_draft(draft: Draft) -> str:
    """A draft as canonical JSON."""
    return canonical(adapter(Draft).dump_python(draft, mode="json"))


def decode_draft(text: str) -> Draft:
    """A draft from JSON."""
    draft: Draft = adapter(Draft).validate_json(text)
    return draft


def encode_marks(marks: Mapping[str, Fraction]) -> str:
    """Criterion → fraction as canonical JSON."""
    return canonical({key: str(mark) for key, mark in marks.items()})


def decode_marks(text: str) -> dict[str, Fraction]:
    """Criterion → fraction from JSON."""
    marks: dict[str, Fraction] = adapter(dict[str, Fraction]).validate_json(text)
    return marks
