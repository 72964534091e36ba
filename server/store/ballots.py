"""Ballots: many per commit, one row per voter and round, and the tally as a query."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from server.domain.marks import Tally
from server.domain.rules import AudienceMethod
from server.store.codec import adapter
from server.store.tables import BallotRow
from server.store.upsert import upsert

_table = BallotRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Ballot:
    """A vote as it is stored; `choice` is a finalist, or JSON of finalist → stars for every entry."""

    event: str
    round: str
    voter: str
    choice: str
    at_ms: int


def put(connection: Connection, ballots: Sequence[Ballot]) -> None:
    """Write ballots; a voter's later one replaces the earlier. Within the batch the last one wins."""
    latest = {(b.event, b.round, b.voter): b for b in ballots}
    rows = [
        {"event": b.event, "round": b.round, "voter": b.voter, "choice": b.choice, "at_ms": b.at_ms}
        for b in latest.values()
    ]
    if rows:
        upsert(connection, BallotRow, rows)


def choices(connection: Connection, event: str, round_: str) -> dict[str, str]:
    """Voter → choice, for a server that starts in the middle of a round."""
    query = select(_table.c.voter, _table.c.choice).where(_table.c.event == event, _table.c.round == round_)
    return {row.voter: row.choice for row in connection.execute(query)}


def tally(connection: Connection, event: str, round_: str, method: AudienceMethod, entered: Sequence[str]) -> Tally:
    """The audience's ballots of a round, counted. A ballot for somebody without an entry is discarded."""
    if method is AudienceMethod.STARS:
        return _tally_stars(connection, event, round_, entered)
    query = (
        select(_table.c.choice, func.count())
        .where(_table.c.event == event, _table.c.round == round_)
        .group_by(_table.c.choice)
    )
    votes = {row[0]: row[1] for row in connection.execute(query)}
    favourites = {finalist: votes.get(finalist, 0) for finalist in entered}
    counted = sum(favourites.values())
    return Tally(counted=counted, discarded=sum(votes.values()) - counted, favourites=favourites)


def _tally_stars(connection: Connection, event: str, round_: str, entered: Sequence[str]) -> Tally:
    query = select(_table.c.choice).where(_table.c.event == event, _table.c.round == round_)
    stars: dict[str, Counter[int]] = {finalist: Counter() for finalist in entered}
    counted = discarded = 0
    for choice in connection.scalars(query):
        given: dict[str, int] = adapter(dict[str, int]).validate_json(choice)
        if set(given) != set(entered):
            discarded += 1
            continue
        counted += 1
        for finalist, number in given.items():
            stars[finalist][number] += 1
    return Tally(counted=counted, discarded=discarded, stars={f: dict(c) for f, c in stars.items()})
