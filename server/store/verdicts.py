"""Requests to LLM judges and their replies, kept word for word."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert, select

from server.arena.archive import Exchange
from server.store.tables import JudgeRequestRow

_table = JudgeRequestRow.__table__  # type: ignore[attr-defined]
_PLAIN = ("round", "judge", "rejudging", "request", "reply", "sha256", "ms", "error")


def put(connection: Connection, event: str, exchanges: Sequence[Exchange], at_ms: int) -> None:
    """Keep exchanges."""
    rows = [_row(one) | {"event": event, "at_ms": at_ms} for one in exchanges]
    if rows:
        connection.execute(insert(_table), rows)


def _row(exchange: Exchange) -> dict[str, Any]:
    return {name: getattr(exchange, name) for name in _PLAIN} | {"shown": json.dumps(exchange.order)}


def of_event(connection: Connection, event: str, round_: str | None = None) -> list[Exchange]:
    """All exchanges of an event, or of one of its rounds, in the order they were made."""
    query = select(*(_table.c[name] for name in (*_PLAIN, "shown", "at_ms"))).where(_table.c.event == event)
    if round_ is not None:
        query = query.where(_table.c.round == round_)
    return [_exchange(row._mapping) for row in connection.execute(query.order_by(_table.c.id))]


def _exchange(row: Any) -> Exchange:
    plain = {name: row[name] for name in _PLAIN}
    return Exchange(**plain, order=tuple(json.loads(row["shown"])), at_ms=row["at_ms"])
