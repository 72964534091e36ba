"""The space of settings to search: for each setting the values to try, or a range to draw from. Pure.

How a space is written in a file and what may be in it is `space_file`'s and `space_checks`' matter.
"""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

SHUFFLED_WHOLE = 100_000  # combinations; more are drawn one by one


@dataclass(frozen=True, slots=True)
class Values:
    """A setting and the values to try, each as `TuningSettings` holds it."""

    name: str
    values: tuple[Any, ...]

    def labels(self) -> tuple[Any, ...]:
        """The values as a search stores them: lists of names as one text."""
        return tuple(",".join(value) if isinstance(value, tuple) else value for value in self.values)

    def at(self, stored: Any) -> Any:
        """The value that was stored."""
        return self.values[self.labels().index(stored)]


@dataclass(frozen=True, slots=True)
class Range:
    """A setting and the ends of a range, both included; evenly drawn on a logarithmic scale with `log`."""

    name: str
    low: float
    high: float
    log: bool = False
    whole: bool = False

    def at(self, stored: Any) -> Any:
        """The value that was stored."""
        return stored


Dimension = Values | Range


@dataclass(frozen=True, slots=True)
class Space:
    """What to search, by setting, in the order of the file."""

    dimensions: tuple[Dimension, ...]

    @property
    def size(self) -> int | None:
        """How many combinations there are; None where a range makes them endless."""
        if not all(isinstance(one, Values) for one in self.dimensions):
            return None
        return math.prod(len(one.values) for one in self.dimensions if isinstance(one, Values))

    def changes(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        """Stored parameters as changes to settings."""
        return {one.name: one.at(stored[one.name]) for one in self.dimensions}

    def combination(self, number: int) -> dict[str, Any]:
        """The combination of that number, from 0 to size - 1, as it is stored."""
        chosen: dict[str, Any] = {}
        for one in reversed(self.dimensions):
            assert isinstance(one, Values)
            number, place = divmod(number, len(one.values))
            chosen[one.name] = one.labels()[place]
        return dict(reversed(chosen.items()))

    def distributions(self) -> dict[str, Any]:
        """The dimensions as Optuna knows them."""
        from optuna import distributions

        def of(one: Dimension) -> Any:
            if isinstance(one, Values):
                return distributions.CategoricalDistribution(one.labels())
            if one.whole:
                return distributions.IntDistribution(int(one.low), int(one.high), log=one.log)
            return distributions.FloatDistribution(one.low, one.high, log=one.log)

        return {one.name: of(one) for one in self.dimensions}


def in_random_order(size: int, seed: int) -> Iterator[int]:
    """The numbers below `size`, each once, in an order that the seed alone decides."""
    rng = random.Random(seed)
    if size <= SHUFFLED_WHOLE:
        numbers = list(range(size))
        rng.shuffle(numbers)
        yield from numbers
        return
    seen: set[int] = set()
    while len(seen) < size:
        number = rng.randrange(size)
        if number not in seen:
            seen.add(number)
            yield number


def product(choices: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Every combination of a few choices."""

    def extended(made: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
        return [{**one, name: value} for one in made for value in choices[name]]

    return reduce(extended, choices, [{}])
