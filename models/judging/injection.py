"""Finding text inside an entry that speaks to the judge: for the organiser's eye, never an automatic zero.

Pure and quick. Which phrases and shapes give an entry away lies in `signs`; what the defence does with them is
elsewhere: a judge marks every entry, flagged or not.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from models.judging.cleaning import MAX_ENTRY_CHARACTERS, cleaned
from models.judging.signs.cues import all_cues
from models.judging.signs.folding import Folded, fold
from models.judging.signs.hidden import find_hidden
from models.judging.signs.kinds import InjectionKind, Sign
from models.judging.signs.padding import find_padding
from models.judging.signs.shapes import find_shapes
from models.judging.signs.views import readings

__all__ = ["SCANNED_CHARACTERS", "Finding", "InjectionKind", "find_instructions"]

SCANNED_CHARACTERS = 60_000
"""Only so much of an entry is read; what is longer is flagged for its length anyway."""
_FOLDED_CHARACTERS = 2 * MAX_ENTRY_CHARACTERS
"""At least what a judge sees of any text: folding makes two letters of one (ß) at most that the judge sees as one."""
_EXCERPT_CHARACTERS = 90

_SENTENCES = {
    InjectionKind.OVERRIDE: "It tells the judge to drop its instructions or to give away what it was told.",
    InjectionKind.FAKE_VERDICT: "It contains something that reads like the judge's own verdict.",
    InjectionKind.TEMPLATE_CLOSING: "It spells tokens or headings of a judge's prompt, as if the prompt ended there.",
    InjectionKind.IMPERSONATION: "It speaks as organiser, system or judge, or asks the judge to play a part.",
    InjectionKind.HIDDEN_CHARACTERS: "It contains characters that people do not see, or see as others.",
    InjectionKind.FENCE_IMITATION: "It imitates the lines that fence an entry off from the judge's instructions.",
    InjectionKind.BEGGING: "It asks for a mark, or flatters or threatens the judge.",
    InjectionKind.PADDING: "It is far longer than a judge reads, repeats itself, or hides behind blanks.",
    InjectionKind.AUTHORITY: "It claims that somebody has approved it, or piles up sources.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing for the organiser to look at: `excerpt` of the entry from `start` (characters), `sentence` about it."""

    kind: InjectionKind
    excerpt: str
    sentence: str
    start: int


def find_instructions(text: str) -> tuple[Finding, ...]:
    """The first finding of each kind in `text`, in the order of their places; empty for an ordinary entry."""
    first: dict[InjectionKind, Sign] = {}
    for sign in _signs(text):
        if sign.kind not in first or sign.start < first[sign.kind].start:
            first[sign.kind] = sign
    return tuple(_finding(text, sign) for sign in sorted(first.values(), key=lambda one: (one.start, one.kind)))


def _signs(text: str) -> Iterator[Sign]:
    if sign := find_padding(text):
        yield sign
    scanned = text[:SCANNED_CHARACTERS]
    if sign := find_hidden(scanned):
        yield sign
    folded = fold(scanned, _FOLDED_CHARACTERS)
    yield from find_shapes(folded)
    yield from _cues(folded)
    for place, reading in readings(scanned, folded.lines):
        for sign in _cues(fold(reading, _FOLDED_CHARACTERS)):
            yield Sign(sign.kind, place, reading[sign.start :][: 2 * _EXCERPT_CHARACTERS])


def _cues(folded: Folded) -> Iterator[Sign]:
    for cue in all_cues():
        place = cue.find(folded.words)
        if place is not None:
            yield Sign(cue.kind, folded.origin(place))


def _finding(text: str, sign: Sign) -> Finding:
    shown = sign.shown or text[sign.start : sign.start + 4 * _EXCERPT_CHARACTERS]
    excerpt = " ".join(cleaned(shown).split())[:_EXCERPT_CHARACTERS]
    return Finding(sign.kind, excerpt, _SENTENCES[sign.kind], sign.start)
