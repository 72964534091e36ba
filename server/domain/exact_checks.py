"""Exact checks of an answer by code: what an organiser may ask for, and whether it can be checked as it is written.

A closed set, each a few fields in the event's file. How an answer fares is in `counting`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import StrEnum
from fractions import Fraction

from server.domain.patterns import PatternRefused, compiled

MOST_WORDS, LONGEST_WORD, LONGEST_TEXT = 50, 200, 600
MOST_IN_AN_ACRONYM = 15
MOST_COUNTED = 100_000


class CheckKind(StrEnum):
    """What is checked. Letters large and small are the same, and so are kinds of white space."""

    SAYS_NUMBER = "says_number"
    COUNT_LETTER = "count_letter"
    CONTAINS_ALL = "contains_all"
    CONTAINS_ANY = "contains_any"
    CONTAINS_NONE = "contains_none"
    WORD_COUNT = "word_count"
    ACRONYM = "acronym"
    BEGINS_WITH = "begins_with"
    IS_ONE_OF = "is_one_of"
    MATCHES = "matches"


class Which(StrEnum):
    """Which number of an answer is its result: the last one, or the only one."""

    LAST = "last"
    ONLY = "only"


@dataclass(frozen=True, slots=True)
class ExactCheck:
    """One check; each kind has its own fields, and the others stay empty.

    says_number: `number`, `which`. count_letter: how often `letter` stands in `text`, counted here; `which`.
    contains_all, contains_any, contains_none: `words`, words or phrases. word_count: `at_least`, `at_most`.
    acronym: `word` that the letters spell, empty for a word of the finalist's own. begins_with: `words`, one of them.
    is_one_of: `answers`, one of which is the whole answer. matches: `pattern`, see `patterns`, found anywhere.
    `name`: what people read; made from the rest where it is empty.
    """

    kind: CheckKind
    name: str = ""
    number: Fraction | None = None
    which: Which = Which.LAST
    letter: str = ""
    text: str = ""
    words: tuple[str, ...] = ()
    at_least: int | None = None
    at_most: int | None = None
    word: str = ""
    answers: tuple[str, ...] = ()
    pattern: str = ""


_NEEDS: dict[CheckKind, tuple[str, ...]] = {
    CheckKind.SAYS_NUMBER: ("number",),
    CheckKind.COUNT_LETTER: ("letter", "text"),
    CheckKind.CONTAINS_ALL: ("words",),
    CheckKind.CONTAINS_ANY: ("words",),
    CheckKind.CONTAINS_NONE: ("words",),
    CheckKind.WORD_COUNT: (),
    CheckKind.ACRONYM: (),
    CheckKind.BEGINS_WITH: ("words",),
    CheckKind.IS_ONE_OF: ("answers",),
    CheckKind.MATCHES: ("pattern",),
}
_MAY: dict[CheckKind, tuple[str, ...]] = {
    CheckKind.SAYS_NUMBER: ("which",),
    CheckKind.COUNT_LETTER: ("which",),
    CheckKind.WORD_COUNT: ("at_least", "at_most"),
    CheckKind.ACRONYM: ("word",),
}


def used_fields(check: ExactCheck) -> dict[str, object]:
    """The fields that this check's kind has, by name: what a file needs to say of it."""
    names = ("kind", "name", *_NEEDS[check.kind], *_MAY.get(check.kind, ()))
    return {name: getattr(check, name) for name in names}


def problems(check: ExactCheck) -> list[str]:
    """What is wrong with a check as it is written, one sentence each; empty when it can be used."""
    missing = [name for name in _NEEDS[check.kind] if getattr(check, name) in ("", (), None)]
    known = used_fields(check)
    foreign = [f.name for f in fields(check) if f.name not in known and getattr(check, f.name) != f.default]
    found = [f"{check.kind} needs {name}." for name in missing]
    found += [f"{check.kind} has no use for {name}; leave it out." for name in foreign]
    return found or list(_wrong_values(check))


def _wrong_values(check: ExactCheck) -> Iterator[str]:
    if len(check.name) > LONGEST_WORD or len(check.text) > LONGEST_TEXT:
        yield f"A name has at most {LONGEST_WORD} characters, a text {LONGEST_TEXT}."
    phrases = (*check.words, *check.answers)
    if len(phrases) > MOST_WORDS or any(not 1 <= len(one.strip()) <= LONGEST_WORD for one in phrases):
        yield f"Give at most {MOST_WORDS} words or answers of 1 to {LONGEST_WORD} characters."
    if check.letter and (len(check.letter) != 1 or not check.letter.isalpha()):
        yield f"A letter is one letter, not {check.letter!r}."
    if check.word and not (check.word.isalpha() and 2 <= len(check.word) <= MOST_IN_AN_ACRONYM):
        yield f"An acronym's word has 2 to {MOST_IN_AN_ACRONYM} letters and nothing else, not {check.word!r}."
    if check.kind is CheckKind.WORD_COUNT:
        yield from _wrong_limits(check)
    if check.kind is CheckKind.MATCHES:
        yield from _wrong_pattern(check.pattern)


def _wrong_limits(check: ExactCheck) -> Iterator[str]:
    if check.at_least is None and check.at_most is None:
        yield "word_count needs at_least, at_most, or both."
        return
    low, high = check.at_least or 0, MOST_COUNTED if check.at_most is None else check.at_most
    if not 0 <= low <= high <= MOST_COUNTED:
        yield f"word_count lies from 0 to {MOST_COUNTED:,}, at_least not above at_most; not {low:,} to {high:,}."


def _wrong_pattern(pattern: str) -> Iterator[str]:
    try:
        compiled(pattern)
    except PatternRefused as error:
        yield str(error)
