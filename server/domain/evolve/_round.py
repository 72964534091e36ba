"""Events that change the current round alone."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from server.domain import events as e
from server.domain.marks import SecondOpinion
from server.domain.state import Attempt, Phase, Rejudging, Round


def _clock_started(r: Round, h: e.ClockStarted, at: int) -> Round:
    return replace(r, phase=Phase.PROMPTING, bell_at=h.bell_at, briefing_ends_at=None)


def _attempt_started(r: Round, h: e.AttemptStarted, at: int) -> Round:
    older = tuple(replace(a, superseded=True) if _streams_for(a, h.finalist) else a for a in r.attempts)
    attempt = Attempt(
        id=h.attempt_id,
        finalist=h.finalist,
        number=len(r.attempts_of(h.finalist)) + 1,
        system_prompt=h.system_prompt,
        temperature=h.temperature,
        top_p=h.top_p,
        max_tokens=h.max_tokens,
        seed=h.seed,
        started_at=at,
        automatic=h.automatic,
        adapter=h.adapter,
        adapter_sha256=h.adapter_sha256,
        prompt_tokens=h.prompt_tokens,
    )
    return replace(r, attempts=(*older, attempt))


def _streams_for(attempt: Attempt, finalist: str) -> bool:
    return attempt.finalist == finalist and attempt.is_running


def _attempt_finished(r: Round, h: e.AttemptFinished, at: int) -> Round:
    def finish(a: Attempt) -> Attempt:
        return replace(
            a,
            text=h.text,
            tokens=h.tokens,
            ttft_ms=h.ttft_ms,
            finish_reason=h.finish_reason,
            failure=h.failure,
            retries=h.retries,
            engine=h.engine,
            queue_ms=h.queue_ms,
            stream_ms=h.stream_ms,
            lost_ms=h.lost_ms,
            ended_at=at,
        )

    return _map_attempt(r, h.attempt_id, finish)


def _attempt_stopped(r: Round, h: e.AttemptStopped, at: int) -> Round:
    return _map_attempt(r, h.attempt_id, lambda a: replace(a, superseded=True))


def _map_attempt(r: Round, attempt_id: str, change: Callable[[Attempt], Attempt]) -> Round:
    return replace(r, attempts=tuple(change(a) if a.id == attempt_id else a for a in r.attempts))


def _pinned(r: Round, h: e.AttemptPinned, at: int) -> Round:
    pins = {f: a for f, a in r.pins.items() if f != h.finalist}
    return replace(r, pins=pins if h.attempt_id is None else {**pins, h.finalist: h.attempt_id})


def _bell(r: Round, h: e.BellRung, at: int) -> Round:
    early = {"bell_at": at, "extra_ms": {}} if h.early else {}
    changed: Round = replace(r, phase=Phase.SETTLING, grace_ends_at=h.grace_ends_at, **early)  # type: ignore[arg-type]
    return changed


def _grace_ended(r: Round, h: e.GraceEnded, at: int) -> Round:
    return replace(r, grace_over=True)


def _voting_extended(r: Round, h: e.VotingExtended, at: int) -> Round:
    return replace(r, voting_ends_at=h.voting_ends_at, voting_closed=False)


def _voting_closed(r: Round, h: e.VotingClosed, at: int) -> Round:
    return replace(r, voting_closed=True)


def _scorecard(r: Round, h: e.ScorecardNoted, at: int) -> Round:
    experts = r.experts_in | {h.expert} if h.complete else r.experts_in - {h.expert}
    return replace(r, experts_in=experts)


def _inspected(r: Round, h: e.EntriesInspected, at: int) -> Round:
    return replace(r, findings=h.findings)


def _verdicts(r: Round, h: e.VerdictsRecorded, at: int) -> Round:
    if not h.rejudging:
        return replace(r, verdicts=(*r.verdicts, *h.verdicts))
    assert r.rejudging is not None
    preview = replace(r.rejudging, verdicts=(*r.rejudging.verdicts, *h.verdicts))
    return replace(r, rejudging=preview)


def _abstained(r: Round, h: e.JudgeAbstained, at: int) -> Round:
    if not h.rejudging:
        return replace(r, abstained={**r.abstained, h.judge: h.reason})
    assert r.rejudging is not None
    preview = replace(r.rejudging, abstained={**r.rejudging.abstained, h.judge: h.reason})
    return replace(r, rejudging=preview)


def _closed(r: Round, h: e.JudgingClosed, at: int) -> Round:
    return replace(r, closing=True, voting_closed=True)


def _sealed(r: Round, h: e.RoundSealed, at: int) -> Round:
    return replace(r, phase=Phase.SEALED, closing=False, tally=h.tally, scorecards=h.scorecards)


def _approved(r: Round, h: e.RoundApproved, at: int) -> Round:
    return replace(r, approved=True)


def _rejudging(r: Round, h: e.RejudgingAsked, at: int) -> Round:
    return replace(r, rejudging=Rejudging(reason=h.reason, asked_at=at, seed=h.seed))


def _rejudging_applied(r: Round, h: e.RejudgingApplied, at: int) -> Round:
    assert r.rejudging is not None
    new = r.rejudging
    return replace(_decided(r, applied=True), verdicts=new.verdicts, abstained=new.abstained, rejudging=None)


def _rejudging_discarded(r: Round, h: e.RejudgingDiscarded, at: int) -> Round:
    return replace(_decided(r, applied=False), rejudging=None)


def _decided(r: Round, *, applied: bool) -> Round:
    """The round with its preview among the second opinions."""
    if r.rejudging is None:
        return r
    new = r.rejudging
    opinion = SecondOpinion(new.reason, new.asked_at, applied, r.verdicts, new.verdicts, new.abstained)
    return replace(r, second_opinions=(*r.second_opinions, opinion))


def _component(r: Round, h: e.ComponentRevealed, at: int) -> Round:
    return replace(r, shown=(*r.shown, h.component))


def _total(r: Round, h: e.TotalRevealed, at: int) -> Round:
    return replace(r, total_shown=True, phase=Phase.REVEALED)


ROUND_WIDE: dict[type, Callable[[Round, Any, int], Round]] = {
    e.ClockStarted: _clock_started,
    e.AttemptStarted: _attempt_started,
    e.AttemptFinished: _attempt_finished,
    e.AttemptStopped: _attempt_stopped,
    e.AttemptPinned: _pinned,
    e.BellRung: _bell,
    e.GraceEnded: _grace_ended,
    e.VotingExtended: _voting_extended,
    e.VotingClosed: _voting_closed,
    e.ScorecardNoted: _scorecard,
    e.EntriesInspected: _inspected,
    e.VerdictsRecorded: _verdicts,
    e.JudgeAbstained: _abstained,
    e.JudgingClosed: _closed,
    e.RoundSealed: _sealed,
    e.RoundApproved: _approved,
    e.RejudgingAsked: _rejudging,
    e.RejudgingApplied: _rejudging_applied,
    e.RejudgingDiscarded: _rejudging_discarded,
    e.ComponentRevealed: _component,
    e.TotalRevealed: _total,
}
