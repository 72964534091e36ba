"""Exact checks carried out: how an answer fares, in words, and what that makes of an LLM judge's mark.

What may be asked for is in `exact_checks`. Nothing here guesses: a check passes or fails by the text alone.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from server.domain.acronyms import spelt
from server.domain.event import Question
from server.domain.exact_checks import CheckKind, ExactCheck, Which
from server.domain.mark_parsing import THOUSANDTHS
from server.domain.marks import HIGHEST, CheckOutcome, Verdict
from server.domain.numbers_in_text import numbers_in
from server.domain.patterns import compiled

Told = tuple[bool, str]
_OPENING = re.compile(r"[\s>*_#`\"'“‘(\[-]*")
_CLOSING = ".!?,;:\"'”’)]*_` \n"
_MOST_SHOWN = 60


def outcomes(question: Question, answer: str) -> tuple[CheckOutcome, ...]:
    """How `answer` fares in each check of the question, in their order."""
    return tuple(outcome(check, answer) for check in question.checks)


def outcome(check: ExactCheck, answer: str) -> CheckOutcome:
    """How `answer` fares in one check. The sentence says what was found."""
    passed, said = _CHECKS[check.kind](check, unicodedata.normalize("NFKC", answer))
    return CheckOutcome(label(check), passed, f"{said[0].upper()}{said[1:]}.")


def with_checks(question: Question, found: Sequence[CheckOutcome], verdict: Verdict) -> Verdict:
    """An LLM judge's verdict with what code counted: (1 − share) · LLM mark + share · 10 · share of checks passed.

    The one place where marks and checks meet, whatever the judge's protocol. Computed exactly, then rounded to
    thousandths like every LLM mark; the judge's own mark stays in `judged`, which is None where code is the whole mark.
    """
    if not question.checks:
        return verdict
    share = question.checks_share
    passed = Fraction(sum(one.passed for one in found), len(question.checks))
    mark = (1 - share) * verdict.mark + share * HIGHEST * passed
    rounded = Fraction(round(mark * THOUSANDTHS), THOUSANDTHS)
    reason = " ".join(filter(None, (_told(share, found), verdict.reason)))
    return replace(verdict, mark=rounded, judged=None if share == 1 else verdict.mark, reason=reason)


def _told(share: Fraction, found: Sequence[CheckOutcome]) -> str:
    """One check speaks for itself; several are summed up, for each has its own line beside the entry."""
    passed = f"{sum(one.passed for one in found)} of {len(found)} checks passed."
    said = found[0].sentence if len(found) == 1 else passed
    return f"Counted by code ({float(100 * share):g} % of the mark): {said}"


def label(check: ExactCheck) -> str:
    """What people call the check."""
    return check.name or _NAMES[check.kind](check)


def _number(check: ExactCheck, answer: str) -> Told:
    return _says(numbers_in(answer), check.number or Fraction(0), check.which)


def _letter(check: ExactCheck, answer: str) -> Told:
    return _says(numbers_in(answer), Fraction(letters_in(check.text, check.letter)), check.which)


def letters_in(text: str, letter: str) -> int:
    """How often `letter`, large or small, stands in `text`."""
    return unicodedata.normalize("NFKC", text).casefold().count(letter.casefold())


def _says(found: Sequence[Fraction], wanted: Fraction, which: Which) -> Told:
    right = f"{_decimal(wanted)} is right"
    if not found:
        return False, f"the answer has no number, and {right}"
    if which is Which.ONLY and len(set(found)) > 1:
        return False, f"the answer has several numbers, and {right}"
    said = f"the {which} number in the answer is {_decimal(found[-1])}"
    return (True, f"{said}, which is right") if found[-1] == wanted else (False, f"{said}, but {right}")


def _all(check: ExactCheck, answer: str) -> Told:
    missing = [word for word in check.words if not _has(answer, word)]
    return not missing, f"the answer lacks {_listed(missing)}" if missing else f"the answer has {_listed(check.words)}"


def _any(check: ExactCheck, answer: str) -> Told:
    found = [word for word in check.words if _has(answer, word)]
    return bool(
        found
    ), f"the answer has {_listed(found)}" if found else f"the answer has none of {_listed(check.words)}"


def _none(check: ExactCheck, answer: str) -> Told:
    found = [word for word in check.words if _has(answer, word)]
    return not found, f"the answer has {_listed(found)}" if found else f"the answer avoids {_listed(check.words)}"


def _has(answer: str, phrase: str) -> bool:
    """Whether the phrase stands in the answer as whole words."""
    plain = _plain(phrase)
    before, after = ("(?<!\\w)" if _has_edges(plain[0]) else ""), ("(?!\\w)" if _has_edges(plain[-1]) else "")
    return re.search(f"{before}{re.escape(plain)}{after}", _plain(answer)) is not None


def _has_edges(character: str) -> bool:
    """Whether the script of this character puts spaces between words; Chinese, Japanese and Korean do not."""
    return unicodedata.east_asian_width(character) not in "WF"


def _words(check: ExactCheck, answer: str) -> Told:
    many = sum(any(c.isalnum() for c in word) for word in answer.split())
    passed = (check.at_least or 0) <= many <= (many if check.at_most is None else check.at_most)
    return passed, f"the answer has {many} word{'' if many == 1 else 's'}, and {_limits(check)} were asked for"


def _limits(check: ExactCheck) -> str:
    if check.at_most is None:
        return f"at least {check.at_least}"
    return f"at most {check.at_most}" if not check.at_least else f"{check.at_least} to {check.at_most}"


def _acronym(check: ExactCheck, answer: str) -> Told:
    return spelt(check.word, answer)


def _begins(check: ExactCheck, answer: str) -> Told:
    start = _plain(_OPENING.sub("", answer, count=1))
    passed = any(re.match(rf"{re.escape(_plain(word))}(?!\w)", start) for word in check.words)
    return passed, f"the answer {'begins' if passed else 'does not begin'} with {_listed(check.words, 'or')}"


def _one_of(check: ExactCheck, answer: str) -> Told:
    whole = _bare(answer)
    passed = any(whole == _bare(one) for one in check.answers)
    return (
        passed,
        f"the answer is {'' if passed else 'none of '}{_listed((answer,) if passed else check.answers, 'or')}",
    )


def _matches(check: ExactCheck, answer: str) -> Told:
    passed = compiled(check.pattern).found_in(answer)
    return passed, f"the pattern {_shown(check.pattern)} was {'' if passed else 'not '}found in the answer"


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _bare(text: str) -> str:
    return _plain(_OPENING.sub("", text, count=1)).rstrip(_CLOSING)


def _decimal(number: Fraction) -> str:
    return f"{number.numerator:,}" if number.denominator == 1 else f"{float(number):g}"


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line if len(line) <= _MOST_SHOWN else line[:_MOST_SHOWN] + '…'}”"


def _listed(words: Sequence[str], last: str = "and") -> str:
    shown = [_shown(word) for word in words[:6]] + ([f"{len(words) - 6} more"] if len(words) > 6 else [])
    return f" {last} ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))


_CHECKS: dict[CheckKind, Callable[[ExactCheck, str], Told]] = {
    CheckKind.SAYS_NUMBER: _number,
    CheckKind.COUNT_LETTER: _letter,
    CheckKind.CONTAINS_ALL: _all,
    CheckKind.CONTAINS_ANY: _any,
    CheckKind.CONTAINS_NONE: _none,
    CheckKind.WORD_COUNT: _words,
    CheckKind.ACRONYM: _acronym,
    CheckKind.BEGINS_WITH: _begins,
    CheckKind.IS_ONE_OF: _one_of,
    CheckKind.MATCHES: _matches,
}
_NAMES: dict[CheckKind, Callable[[ExactCheck], str]] = {
    CheckKind.SAYS_NUMBER: lambda c: f"says {_decimal(c.number or Fraction(0))}",
    CheckKind.COUNT_LETTER: lambda c: f"counts the letter {c.letter} in {_shown(c.text)}",
    CheckKind.CONTAINS_ALL: lambda c: f"names {_listed(c.words)}",
    CheckKind.CONTAINS_ANY: lambda c: f"names {_listed(c.words, 'or')}",
    CheckKind.CONTAINS_NONE: lambda c: f"avoids {_listed(c.words)}",
    CheckKind.WORD_COUNT: lambda c: f"has {_limits(c)} words",
    CheckKind.ACRONYM: lambda c: f"spells {c.word.upper()}" if c.word else "spells an acronym",
    CheckKind.BEGINS_WITH: lambda c: f"begins with {_listed(c.words, 'or')}",
    CheckKind.IS_ONE_OF: lambda c: f"is {_listed(c.answers, 'or')}",
    CheckKind.MATCHES: lambda c: f"fits {_shown(c.pattern)}",
}
