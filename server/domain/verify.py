"""Verification of a results file by recomputing it: every score from the marks, every hash from the journal.

Works on the parsed JSON of a file from anyone. Whatever is wrong with the file becomes a failed check with a
message; it never raises.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from server.domain.bundle import FORMAT, build_bundle
from server.domain.bundle_reader import Given, read_given, read_journal
from server.domain.chain import GENESIS, JournalEntry, verify_chain
from server.domain.derived import derived_result, derived_round
from server.domain.difference import first_difference
from server.domain.errors import Refused
from server.domain.json_field import Field, Malformed
from server.domain.record import Show
from server.domain.scoring import RoundScores, score_round
from server.domain.verify_judging import checks_again, has_checks, requests_again

Fold = Callable[[Sequence[JournalEntry]], Show]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked. `detail`: what was found, or the first difference."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Report:
    """Every check in the order it was made; `first_difference` is the detail of the first that failed."""

    ok: bool
    checks: tuple[Check, ...]
    first_difference: str | None


class _Differs(Exception):
    """A check failed; the message is its detail."""


def verify(bundle: object, fold: Fold | None = None) -> Report:
    """Recompute a results file. With `fold` the journal is also replayed, and must tell the same story:
    without it a file whose marks and scores were changed together, but not its journal, would pass.
    """
    root = Field(bundle)
    checks = [_check("format", lambda: _format(root))]
    if checks[0].ok:
        checks += _content_checks(root)
        checks.append(_check("journal chain", lambda: _chain(root)))
        checks += _judging_checks(root)
        if fold is not None:
            checks.append(_check("journal story", lambda: _story(root, fold)))
    failed = [check.detail for check in checks if not check.ok]
    return Report(not failed, tuple(checks), failed[0] if failed else None)


def _judging_checks(root: Field) -> list[Check]:
    """What a file has only where answers were checked by code, or where it tells what LLM judges were asked."""
    found = []
    if _is_in(lambda: has_checks(root)):
        found.append(_check("exact checks", lambda: checks_again(root)))
    if _is_in(lambda: root.of_or("judge_requests", None).value is not None):
        found.append(_check("judge requests", lambda: requests_again(root, read_journal(root.of("journal")).log)))
    return found


def _is_in(look: Callable[[], object]) -> bool:
    try:
        return bool(look())
    except Malformed:
        return False  # the checks of the marks have said so


def _check(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, True, look())
    except (_Differs, Malformed, Refused) as found:
        return Check(name, False, str(found))
    except (ValueError, ArithmeticError, RecursionError, MemoryError) as unfit:
        return Check(name, False, f"The numbers in this part of the file cannot be computed with: {unfit}")


def _format(root: Field) -> str:
    found = root.of("format")
    if found.value != FORMAT:
        raise found.not_a(FORMAT)
    return FORMAT


def _content_checks(root: Field) -> list[Check]:
    given: list[Given] = []

    def read() -> str:
        given.append(read_given(root))
        return f"{len(given[0].finalists)} finalists, {len(given[0].rounds)} rounds"

    checks = [_check("marks can be read", read)]
    if given:
        content, claims = given[0], [item.value for item in root.of("rounds").items()]
        checks.append(_check("rounds", lambda: _rounds(content, claims)))
        checks.append(_check("standings", lambda: _result(content, root)))
    return checks


def _rounds(given: Given, claims: list[Any]) -> str:
    for round_, claimed in zip(given.rounds, claims, strict=True):
        recomputed = derived_round(given.scoring, round_.marks, round_.counts)
        _must_equal(claimed, recomputed, f"rounds[{round_.label}]")
    return f"{sum(r.counts for r in given.rounds)} rounds count, every component and score recomputed"


def _result(given: Given, root: Field) -> str:
    scored: list[RoundScores] = [score_round(given.scoring, r.marks) for r in given.rounds if r.counts]
    _must_equal(root.value, derived_result(scored, given.finalists, given.seed), "")
    return "totals, ranks and tie rules recomputed"


def _chain(root: Field) -> str:
    journal = read_journal(root.of("journal"))
    broken = verify_chain(journal.log)
    if broken is not None:
        raise _Differs(f"journal.log[{broken.number}].hash: file says {broken.found}, recomputed {broken.expected}")
    head = journal.log[-1].hash if journal.log else GENESIS
    _must_equal(
        {"entries": journal.entries, "head": journal.head}, {"entries": len(journal.log), "head": head}, "journal"
    )
    return f"{len(journal.log)} entries, head {head}"


def _story(root: Field, fold: Fold) -> str:
    journal = read_journal(root.of("journal"))
    try:
        told = build_bundle(fold(journal.log))
    except Exception as error:  # `fold` meets a stranger's payloads; whatever it makes of them is an answer
        raise _Differs(f"journal: cannot be replayed: {error!r}") from None
    del told["journal"]  # the chain's own check
    _must_equal(root.value, told, "")
    return "replaying the journal gives this file"


def _must_equal(claimed: object, recomputed: object, path: str) -> None:
    difference = first_difference(claimed, recomputed, path)
    if difference is not None:
        raise _Differs(difference)
