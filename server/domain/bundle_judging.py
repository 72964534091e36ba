"""The judging in the results file: judges as frozen, criteria, exact checks, findings, second opinions, requests.

What a score is computed from is read back in `bundle_reader`, checks and requests in `verify_judging`.
"""

from collections.abc import Iterable, Sequence
from enum import Enum
from fractions import Fraction
from hashlib import sha256

from server.domain.bundle_text import fraction_text, thousandths_text, time_text
from server.domain.derived import Json
from server.domain.event import JudgeCard, JudgeSeat
from server.domain.exact_checks import ExactCheck, used_fields
from server.domain.marks import CheckOutcome, Finding, SecondOpinion, Verdict
from server.domain.record import RoundRecord
from server.domain.rules import Criterion


def judge_rows(judges: Iterable[JudgeSeat]) -> list[Json]:
    """The judges as they were frozen with the event, with every template they were asked by."""
    return [
        {
            "name": seat.name,
            "label": seat.label,
            "demo": seat.demo,
            "weight": fraction_text(seat.weight),
            "model": seat.model,
            "family": seat.family,
            "kin": seat.kin,
            "settings": dict(seat.settings),
            "templates": dict(seat.templates),
            "prompt_sha256": seat.prompt_sha256,
            "card": _card(seat.card),
        }
        for seat in judges
    ]


def _card(card: JudgeCard | None) -> Json | None:
    if card is None:
        return None
    ends = {"accuracy": card.accuracy, "low": card.low, "high": card.high}
    rest = {"pairs": card.pairs, "sha256": card.sha256, "prompt_sha256": card.prompt_sha256}
    return {name: fraction_text(end) for name, end in ends.items()} | rest


def criterion_rows(criteria: Iterable[Criterion]) -> list[Json]:
    """What entries are marked by."""
    return [{"key": c.key, "label": c.title, "weight": fraction_text(c.weight), "meaning": c.meaning} for c in criteria]


def verdict_row(verdict: Verdict) -> Json:
    """One judge's mark. `judged`: its own mark, null where no check by code changed it."""
    return {
        "judge": verdict.judge,
        "finalist": verdict.finalist,
        "mark": thousandths_text(verdict.mark),
        "weight": fraction_text(verdict.weight),
        "judged": _thousandths(verdict.judged),
        "spread": _thousandths(verdict.spread),
        "reason": verdict.reason,
    }


def _thousandths(mark: Fraction | None) -> str | None:
    return None if mark is None else thousandths_text(mark)


def judging_rows(record: RoundRecord) -> Json:
    """The fields of a round that say how it was judged."""
    judging, asked = record.judging, record.judging.asked
    return {
        "criteria": criterion_rows(record.marks.criteria),
        "reference": asked.reference,
        "facts": list(asked.facts),
        "checks": [_check(check) for check in asked.checks],
        "checks_share": fraction_text(asked.checks_share) if asked.checks else None,
        "counted": {finalist: [_outcome(one) for one in found] for finalist, found in judging.counted.items()},
        "findings": {finalist: [_finding(one) for one in found] for finalist, found in judging.findings.items()},
        "second_opinions": [_second(opinion) for opinion in judging.second_opinions],
    }


def _check(check: ExactCheck) -> Json:
    return {name: _plain(value) for name, value in used_fields(check).items()}


def _plain(value: object) -> object:
    if isinstance(value, Fraction):
        return fraction_text(value)
    if isinstance(value, Enum):
        return value.value
    return list(value) if isinstance(value, tuple) else value


def _outcome(outcome: CheckOutcome) -> Json:
    return {"check": outcome.check, "passed": outcome.passed, "sentence": outcome.sentence}


def _finding(finding: Finding) -> Json:
    return {"kind": finding.kind, "excerpt": finding.excerpt, "sentence": finding.sentence}


def _second(opinion: SecondOpinion) -> Json:
    return {
        "at": time_text(opinion.asked_at),
        "reason": opinion.reason,
        "applied": opinion.applied,
        "before": [verdict_row(verdict) for verdict in opinion.before],
        "after": [verdict_row(verdict) for verdict in opinion.after],
        "abstained": dict(opinion.abstained),
    }


def request_row(
    *,
    round_: str,
    judge: str,
    rejudging: bool,
    order: Sequence[str],
    request: str,
    reply: str,
    digest: str,
    ms: float,
    error: str,
    at_ms: int,
) -> Json:
    """One request to a judge and its reply, word for word. `digest`: as the journal has it."""
    return {
        "round": round_,
        "judge": judge,
        "rejudging": rejudging,
        "order": list(order),
        "request": request,
        "reply": reply,
        "sha256": digest,
        "ms": round(ms, 1),
        "error": error,
        "at": time_text(at_ms),
    }


def request_sha256(request: str, reply: str) -> str:
    """The hash of a request and its reply: of both in UTF-8 with a zero byte between them."""
    return sha256(request.encode(errors="replace") + b"\0" + reply.encode(errors="replace")).hexdigest()
