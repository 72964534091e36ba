"""What players were told, held against what the show counted: nothing that was acknowledged may be missing."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from server.players.sightings import Sightings


@dataclass(frozen=True, slots=True)
class RoundAccount:
    """One round. `receipts`: phones with a receipt; `lost`: acknowledged ballots that the count does not have for
    the finalist they chose. `attempts` and `cards`: acknowledged ones, and how many of them are missing or differ.
    """

    key: str
    receipts: int
    counted: int
    lost: int
    attempts: int
    attempts_lost: int
    cards: int
    cards_lost: int

    @property
    def losses(self) -> int:
        """Everything acknowledged that is missing."""
        return self.lost + self.attempts_lost + self.cards_lost


def account(bundle: Mapping[str, Any], seen: Sightings) -> tuple[RoundAccount, ...]:
    """One account for every round of the results in which players took part."""
    accounts = (_round(round_, seen) for round_ in bundle["rounds"])
    return tuple(a for a in accounts if a.receipts or a.attempts or a.cards)


def _round(round_: Mapping[str, Any], seen: Sightings) -> RoundAccount:
    key = round_["key"]
    choices = [choice for (where, _), choice in seen.receipts.items() if where == key]
    unsure = sum(where == key for where, _ in seen.unsure)
    made = {attempt["id"] for attempt in round_["attempts"]}
    attempts = [attempt for attempt, where in seen.attempts.items() if where == key]
    return RoundAccount(
        key=key,
        receipts=len(choices),
        counted=round_["ballots"]["counted"],
        lost=max(0, _lost(choices, round_["ballots"]) - unsure),
        attempts=len(attempts),
        attempts_lost=sum(attempt not in made for attempt in attempts),
        cards=sum(where == key for where, _ in seen.sent),
        cards_lost=_cards_lost(round_, seen),
    )


def _lost(choices: list[Any], ballots: Mapping[str, Any]) -> int:
    """Favourites are compared by finalist, stars by finalist and number; other voters only add."""
    expected: Counter[Any] = Counter()
    for choice in choices:
        expected.update([choice] if isinstance(choice, str) else choice)
    counted: Counter[Any] = Counter(ballots["favourites"])
    for finalist, given in ballots["stars"].items():
        counted.update({(finalist, int(star)): number for star, number in given.items()})
    return (expected - counted).total()


def _cards_lost(round_: Mapping[str, Any], seen: Sightings) -> int:
    counted = {(card["expert"], card["finalist"]): card["marks"] for card in round_["scorecards"]}
    return sum(
        not _same(counted.get((expert, finalist), {}), marks)
        for (where, expert, finalist), marks in seen.cards.items()
        if where == round_["key"] and (where, expert) in seen.sent
    )


def _same(counted: Mapping[str, str], given: Mapping[str, str]) -> bool:
    return {key: Fraction(mark) for key, mark in counted.items()} == {k: Fraction(m) for k, m in given.items()}
