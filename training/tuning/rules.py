"""What a value of a setting may be: each rule checks a value from Python or TOML and reads one from a command line."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol


class Rule(Protocol):
    """Checks one setting."""

    def says(self) -> str:
        """What is allowed, for people."""

    def checked(self, value: Any) -> Any:
        """The value in its own type. Raises ValueError when it is not allowed."""

    def parsed(self, text: str) -> Any:
        """The value that a text spells, unchecked. Raises ValueError."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number from `low` to `high`, or `off`, which switches the setting off."""

    low: float
    high: float = math.inf
    whole: bool = False
    off: float | None = None

    def says(self) -> str:
        """The range."""
        kind = "a whole number" if self.whole else "a number"
        ends = f"from {self.low:g} to {self.high:g}" if math.isfinite(self.high) else f"of at least {self.low:g}"
        return f"{kind} {ends}" + (f", or {self.off:g}" if self.off is not None else "")

    def checked(self, value: Any) -> Any:
        """The number; a whole float is taken as a whole number."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError
        if value != self.off and not self.low <= value <= self.high:
            raise ValueError
        if self.whole and value != int(value):
            raise ValueError
        return int(value) if self.whole else float(value)

    def parsed(self, text: str) -> Any:
        """A float, which `checked` makes whole where it must be."""
        return float(text)


@dataclass(frozen=True, slots=True)
class Switch:
    """True or false."""

    def says(self) -> str:
        """The two."""
        return "true or false"

    def checked(self, value: Any) -> Any:
        """The switch; numbers do not count as one."""
        if not isinstance(value, bool):
            raise ValueError
        return value

    def parsed(self, text: str) -> Any:
        """True and false in the spellings of command lines and of SageMaker."""
        return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(text.lower(), text)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def says(self) -> str:
        """The words."""
        return "one of " + ", ".join(self.words)

    def checked(self, value: Any) -> Any:
        """The word."""
        if value not in self.words:
            raise ValueError
        return value

    def parsed(self, text: str) -> Any:
        """As it is."""
        return text


@dataclass(frozen=True, slots=True)
class Names:
    """A list of names without repetition."""

    shorthands: Callable[[str], tuple[str, ...] | None]

    def says(self) -> str:
        """The form."""
        return "a list of names, such as q_proj,v_proj (or: attention, all-linear)"

    def checked(self, value: Any) -> Any:
        """The names as a tuple, shorthands spelt out."""
        if isinstance(value, str):
            value = self.shorthands(value) or (value,)
        if not isinstance(value, list | tuple) or not value or not all(isinstance(one, str) and one for one in value):
            raise ValueError
        if len(set(value)) != len(value):
            raise ValueError
        return tuple(value)

    def parsed(self, text: str) -> Any:
        """Names between commas; a JSON-like list in brackets is taken too."""
        names = tuple(part.strip(" \"'") for part in text.strip("[]").split(","))
        return names[0] if len(names) == 1 else names
