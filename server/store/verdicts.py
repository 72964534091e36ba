"""Requests to LLM judges and their replies, kept word for word."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from server.store.tables import JudgeRequestRow

_table = JudgeRequestRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class JudgeExchange:
    """One request and its reply; `sha256` is over both."""

    round: str
    judge: str
    rejudging: bool
    request: str
    reply: str
    sha256: str
    at_ms: int


_COLUMNS = ("round", "judge", "rejudging", "request", "reply", "sha256", "at_ms")


def put(connection: Connection, event: str, exchanges: Sequence[JudgeExchange]) -> None:
    """Keep exchanges."""
    rows = [{"event": event} | {name: getattr(x, name) for name in _COLUMNS} for x in exchanges]
    if rows:
        connection.execute(insert(_table), rows)


def of_event(connection: Connection, event: str) -> list[JudgeExchange]:
    """All exchanges of an event, in the order they were made."""
    query = select(*(_table.c[name] for name in _COLUMNS)).where(_table.c.event == event).order_by(_table.c.id)
    return [JudgeExchange(*row) for row in connection.execute(query)]
