"""What lies on the finalists' desks: drafts and the shelf of their own prompts."""

import json

from sqlalchemy import Connection, select

from server.domain.commands import Draft
from server.store.codec import decode_draft, encode_draft
from server.store.tables import DraftRow, ShelfRow
from server.store.upsert import upsert

_drafts = DraftRow.__table__  # type: ignore[attr-defined]
_shelves = ShelfRow.__table__  # type: ignore[attr-defined]


def put_draft(connection: Connection, event: str, round_: str, finalist: str, draft: Draft, at_ms: int) -> None:
    """Write a finalist's draft of a round."""
    row = {"event": event, "round": round_, "finalist": finalist, "draft": encode_draft(draft), "at_ms": at_ms}
    upsert(connection, DraftRow, [row])


def drafts(connection: Connection, event: str, round_: str) -> dict[str, Draft]:
    """Finalist → draft of a round."""
    query = select(_drafts.c.finalist, _drafts.c.draft).where(_drafts.c.event == event, _drafts.c.round == round_)
    return {finalist: decode_draft(draft) for finalist, draft in connection.execute(query)}


def put_shelf(connection: Connection, event: str, finalist: str, prompts: tuple[str, ...], at_ms: int) -> None:
    """Write a finalist's own prompts."""
    row = {"event": event, "finalist": finalist, "prompts": json.dumps(prompts), "at_ms": at_ms}
    upsert(connection, ShelfRow, [row])


def shelves(connection: Connection, event: str) -> dict[str, tuple[str, ...]]:
    """Finalist → own prompts."""
    query = select(_shelves.c.finalist, _shelves.c.prompts).where(_shelves.c.event == event)
    return {finalist: tuple(json.loads(prompts)) for finalist, prompts in connection.execute(query)}
