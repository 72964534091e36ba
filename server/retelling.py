"""A journal read from a file instead of the database: folded again, to see whether it tells the same story."""

from collections.abc import Sequence

from server.domain.chain import JournalEntry
from server.domain.events import EventConfigured
from server.domain.evolve import fold, initial
from server.domain.record import Show
from server.results import show_of
from server.store.journal import happenings


def retold(journal: Sequence[JournalEntry]) -> Show:
    """The show as its journal tells it; for `domain.verify`.

    Raises ValueError when the journal does not begin with the event's make-up, KeyError or ValueError for entries
    that this version cannot read.
    """
    told = happenings(journal)
    if not told or not isinstance(told[0][1], EventConfigured):
        raise ValueError("it does not begin with the make-up of the event")
    return show_of(fold(initial(told[0][1].event), told), journal)
