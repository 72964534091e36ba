"""The results of a show as one JSON file, `finale-results/1` (ARCHITECTURE section 10).

Enough for a stranger to recompute every score and check the journal. Ballots are in it only as tallies:
who voted for whom is nobody's business.
"""

from server.domain.bundle_judging import criterion_rows, judge_rows, judging_rows, verdict_row
from server.domain.bundle_text import fraction_text, half_points_text, time_text
from server.domain.chain import GENESIS, HOW_TO_CHECK, JournalEntry
from server.domain.derived import Json, derived_result, derived_round
from server.domain.marks import Correction, RoundMarks, Scorecard, Tally
from server.domain.record import ActRecord, AttemptRecord, FinalistRecord, RoundRecord, Show
from server.domain.rules import Component
from server.domain.scoring import score_round
from server.domain.standings import TieRule

FORMAT = "finale-results/1"


def build_bundle(show: Show) -> Json:
    """The results of `show`, ready for `json.dumps`.

    The journal is in it whole, so it tells everything: give it to the public only when
    `show.may_be_published`. Raises ValueError when a round's marks and attempts disagree about the entries,
    MarkRefused where `score_round` does.
    """
    finalists = [finalist.id for finalist in show.finalists]
    scored = [score_round(show.scoring, r.marks) for r in show.rounds if r.counts]
    return {
        "format": FORMAT,
        "event": _event(show),
        "finalists": [_finalist(finalist) for finalist in show.finalists],
        "rounds": [_round(show, record) for record in show.rounds],
        **derived_result(scored, finalists, show.seed),
        "acts": [_act(act) for act in show.acts],
        "journal": _journal(show.journal),
    }


def _event(show: Show) -> Json:
    scoring = show.scoring
    return {
        "id": show.id,
        "name": show.name,
        "rehearsal": show.rehearsal,
        "weights": {component.value: fraction_text(scoring.weights[component]) for component in Component},
        "audience_method": scoring.audience_method.value,
        "audience_quorum": scoring.audience_quorum,
        "experts_trimmed": scoring.experts_trimmed,
        "criteria": criterion_rows(scoring.criteria),
        "reveal_order": [component.value for component in show.reveal_order],
        "ties": [rule.value for rule in TieRule],
        "seed": show.seed,
        "judges": judge_rows(show.judges),
    }


def _finalist(finalist: FinalistRecord) -> Json:
    return {
        "id": finalist.id,
        "name": finalist.name,
        "adapter": finalist.adapter,
        "adapter_sha256": finalist.adapter_sha256,
    }


def _round(show: Show, record: RoundRecord) -> Json:
    marks = record.marks
    _must_agree(record)
    derived = derived_round(show.scoring, marks, record.counts)
    return {
        "key": record.key,
        "number": marks.number,
        "run": record.run,
        "question": record.question,
        "multiplier": marks.multiplier,
        "status": record.status,
        "void_reason": record.void_reason,
        "attempts": [_attempt(attempt) for attempt in record.attempts],
        "verdicts": [verdict_row(verdict) for verdict in marks.verdicts],
        "abstained": dict(record.abstained),
        "ballots": _ballots(marks.tally),
        "flags": dict(record.flags),
        "reveal": [component.value for component in record.reveal],
        **judging_rows(record),
        **derived,
        "scorecards": [
            {**_card(card), **row} for card, row in zip(marks.scorecards, derived["scorecards"], strict=True)
        ],
        "corrections": [
            {**row, **_correction(correction)}
            for correction, row in zip(marks.corrections, derived["corrections"], strict=True)
        ],
    }


def _must_agree(record: RoundRecord) -> None:
    """Who entered is not in the file but follows from the attempts, so the two must say the same."""
    entries = [attempt.finalist for attempt in record.attempts if attempt.is_entry]
    if sorted(entries) != sorted(record.marks.entered):
        raise ValueError(
            f"Round {record.key}: the marks know entries of {_names(record.marks)}, "
            f"the attempts of {', '.join(sorted(entries)) or 'nobody'}."
        )


def _names(marks: RoundMarks) -> str:
    return ", ".join(sorted(marks.entered)) or "nobody"


def _attempt(attempt: AttemptRecord) -> Json:
    return {
        "id": attempt.id,
        "finalist": attempt.finalist,
        "system_prompt": attempt.system_prompt,
        "temperature": attempt.temperature,
        "top_p": attempt.top_p,
        "max_tokens": attempt.max_tokens,
        "seed": attempt.seed,
        "text": attempt.text,
        "tokens": attempt.tokens,
        "ttft_ms": attempt.ttft_ms,
        **_served(attempt),
        "started_at": time_text(attempt.started_at),
        "ended_at": time_text(attempt.ended_at),
        "finish_reason": attempt.finish_reason,
        "automatic": attempt.automatic,
        "entry": attempt.is_entry,
    }


def _served(attempt: AttemptRecord) -> Json:
    """By which model on which engine the attempt was made, how long that took, and what went wrong meanwhile."""
    return {
        "adapter_sha256": attempt.adapter_sha256,
        "engine": attempt.engine,
        "prompt_tokens": attempt.prompt_tokens,
        "queue_ms": attempt.queue_ms,
        "stream_ms": attempt.stream_ms,
        "retries": attempt.retries,
        "lost_ms": attempt.lost_ms,
        "failure": attempt.failure,
    }


def _card(card: Scorecard) -> Json:
    return {"marks": {key: half_points_text(mark) for key, mark in card.marks.items()}}


def _ballots(tally: Tally) -> Json:
    return {
        "counted": tally.counted,
        "discarded": tally.discarded,
        "favourites": dict(tally.favourites),
        "stars": {
            finalist: {str(star): count for star, count in sorted(given.items())}
            for finalist, given in tally.stars.items()
        },
    }


def _correction(correction: Correction) -> Json:
    return {"to": fraction_text(correction.after), "reason": correction.reason}


def _act(act: ActRecord) -> Json:
    return {
        "at": time_text(act.at),
        "kind": act.kind,
        "round": act.round,
        "reason": act.reason,
        "detail": act.detail,
    }


def _journal(entries: tuple[JournalEntry, ...]) -> Json:
    return {
        "entries": len(entries),
        "head": entries[-1].hash if entries else GENESIS,
        "how_to_check": HOW_TO_CHECK,
        "log": [
            {"number": e.number, "at_ms": e.at_ms, "kind": e.kind, "payload": e.payload, "hash": e.hash}
            for e in entries
        ],
    }
