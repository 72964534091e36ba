"""The store of one event, as the arena sees it. Reading happens at start-up; writing goes through the one writer."""

from collections.abc import Sequence

from sqlalchemy import Connection

from server.arena.archive import Desk, Exchange, Vote
from server.domain.chain import JournalEntry
from server.domain.commands import Draft
from server.domain.events import Happening
from server.domain.evolve import fold, initial
from server.domain.marks import Scorecard, Tally
from server.domain.rules import AudienceMethod
from server.domain.state import EventState
from server.store import ballots, cards, desks, events, journal, verdicts
from server.store.errors import StoreError
from server.store.writer import Writer


class EventArchive:
    """Implements `server.arena.archive.Archive` on the database."""

    def __init__(self, writer: Writer, event: str) -> None:
        self._writer, self._event = writer, event
        self._tip = journal.tip_of(())

    def load(self) -> tuple[EventState, int]:
        """See Archive. Raises StoreError if the event is not there or its journal cannot be read."""
        stored, entries = self._writer.do_now(self._read)
        self._tip = journal.tip_of(entries)
        try:
            state = fold(initial(stored.event), journal.happenings(entries))
        except (KeyError, ValueError) as error:
            raise StoreError(f"The journal of {self._event} cannot be read by this version: {error}.") from error
        latest = entries[-1].at_ms if entries else 0
        return state, max(stored.alive_at, latest)

    def _read(self, connection: Connection) -> tuple[events.Stored, list[JournalEntry]]:
        stored = events.load(connection, self._event)
        if stored is None:
            raise StoreError(f"There is no event {self._event!r} in this database. `finale event list` shows them.")
        return stored, journal.read(connection, self._event)

    def entries(self, after: int = 0) -> list[JournalEntry]:
        """The journal, for results and the feed."""
        return self._writer.do_now(lambda connection: journal.read(connection, self._event, after))

    def exchanges(self, round_: str | None = None) -> list[Exchange]:
        """Everything that was asked of LLM judges and what they replied; of one round only, if one is named."""
        return self._writer.do_now(lambda connection: verdicts.of_event(connection, self._event, round_))

    def desk(self, round_: str) -> Desk:
        """See Archive."""
        return self._writer.do_now(lambda connection: self._lay(connection, round_))

    def _lay(self, connection: Connection, round_: str) -> Desk:
        event = self._event
        return Desk(
            drafts=desks.drafts(connection, event, round_),
            shelves=desks.shelves(connection, event),
            cards=cards.of_round(connection, event, round_),
            sent=cards.sent_by(connection, event, round_),
            choices=ballots.choices(connection, event, round_),
        )

    async def append(self, happened: Sequence[tuple[int, Happening]]) -> None:
        """See Archive."""
        entries = journal.chained(self._tip, happened)
        await self._writer.do(lambda connection: journal.append(connection, self._event, entries))
        self._tip = journal.tip_of(entries)

    async def put_votes(self, votes: Sequence[Vote]) -> None:
        """See Archive."""
        rows = [ballots.Ballot(self._event, v.round, v.voter, v.choice, v.at_ms) for v in votes]
        await self._writer.do(lambda connection: ballots.put(connection, rows))

    async def put_draft(self, round_: str, finalist: str, draft: Draft, at: int) -> None:
        """See Archive."""
        await self._writer.do(lambda c: desks.put_draft(c, self._event, round_, finalist, draft, at))

    async def put_shelf(self, finalist: str, prompts: tuple[str, ...], at: int) -> None:
        """See Archive."""
        await self._writer.do(lambda c: desks.put_shelf(c, self._event, finalist, prompts, at))

    async def put_card(self, round_: str, card: Scorecard, at: int) -> None:
        """See Archive."""
        await self._writer.do(lambda c: cards.put(c, self._event, round_, card, at))

    async def mark_sent(self, round_: str, expert: str, sent: bool, at: int) -> None:
        """See Archive."""
        await self._writer.do(lambda c: cards.mark_sent(c, self._event, round_, expert, sent, at))

    async def put_exchanges(self, exchanges: Sequence[Exchange], at: int) -> None:
        """See Archive."""
        await self._writer.do(lambda connection: verdicts.put(connection, self._event, exchanges, at))

    async def collect(
        self, round_: str, method: AudienceMethod, entered: Sequence[str]
    ) -> tuple[Tally, tuple[Scorecard, ...]]:
        """See Archive."""
        return await self._writer.do(lambda c: self._collect(c, round_, method, entered))

    def _collect(
        self, connection: Connection, round_: str, method: AudienceMethod, entered: Sequence[str]
    ) -> tuple[Tally, tuple[Scorecard, ...]]:
        tally = ballots.tally(connection, self._event, round_, method, entered)
        sent = cards.sent_by(connection, self._event, round_)
        found = cards.of_round(connection, self._event, round_)
        return tally, tuple(card for card in found if card.expert in sent and card.finalist in entered)

    async def beat(self, at: int) -> None:
        """See Archive."""
        await self._writer.do(lambda connection: events.beat(connection, self._event, at))
