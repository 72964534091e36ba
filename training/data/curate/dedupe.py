"""Near-duplicates out: of rows that say nearly the same, one stays. What "nearly" means is defined in `near`."""

from collections.abc import Sequence

from training.data import near
from training.data.choices import Keep, Part
from training.data.curate.outcome import Outcome, kept
from training.data.rows import TrainingRow

THRESHOLD = 0.8


def dedupe(
    rows: Sequence[TrainingRow], threshold: float = THRESHOLD, keep: Keep = Keep.LONGEST, part: Part = Part.ROW
) -> Outcome:
    """Rows of which no two are near-duplicates, in the order of the file; each one taken out names the one that stays.

    Rows are looked at in the order of preference (`keep`; of equals the first): one stays unless it is a near-duplicate
    of one that stays already. Raises DataError for a threshold out of range.
    """
    texts = near.compare(part.of(row) for row in rows)
    order = _preferred(rows, keep)
    stands_for = near.leaders(texts, order, threshold)
    reasons = {}
    for place, leader in enumerate(stands_for.tolist()):
        if leader != place:
            reasons[place] = _reason(rows, texts, place, leader)
    exact = sum(1 for reason in reasons.values() if reason.startswith("identical"))
    notes = (f"{exact:,} of the {len(reasons):,} rows taken out are identical to one that stays",) if exact else ()
    settings = {"threshold": threshold, "keep": keep.value, "part": part.value}
    return kept(rows, reasons, "dedupe", settings, notes)


def _preferred(rows: Sequence[TrainingRow], keep: Keep) -> list[int]:
    if keep is Keep.FIRST:
        return list(range(len(rows)))
    return sorted(range(len(rows)), key=lambda place: (-len(rows[place].response), place))


def _reason(rows: Sequence[TrainingRow], texts: near.Compared, place: int, leader: int) -> str:
    other = rows[leader]
    where = f"{other.id} ({other.source.file}, line {other.source.line:,})"
    if rows[place].id == other.id:
        return f"identical to {where}"
    return f"{near.similarity(texts, place, leader):.0%} like {where}"
