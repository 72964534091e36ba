"""What moved one rater's marks: the length of entries, their look and language, and the place they were shown in."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np

from models.judging.audit.effects import (
    LEAST_ROUNDS,
    Effect,
    Entry,
    Finding,
    by_round,
    finding,
    found,
    marks_of,
    missing,
    numbered,
    plural,
    telling,
    too_few,
)
from models.judging.audit.records import AuditRecord
from models.judging.audit.within import Estimate, Floats, Groups, effect, place_effects, rank_correlation

LENGTH_UNIT = 100
LEAST_EACH = 5


@dataclass(frozen=True, slots=True)
class LengthEffect:
    """`effect` is marks per 100 characters; `points` are (characters, marks) above the round's mean, for a picture."""

    effect: Effect
    rank_correlation: Estimate | None
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class TraitEffect:
    """`effect` is marks with the trait less without it; the same for answers of equal length beside it.

    `entries_with` counts the entries of the whole event that have the trait.
    """

    trait: str
    effect: Effect
    at_equal_length: Estimate | None
    entries_with: int


@dataclass(frozen=True, slots=True)
class PositionEffect:
    """`effect` is marks per place later; `places` holds each place, from 1, with its marks above the mean place.

    `spread` is the highest less the lowest mark between the orders of an entry, mean over entries.
    """

    effect: Effect
    places: tuple[tuple[int, Estimate], ...]
    spread: float | None


def length_effect(rater: str, entries: Sequence[Entry]) -> LengthEffect:
    """Does a longer entry get more?"""
    told = telling(entries, lambda entry: len(entry.text))
    if reason := missing(told, "of different lengths"):
        return LengthEffect(too_few(rater, told, reason), None, ())
    groups, lengths, marks = by_round(told), _lengths(told), marks_of(told)
    pairs = zip(LENGTH_UNIT * groups.centred(lengths), groups.centred(marks), strict=True)
    return LengthEffect(
        found(rater, told, effect(lengths, marks, groups)),
        rank_correlation(lengths, marks, groups),
        tuple((float(characters), float(mark)) for characters, mark in pairs),
    )


def trait_effect(rater: str, trait: str, entries: Sequence[Entry], having: Set[str]) -> TraitEffect:
    """Does an entry with this trait get more? `having` holds the texts that have it."""
    told = telling(entries, lambda entry: entry.text in having)
    shown = np.array([float(entry.text in having) for entry in told])
    count = sum(entry.text in having for entry in entries)
    if reason := missing(told, "both with and without it") or _lopsided(shown):
        return TraitEffect(trait, too_few(rater, told, reason), None, count)
    groups, marks = by_round(told), marks_of(told)
    at_equal_length = effect(shown, marks, groups, _lengths(told)[:, None])
    return TraitEffect(trait, found(rater, told, effect(shown, marks, groups)), at_equal_length, count)


def position_effect(judge: str, records: Sequence[AuditRecord]) -> PositionEffect:
    """Does the place in which an entry is shown move its mark? Each entry is compared with itself over its orders."""
    by_entry: dict[tuple[str, str], list[AuditRecord]] = {}
    for one in records:
        if one.position is not None:
            by_entry.setdefault((one.round, one.entry), []).append(one)
    moved = [own for own in by_entry.values() if len({one.position for one in own}) > 1]
    rounds = len({own[0].round for own in moved})
    if rounds < LEAST_ROUNDS:
        reason = f"{plural(rounds, 'round')} with entries shown in two places or more; {LEAST_ROUNDS} are needed"
        return PositionEffect(Effect(judge, Finding.TOO_FEW, None, rounds, len(moved), reason), (), None)
    told = [one for own in moved for one in own]
    groups = Groups(numbered([(one.round, one.entry) for one in told]), numbered([one.round for one in told]))
    shown, place = np.unique([one.position or 0 for one in told], return_inverse=True)
    marks = np.array([float(one.mark) for one in told])
    later = effect(shown[place].astype(float), marks, groups)
    spreads = [max(marks) - min(marks) for marks in ([float(one.mark) for one in own] for own in moved)]
    return PositionEffect(
        Effect(judge, finding(later), later, rounds, len(moved)),
        tuple(zip(map(int, shown), place_effects(place, marks, groups), strict=True)),
        sum(spreads) / len(spreads),
    )


def _lopsided(shown: Floats) -> str | None:
    least = int(min(shown.sum(), len(shown) - shown.sum()))
    if least >= LEAST_EACH:
        return None
    return f"{plural(least, 'entry', 'entries')} on one side of the comparison; {LEAST_EACH} are needed"


def _lengths(entries: Sequence[Entry]) -> Floats:
    return np.array([len(entry.text) / LENGTH_UNIT for entry in entries])
