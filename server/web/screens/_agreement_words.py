"""How far judges and experts agree, in plain words, for the organiser's desk and the results."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from server.domain.agreement import Agreement, Chorus, Ordering, Spread
from server.domain.event import Event
from server.domain.insight import PER_CHARACTERS, LengthEffect

# Krippendorff (2004, ch. 11): 0.8 and more is reliable, below 0.667 nothing should be built on it.
_DEGREES = ((0.8, "agree well"), (0.667, "agree fairly well"), (0.333, "agree a little"), (0.0, "hardly agree"))
_TELLING = 0.5  # a correlation from which on length is worth a warning


def agreement_lines(event: Event, found: Agreement | None) -> tuple[str, ...]:
    """One sentence for each thing that was measured; empty while nothing is."""
    return () if found is None else tuple(_lines(event, found))


def _lines(event: Event, found: Agreement) -> Iterator[str]:
    names = _names(event, found)
    for judge, ordering in found.orderings.items():
        yield _ordering(names[judge], ordering)
    for judge, spread in found.spreads.items():
        yield _spread(event, names[judge], spread)
    if found.judges is not None:
        yield _chorus(f"The {found.judges.raters} LLM judges", found.judges)
    if found.experts is not None:
        yield _chorus(f"The {found.experts.raters} experts", found.experts)
    if found.length is not None and found.orderings:
        yield _length("the LLM judge" if len(names) == 1 else "the LLM judges", found.length)


def _names(event: Event, found: Agreement) -> Mapping[str, str]:
    if len(found.orderings) == 1:
        return dict.fromkeys(found.orderings, "The LLM judge")
    seats = {judge: event.seat(judge) for judge in found.orderings}
    return {judge: seat.label if seat else judge for judge, seat in seats.items()}


def _ordering(judge: str, ordering: Ordering) -> str:
    if not ordering.pairs:
        return f"{judge} cannot be compared with the panel: it has not put any answer above another."
    tied = f", and {ordering.tied} it holds for equal" if ordering.tied else ""
    pairs = "pair" if ordering.pairs == 1 else "pairs"
    return f"{judge} and the panel order {ordering.same} of {ordering.pairs} {pairs} the same way{tied}."


def _spread(event: Event, judge: str, spread: Spread) -> str:
    if not spread.most:
        return f"{judge} gives the same marks in every shuffled order."
    name = event.finalists[event.lane(spread.finalist)].name
    return (
        f"{judge}’s marks lie {_points(spread.mean)} apart between shuffled orders on average, "
        f"{_points(spread.most)} at most (for {name})."
    )


def _chorus(who: str, chorus: Chorus) -> str:
    entries = f"over {chorus.entries} answer{'' if chorus.entries == 1 else 's'}"
    if chorus.value is None:
        return f"{who} gave marks that are all the same {entries}, which says nothing about agreement."
    degree = next((words for least, words in _DEGREES if chorus.value >= least), "agree less than by chance")
    return f"{who} {degree} with one another: Krippendorff’s alpha {_signed(chorus.value)} {entries}."


def _length(whose: str, effect: LengthEffect) -> str:
    if effect.correlation is None or effect.marks_per_100_characters is None:
        return f"Whether {whose} liked longer answers better cannot be told: lengths or marks are all alike."
    said = f"correlation {_signed(effect.correlation)} over {effect.answers} answers"
    if abs(effect.correlation) < _TELLING:
        return f"The length of an answer says little about its mark from {whose} ({said})."
    more = "higher" if effect.correlation > 0 else "lower"
    change = _signed(effect.marks_per_100_characters)
    return f"Longer answers got {more} marks from {whose}: {change} for {PER_CHARACTERS} characters more ({said})."


def _points(value: Fraction) -> str:
    return f"{float(value):.2f}"


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")
