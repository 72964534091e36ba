"""One place in a JSON file and its path, so that every complaint about the file says where.

For files from strangers: each question about a value either answers with the right type or raises
Malformed; sizes are bounded; nothing else can go wrong.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import TypeVar

from server.domain.bundle_text import parse_fraction
from server.domain.mark_parsing import MarkRefused, shown

MOST_ITEMS = 10_000
MOST_CHARACTERS = 1_000_000
MOST_WHOLE = 2**53
MOST_FRACTION_CHARACTERS = 40

Choice = TypeVar("Choice", bound=Enum)
Number = TypeVar("Number", Fraction, int)


class Malformed(ValueError):
    """The file is not what its format says; the message names the path, what was expected and what is there."""


@dataclass(frozen=True, slots=True)
class Field:
    """A value of the file, with the path that leads to it."""

    value: object
    path: str = ""

    def of(self, key: str) -> "Field":
        """The member `key` of this object."""
        members = self._mapping()
        if key not in members:
            raise Malformed(f"{self._under(key)}: missing")
        return Field(members[key], self._under(key))

    def of_or(self, key: str, default: object) -> "Field":
        """The member `key`, or `default` where the file has none (fields that were added to the format)."""
        return Field(self._mapping().get(key, default), self._under(key))

    def items(self, at_most: int = MOST_ITEMS) -> list["Field"]:
        """The items of this list."""
        if not isinstance(self.value, list):
            raise self.not_a("a list")
        if len(self.value) > at_most:
            raise Malformed(f"{self.path}: a list of {len(self.value)}, more than {at_most} are not read")
        return [Field(item, f"{self.path}[{index}]") for index, item in enumerate(self.value)]

    def members(self) -> list[tuple[str, "Field"]]:
        """The members of this object, as (key, value)."""
        members = self._mapping()
        if len(members) > MOST_ITEMS:
            raise Malformed(f"{self.path}: {len(members)} members, more than {MOST_ITEMS} are not read")
        return [(str(key), Field(value, f"{self.path}[{shown(key)}]")) for key, value in members.items()]

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.not_a("a text")
        if len(self.value) > MOST_CHARACTERS:
            raise Malformed(f"{self.path}: a text of {len(self.value)} characters is too long to read")
        return self.value

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.not_a("true or false")
        return self.value

    def whole(self, lowest: int = 0, highest: int = MOST_WHOLE) -> int:
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise self.not_a(f"a whole number from {lowest} to {highest}")
        if not lowest <= self.value <= highest:
            raise self.not_a(f"a whole number from {lowest} to {highest}")
        return self.value

    def number(self) -> float:
        """A finite number, as settings of an attempt are."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise self.not_a("a number")
        if not math.isfinite(self.value) if isinstance(self.value, float) else abs(self.value) > MOST_WHOLE:
            raise self.not_a("a finite number")
        return float(self.value)

    def fraction(self) -> Fraction:
        """A fraction of 0 or more, written "a/b" or "a"; short, for a sum of many long ones takes minutes."""
        try:
            parsed = self.signed_fraction()
        except Malformed:
            parsed = Fraction(-1)
        if parsed < 0:
            raise self.not_a('a fraction of 0 or more as "a/b" or "a"')
        return parsed

    def signed_fraction(self) -> Fraction:
        """A fraction of either sign, written "a/b" or "a"."""
        parsed = None
        if isinstance(self.value, str) and len(self.value) <= MOST_FRACTION_CHARACTERS:
            parsed = parse_fraction(self.value)
        if parsed is None:
            raise self.not_a('a fraction as "a/b" or "a"')
        return parsed

    def mark(self, parse: Callable[[object], Number]) -> Number:
        """A mark read by one of `mark_parsing`'s functions."""
        try:
            return parse(self.value)
        except MarkRefused as error:
            raise Malformed(f"{self.path}: {error}") from None

    def one_of(self, choices: type[Choice]) -> Choice:
        """A member of an enumeration of texts."""
        known = {choice.value: choice for choice in choices}
        text = self.text()
        if text not in known:
            raise self.not_a(" or ".join(known))
        return known[text]

    def not_a(self, expected: str) -> Malformed:
        """The error for a value that is not what is expected here."""
        return Malformed(f"{self.path}: expected {expected}, the file has {shown(self.value)}")

    def _mapping(self) -> Mapping[object, object]:
        if not isinstance(self.value, Mapping):
            raise self.not_a("an object") if self.path else Malformed("The file is no JSON object.")
        return self.value

    def _under(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key
