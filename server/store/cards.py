"""Scorecards, and whether they were sent."""

from sqlalchemy import Connection, select

from server.domain.marks import Scorecard
from server.store.codec import decode_marks, encode_marks
from server.store.tables import CardRow, SentRow
from server.store.upsert import upsert

_cards = CardRow.__table__  # type: ignore[attr-defined]
_sent = SentRow.__table__  # type: ignore[attr-defined]


def put(connection: Connection, event: str, round_: str, card: Scorecard, at_ms: int) -> None:
    """Write one expert's card for one entry, replacing an earlier one."""
    row = {"event": event, "round": round_, "expert": card.expert, "finalist": card.finalist}
    row |= {"marks": encode_marks(card.marks), "note": card.note}
    upsert(connection, CardRow, [row | {"at_ms": at_ms}])


def mark_sent(connection: Connection, event: str, round_: str, expert: str, sent: bool, at_ms: int) -> None:
    """Note that an expert has sent (or taken back) the scorecard of a round."""
    row = {"event": event, "round": round_, "expert": expert, "sent": sent, "at_ms": at_ms}
    upsert(connection, SentRow, [row])


def of_round(connection: Connection, event: str, round_: str) -> tuple[Scorecard, ...]:
    """All cards of a round, sent or not, in a fixed order."""
    query = (
        select(_cards.c.expert, _cards.c.finalist, _cards.c.marks, _cards.c.note)
        .where(_cards.c.event == event, _cards.c.round == round_)
        .order_by(_cards.c.expert, _cards.c.finalist)
    )
    rows = connection.execute(query)
    return tuple(Scorecard(expert, finalist, decode_marks(marks), note) for expert, finalist, marks, note in rows)


def sent_by(connection: Connection, event: str, round_: str) -> frozenset[str]:
    """Experts whose scorecard of the round is sent."""
    query = select(_sent.c.expert).where(_sent.c.event == event, _sent.c.round == round_, _sent.c.sent)
    return frozenset(connection.scalars(query))
