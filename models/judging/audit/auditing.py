"""The audit of an event: every judge and, as a yardstick, the experts, in every respect that is measured."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from models.judging.audit.agreeing import Agreement, Marks, agreement
from models.judging.audit.effects import Entry
from models.judging.audit.moving import (
    LengthEffect,
    PositionEffect,
    TraitEffect,
    length_effect,
    position_effect,
    trait_effect,
)
from models.judging.audit.records import (
    BEYOND,
    EXPERTS,
    AuditRecord,
    ExpertMark,
    checked_experts,
    checked_records,
)
from models.judging.audit.traits import Language, Trait, language, traits

Raters = Mapping[str, list[Entry]]


@dataclass(frozen=True, slots=True)
class Audit:
    """What moved the marks of each judge, of the experts as a yardstick, and of each judge beyond the experts.

    A better entry may well be longer: what moves a judge and not the experts is what cannot be excused. `languages`
    counts entries; `rounds` are in order of appearance.
    """

    judges: tuple[str, ...]
    entries: int
    experts: int
    length: tuple[LengthEffect, ...]
    position: tuple[PositionEffect, ...]
    markdown: tuple[TraitEffect, ...]
    language: tuple[TraitEffect, ...]
    languages: tuple[tuple[Language, int], ...]
    rounds: tuple[Agreement, ...]
    event: Agreement


def audit(records: Iterable[AuditRecord], experts: Iterable[ExpertMark] = ()) -> Audit:
    """Audit the marks of one event. Raises DataRefused for records that contradict each other or are off the scale."""
    given = checked_records(records)
    rounds = list(dict.fromkeys(one.round for one in given))
    # Sorted, so that the same marks give the same intervals in whatever order they come.
    found = sorted(given, key=lambda one: (one.judge, one.round, one.entry, one.order or 0))
    marks = sorted(checked_experts(experts), key=lambda one: (one.expert, one.round, one.entry))
    judges = sorted({one.judge for one in found})
    texts = {(one.round, one.entry): one.text for one in found}
    own = {judge: _judged(judge, found) for judge in judges}
    raters = own | (_compared(own, _as_experts_mark(marks, texts)) if marks else {})
    spoken = {text: language(text) for text in texts.values()}
    counts = Counter(spoken[text] for text in texts.values())
    by_round = {one: (_judges_in(one, own), _experts_in(one, marks)) for one in sorted(rounds)}
    return Audit(
        judges=tuple(judges),
        entries=len(texts),
        experts=len({one.expert for one in marks}),
        length=tuple(length_effect(rater, entries) for rater, entries in raters.items()),
        position=tuple(position_effect(judge, [one for one in found if one.judge == judge]) for judge in judges),
        markdown=_markdown(raters, {text: traits(text) for text in spoken}),
        language=_spoken(raters, spoken),
        languages=tuple((one, counts[one]) for one in Language if counts[one]),
        rounds=tuple(agreement(one, [by_round[one][0]], [by_round[one][1]]) for one in rounds),
        event=agreement(None, [mine for mine, _ in by_round.values()], [theirs for _, theirs in by_round.values()]),
    )


def _markdown(raters: Raters, shown: Mapping[str, frozenset[Trait]]) -> tuple[TraitEffect, ...]:
    having = {trait: {text for text, used in shown.items() if trait in used} for trait in Trait}
    return tuple(
        trait_effect(rater, trait.value, entries, having[trait]) for trait in Trait for rater, entries in raters.items()
    )


def _spoken(raters: Raters, spoken: Mapping[str, Language]) -> tuple[TraitEffect, ...]:
    """Of every language that an entry is in, unless all are in it."""
    having = {one: {text for text, language in spoken.items() if language is one} for one in Language}
    present = [one for one in Language if having[one]]
    return tuple(
        trait_effect(rater, one.value, entries, having[one])
        for one in present
        for rater, entries in raters.items()
        if len(present) > 1
    )


def _judged(judge: str, records: Sequence[AuditRecord]) -> list[Entry]:
    """Each entry once, with the mean over the judge's orders."""
    given: dict[tuple[str, str, str], list[float]] = {}
    for one in records:
        if one.judge == judge:
            given.setdefault((one.round, one.entry, one.text), []).append(float(one.mark))
    return [Entry(*key, sum(marks) / len(marks)) for key, marks in given.items()]


def _as_experts_mark(marks: Sequence[ExpertMark], texts: dict[tuple[str, str], str]) -> list[Entry]:
    """Each entry's mean distance from what the expert gave on average in the round, so that missing ones do no harm."""
    own: dict[tuple[str, str], list[float]] = {}
    for one in marks:
        own.setdefault((one.round, one.expert), []).append(float(one.mark))
    above: dict[tuple[str, str], list[float]] = {}
    for one in marks:
        given = own[one.round, one.expert]
        above.setdefault((one.round, one.entry), []).append(float(one.mark) - sum(given) / len(given))
    known = {key: gaps for key, gaps in above.items() if key in texts}
    return [Entry(*key, texts[key], sum(gaps) / len(gaps)) for key, gaps in known.items()]


def _compared(judged: Raters, experts: list[Entry]) -> dict[str, list[Entry]]:
    theirs = {(entry.round, entry.name): entry.mark for entry in experts}
    beyond = {
        f"{judge}{BEYOND}": [
            replace(entry, mark=entry.mark - theirs[entry.round, entry.name])
            for entry in entries
            if (entry.round, entry.name) in theirs
        ]
        for judge, entries in judged.items()
    }
    return {EXPERTS: experts} | beyond


def _judges_in(round_: str, judged: Raters) -> Marks:
    found = {judge: {one.name: one.mark for one in own if one.round == round_} for judge, own in judged.items()}
    return {judge: marks for judge, marks in found.items() if marks}


def _experts_in(round_: str, marks: Sequence[ExpertMark]) -> Marks:
    found: dict[str, dict[str, float]] = {}
    for one in marks:
        if one.round == round_:
            found.setdefault(one.expert, {})[one.entry] = float(one.mark)
    return dict(found)
