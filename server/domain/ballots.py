"""Counting ballots, as a pure rule: one voter, one ballot, the last valid one before the close.

The store counts with a query; a test holds the two against each other.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from server.domain.mark_parsing import MOST_STARS
from server.domain.marks import Tally
from server.domain.rules import AudienceMethod


@dataclass(frozen=True, slots=True)
class Ballot:
    """What one phone sent: `choice` is a finalist (favourite) or finalist → 1 to 5 (stars)."""

    voter: str
    choice: str | Mapping[str, int]
    at_ms: int = 0


def count(
    ballots: Iterable[Ballot],
    entered: Collection[str],
    method: AudienceMethod = AudienceMethod.FAVOURITE,
    closes_at_ms: int | None = None,
) -> Tally:
    """The tally of one round, from its ballots in the order they came.

    A ballot at the very millisecond of the close counts; a later one is as if it never came.
    `discarded` counts the voters who sent something but nothing valid, so repeats change nothing.
    """
    voters: set[str] = set()
    valid: dict[str, Ballot] = {}
    for ballot in ballots:
        if closes_at_ms is not None and ballot.at_ms > closes_at_ms:
            continue
        voters.add(ballot.voter)
        if is_valid(ballot, entered, method):
            valid[ballot.voter] = ballot
    return _tally([ballot.choice for ballot in valid.values()], len(voters) - len(valid), entered, method)


def is_valid(ballot: Ballot, entered: Collection[str], method: AudienceMethod) -> bool:
    """Whether the ballot may count: one entry of the round, or one to five stars for each of its entries."""
    choice = ballot.choice
    if isinstance(choice, str):
        return method is AudienceMethod.FAVOURITE and choice in entered
    if method is not AudienceMethod.STARS or choice.keys() != set(entered):
        return False
    return all(type(given) is int and 1 <= given <= MOST_STARS for given in choice.values())


def together(tallies: Iterable[Tally]) -> Tally:
    """The tally of several shards of one round's voters; no voter may be in two of them."""
    counted, discarded = 0, 0
    favourites: dict[str, int] = {}
    stars: dict[str, Counter[int]] = {}
    for tally in tallies:
        counted, discarded = counted + tally.counted, discarded + tally.discarded
        for finalist, votes in tally.favourites.items():
            favourites[finalist] = favourites.get(finalist, 0) + votes
        for finalist, given in tally.stars.items():
            stars.setdefault(finalist, Counter()).update(given)
    return Tally(counted, discarded, favourites, {f: dict(given) for f, given in stars.items()})


def _tally(
    choices: Collection[str | Mapping[str, int]],
    discarded: int,
    entered: Collection[str],
    method: AudienceMethod,
) -> Tally:
    """Every entry has its row, also the one that nobody chose."""
    if method is AudienceMethod.FAVOURITE:
        votes = Counter(choice for choice in choices if isinstance(choice, str))
        return Tally(len(choices), discarded, favourites={finalist: votes[finalist] for finalist in entered})
    stars = {f: Counter(choice[f] for choice in choices if not isinstance(choice, str)) for f in entered}
    return Tally(len(choices), discarded, stars={f: dict(given) for f, given in stars.items()})
