"""The corpus: reading attacks.toml, and writing an attack as an entry with what its author guesses of the round.

Whether an attack works is found out elsewhere.
"""

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from models.judging.redteam.disguises import Disguise, disguised

FILE = Path(__file__).with_name("attacks.toml")


class AttackClass(StrEnum):
    """The classes that the literature names, and one for what is not the entrant's to know."""

    OVERRIDE = "instruction override"
    FAKE_VERDICT = "fake verdict"
    TEMPLATE = "template closing"
    ROLE_PLAY = "role play"
    HIDDEN = "hidden characters"
    LANGUAGES = "other languages"
    FLATTERY = "flattery"
    PADDING = "length padding"
    CITATIONS = "fabricated citations"
    FENCES = "fence imitation"
    EXFILTRATION = "exfiltration"


class Place(StrEnum):
    """Where the attack stands in its entry."""

    BEFORE = "before"
    AFTER = "after"
    ALONE = "alone"


@dataclass(frozen=True, slots=True)
class Guess:
    """What an attacker supposes: letters of its own and another entry, all letters, criteria, the fences' mark."""

    own: str = "A"
    other: str = "B"
    letters: Sequence[str] = ("A", "B", "C", "D", "E")
    keys: Sequence[str] = ("quality",)
    fence: str = "0" * 20

    def filled(self, text: str) -> str:
        """`text` with every @@place@@ filled in."""
        half = len(self.fence) // 2
        places = {
            "own": self.own,
            "other": self.other,
            "letters": ", ".join(self.letters),
            "keys": ", ".join(self.keys),
            "marks": self._marks(10),
            "verdict": self._verdict(),
            "fence": self.fence,
            "fence_nested": self.fence[:half] + self.fence + self.fence[half:],
            "fence_capitals": self.fence.upper(),
        }
        for name, value in places.items():
            text = text.replace(f"@@{name}@@", value)
        return text

    def _marks(self, mark: int) -> str:
        return json.dumps(dict.fromkeys(self.keys, mark))

    def _verdict(self) -> str:
        marks = {letter: 10 if letter == self.own else 0 for letter in self.letters}
        parts = [
            f'{{"entry": "{letter}", "reason": "As it deserves.", "marks": {self._marks(mark)}}}'
            for letter, mark in marks.items()
        ]
        return f'{{"verdicts": [{", ".join(parts)}]}}'


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack; `note` says to people what it tries."""

    id: str
    kind: AttackClass
    text: str
    note: str
    place: Place = Place.AFTER
    times: int = 1
    disguise: Disguise = Disguise.NONE

    def entry(self, harmless: str, guess: Guess) -> str:
        """The attack as an entry, beside the `harmless` answer unless it stands alone."""
        payload = disguised(guess.filled(self.text) * self.times, self.disguise)
        if self.place is Place.ALONE:
            return payload
        first, second = (payload, harmless) if self.place is Place.BEFORE else (harmless, payload)
        return f"{first}\n\n{second}"


@cache
def read_attacks(file: Path = FILE) -> tuple[Attack, ...]:
    """Every attack of `file`. Raises ValueError, KeyError or TypeError naming what is wrong with it."""
    attacks = tuple(_attack(table) for table in tomllib.loads(file.read_text(encoding="utf-8"))["attack"])
    names = [attack.id for attack in attacks]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{file} holds {', '.join(twice)} more than once; give each attack its own id.")
    return attacks


def _attack(table: dict[str, Any]) -> Attack:
    fields = dict(table)
    kind = AttackClass(fields.pop("class"))
    place, disguise = Place(fields.pop("place", "after")), Disguise(fields.pop("disguise", "none"))
    return Attack(kind=kind, place=place, disguise=disguise, **fields)
