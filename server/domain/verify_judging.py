"""Verification of how a show was judged: exact checks done again, requests to judges held against the journal."""

import json
from collections.abc import Iterable
from fractions import Fraction

from server.domain.bundle_judging import request_sha256
from server.domain.bundle_reader import read_llm_mark, read_verdict
from server.domain.chain import JournalEntry
from server.domain.counting import outcomes, with_checks
from server.domain.event import Question
from server.domain.exact_checks import CheckKind, ExactCheck, Which, problems
from server.domain.json_field import Field, Malformed
from server.domain.marks import CheckOutcome, Verdict

MOST_CHECKS, MOST_REQUESTS = 50, 100_000
_NAMED_IN = ("VerdictsRecorded", "JudgeAbstained")


def has_checks(root: Field) -> bool:
    """Whether any round of the file was checked by code."""
    return any(round_.of_or("checks", []).value for round_ in root.of("rounds").items())


def checks_again(root: Field) -> str:
    """Do every exact check again on the entries' texts, and hold outcomes and marks against them. Raises Malformed."""
    entries = 0
    for round_ in root.of("rounds").items():
        question = _question(round_)
        if question.checks:
            finalists = [item.of("id").text() for item in root.of("finalists").items()]
            entries += _round_again(round_, question, tuple(finalists))
    return f"{entries} entries checked again, every outcome and the marks that follow"


def _round_again(round_: Field, question: Question, finalists: tuple[str, ...]) -> int:
    texts = {a.of("finalist").text(): a.of("text") for a in round_.of("attempts").items() if a.of("entry").flag()}
    found = {finalist: outcomes(question, text.text()) for finalist, text in texts.items()}
    for finalist, outcome in found.items():
        _same_outcomes(round_.of("counted").of(finalist), outcome)
    for item in round_.of("verdicts").items():
        _same_mark(item, read_verdict(item, finalists), question, found)
    return len(found)


def _same_outcomes(claimed: Field, found: Iterable[CheckOutcome]) -> None:
    recomputed = [{"check": one.check, "passed": one.passed, "sentence": one.sentence} for one in found]
    if claimed.value != recomputed:
        raise Malformed(f"{claimed.path}: the file's outcomes differ from checking the entry again")


def _same_mark(item: Field, verdict: Verdict, question: Question, found: dict[str, tuple[CheckOutcome, ...]]) -> None:
    judged = Fraction(0) if question.checks_share == 1 else item.of("judged").mark(read_llm_mark)
    own = Verdict(verdict.judge, verdict.finalist, judged)
    again = with_checks(question, found.get(verdict.finalist, ()), own)
    if again.mark != verdict.mark:
        raise Malformed(f"{item.path}.mark: file says {float(verdict.mark):.3f}, recomputed {float(again.mark):.3f}")


def _question(round_: Field) -> Question:
    checks = tuple(_check(item) for item in round_.of_or("checks", []).items(MOST_CHECKS))
    if not checks:
        return Question("")
    share = round_.of("checks_share").fraction()
    if share > 1:
        raise round_.of("checks_share").not_a("a share from 0 to 1")
    return Question("", checks=checks, checks_share=share)


def _check(item: Field) -> ExactCheck:
    kind = item.of("kind").one_of(CheckKind)
    number = item.of_or("number", None)
    check = ExactCheck(
        kind=kind,
        name=item.of_or("name", "").text(),
        number=None if number.value is None else number.signed_fraction(),
        which=item.of_or("which", Which.LAST.value).one_of(Which),
        letter=item.of_or("letter", "").text(),
        text=item.of_or("text", "").text(),
        words=tuple(word.text() for word in item.of_or("words", []).items()),
        at_least=_maybe_whole(item.of_or("at_least", None)),
        at_most=_maybe_whole(item.of_or("at_most", None)),
        word=item.of_or("word", "").text(),
        answers=tuple(answer.text() for answer in item.of_or("answers", []).items()),
        pattern=item.of_or("pattern", "").text(),
    )
    if wrong := problems(check):
        raise Malformed(f"{item.path}: {wrong[0]}")
    return check


def _maybe_whole(item: Field) -> int | None:
    return None if item.value is None else item.whole()


def requests_again(root: Field, log: Iterable[JournalEntry]) -> str:
    """Hash every request in the file again, and find each in the journal and the journal's in the file."""
    given = root.of("judge_requests").items(MOST_REQUESTS)
    hashes = set()
    for item in given:
        found = request_sha256(item.of("request").text(), item.of("reply").text())
        if found != item.of("sha256").text():
            raise Malformed(f"{item.path}.sha256: file says {item.of('sha256').text()[:64]}, recomputed {found}")
        hashes.add(found)
    named = _named(log)
    if hashes != named:
        raise Malformed(
            f"judge_requests: {len(hashes - named)} of the file are not in the journal, "
            f"{len(named - hashes)} of the journal are not in the file"
        )
    return f"{len(given)} requests to LLM judges, each hash recomputed and named in the journal"


def _named(log: Iterable[JournalEntry]) -> set[str]:
    payloads = (json.loads(entry.payload) for entry in log if entry.kind in _NAMED_IN)
    return {str(one) for payload in payloads if isinstance(payload, dict) for one in payload.get("requests", ())}
