"""Generations of signed links, and seat codes."""

from sqlalchemy import Connection, insert, select, update

from server.store.tables import LinkRow, SeatRow
from server.store.upsert import upsert

_links = LinkRow.__table__  # type: ignore[attr-defined]
_seats = SeatRow.__table__  # type: ignore[attr-defined]


def generations(connection: Connection, event: str) -> dict[tuple[str, str], int]:
    """(role, who) → generation of the link that works."""
    query = select(_links.c.role, _links.c.who, _links.c.generation).where(_links.c.event == event)
    return {(role, who): generation for role, who, generation in connection.execute(query)}


def put_generation(connection: Connection, event: str, role: str, who: str, generation: int, at_ms: int) -> None:
    """Make `generation` the one whose link works."""
    row = {"event": event, "role": role, "who": who, "generation": generation, "at_ms": at_ms}
    upsert(connection, LinkRow, [row])


def add_seats(connection: Connection, event: str, codes: list[str]) -> None:
    """Write unused seat codes."""
    connection.execute(insert(_seats), [{"event": event, "code": code, "phone": None} for code in codes])


def redeem(connection: Connection, event: str, code: str, phone: str, at_ms: int) -> bool:
    """Whether `phone` holds the seat now: the code exists and was unused, or was redeemed by this phone."""
    free = (_seats.c.event == event) & (_seats.c.code == code) & _seats.c.phone.is_(None)
    connection.execute(update(_seats).where(free).values(phone=phone, at_ms=at_ms))
    query = select(_seats.c.phone).where(_seats.c.event == event, _seats.c.code == code)
    return connection.scalar(query) == phone


def seats(connection: Connection, event: str) -> list[tuple[str, bool]]:
    """Every seat code and whether it was redeemed."""
    query = select(_seats.c.code, _seats.c.phone).where(_seats.c.event == event).order_by(_seats.c.code)
    return [(code, phone is not None) for code, phone in connection.execute(query)]
