"""Made-up events with planted effects: what is put into the marks is what an audit should find."""

from dataclasses import dataclass

import numpy as np

from models.judging.audit import AuditRecord, ExpertMark

WORDS = "the word is not of that kind and it was with this for you "


@dataclass(frozen=True, slots=True)
class Show:
    """An event: sizes, and effects in marks (per 100 characters, per place later, with bold, in Malay).

    `easy_is_long` makes whole rounds long and well marked. The experts follow quality alone.
    """

    rounds: int = 12
    entries: int = 5
    judges: int = 1
    orders: int = 3
    experts: int = 3
    length: float = 0.0
    place: float = 0.0
    bold: float = 0.0
    malay: float = 0.0
    easy_is_long: float = 0.0
    bold_is_long: bool = False
    seed: int = 0


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    text: str
    quality: float
    effect: float


def played(show: Show) -> tuple[list[AuditRecord], list[ExpertMark]]:
    """Its records and its experts' marks."""
    rng = np.random.default_rng(show.seed)
    records, marks = [], []
    for number in range(show.rounds):
        ease = rng.uniform(-1, 1)
        entries = [_entry(show, rng, at, ease) for at in range(show.entries)]
        for judge in range(show.judges):
            for order in range(show.orders):
                records += _one_order(show, rng, f"round {number}", f"judge-{judge}", order, entries)
        for expert in range(show.experts):
            for entry in entries:
                mark = _on_scale(round(entry.quality + rng.normal(0, 0.6)))
                marks.append(ExpertMark(f"round {number}", entry.name, f"expert-{expert}", mark))
    return records, marks


def _entry(show: Show, rng: np.random.Generator, at: int, ease: float) -> _Entry:
    is_bold, is_malay = rng.random() < 0.4, bool(show.malay) and rng.random() < 0.4
    length = int(rng.integers(100, 800) + show.easy_is_long * 400 * (ease + 1))
    length += 500 if is_bold and show.bold_is_long else 0
    words = "yang dan ini tidak untuk dengan kita " if is_malay else WORDS
    text = (("**Note** " if is_bold else "") + words * 60)[:length]
    quality = 5 + ease * (1 + show.easy_is_long) + rng.normal(0, 0.8)
    effect = show.length * (length - 450) / 100 + show.bold * is_bold + show.malay * is_malay
    return _Entry(f"finalist-{at}", text, quality, effect)


def _one_order(
    show: Show, rng: np.random.Generator, round_: str, judge: str, order: int, entries: list[_Entry]
) -> list[AuditRecord]:
    found = []
    for place, at in enumerate(rng.permutation(show.entries), start=1):
        entry = entries[at]
        mark = entry.quality + entry.effect + show.place * (place - 3) + rng.normal(0, 0.4)
        found.append(AuditRecord(round_, entry.name, entry.text, judge, _on_scale(mark), order, place))
    return found


def _on_scale(mark: float) -> float:
    return float(np.clip(round(mark, 3), 0, 10))
