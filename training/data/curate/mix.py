"""Several sets into one, in the proportions of their weights."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from training.data.curate.outcome import Outcome, Removed
from training.data.errors import DataError
from training.data.rows import Scalar, Step, TrainingRow


@dataclass(frozen=True, slots=True)
class Ingredient:
    """One set and how much of the mixture it should be, relative to the other weights."""

    name: str
    rows: Sequence[TrainingRow]
    weight: Fraction


def mix(ingredients: Sequence[Ingredient], seed: int, total: int | None = None) -> Outcome:
    """A shuffled mixture of `total` rows, by default as many as the weights allow; no row is taken twice.

    Raises DataError where a set has fewer rows than its weight asks for: nothing is repeated to fill up.
    """
    _check(ingredients)
    counts = _counts(ingredients, total)
    rng = random.Random(seed)
    mixed: list[TrainingRow] = []
    removed: list[Removed] = []
    for ingredient, count in zip(ingredients, counts, strict=True):
        chosen = set(rng.sample(range(len(ingredient.rows)), count))
        step = _step(ingredient, count, seed)
        mixed += [row.with_step(step) for place, row in enumerate(ingredient.rows) if place in chosen]
        removed += [
            Removed(row, f"not drawn from {ingredient.name}")
            for place, row in enumerate(ingredient.rows)
            if place not in chosen
        ]
    rng.shuffle(mixed)
    settings = {"seed": seed, "before": len(mixed) + len(removed), "after": len(mixed)}
    return Outcome(mixed, removed, Step("mix", settings), tuple(_notes(ingredients, counts, mixed)))


def _check(ingredients: Sequence[Ingredient]) -> None:
    for one in ingredients:
        if one.weight <= 0:
            raise DataError(f"The weight of {one.name} must be above 0, not {one.weight}. Leave the set out instead.")
        if not one.rows:
            raise DataError(f"{one.name} holds no row. Leave the set out instead.")
    if len(ingredients) < 2:
        raise DataError("A mixture needs two sets at least.")


def _counts(ingredients: Sequence[Ingredient], total: int | None) -> list[int]:
    """Rows of each set, by the largest remainder; what every set can give when no total is asked for."""
    weights = sum(one.weight for one in ingredients)
    if total is not None and total < 1:
        raise DataError(f"A mixture has 1 row at least, not {total}.")
    possible = min(int(len(one.rows) * weights / one.weight) for one in ingredients)
    wanted = possible if total is None else total
    exact = [wanted * one.weight / weights for one in ingredients]
    counts = [int(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda place: (counts[place] - exact[place], place))
    for place in by_remainder[: wanted - sum(counts)]:
        counts[place] += 1
    for one, count in zip(ingredients, counts, strict=True):
        if count > len(one.rows):
            raise DataError(
                f"{wanted:,} rows in these proportions need {count:,} of {one.name}, which has {len(one.rows):,}. "
                f"Ask for at most {possible:,} rows, or change the weights."
            )
    return counts


def _step(one: Ingredient, count: int, seed: int) -> Step:
    settings: dict[str, Scalar] = {"set": one.name, "weight": str(one.weight), "seed": seed}
    return Step("mix", {**settings, "before": len(one.rows), "after": count})


def _notes(ingredients: Sequence[Ingredient], counts: list[int], mixed: list[TrainingRow]) -> list[str]:
    notes = [
        f"{one.name}: {count:,} of {len(one.rows):,} rows ({count / len(mixed):.0%} of the mixture)"
        for one, count in zip(ingredients, counts, strict=True)
    ]
    twice = len(mixed) - len({row.id for row in mixed})
    return [*notes, f"{twice:,} rows are there more than once, from several sets"] if twice else notes
