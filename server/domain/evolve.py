"""Folding: how each event changes the state. No rule is checked here; `decide` did that.

`fold` of a journal gives the state again, bit for bit.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from server.domain import events as e
from server.domain.event import Event
from server.domain.state import Act, Attempt, EventState, Phase, Rejudging, Round


def initial(event: Event) -> EventState:
    """The state before anything happened."""
    return EventState(event=event)


def fold(state: EventState, happenings: Iterable[tuple[int, e.Happening]]) -> EventState:
    """Apply (at, event) pairs in order."""
    for at, happening in happenings:
        state = evolve(state, happening, at)
    return state


def evolve(state: EventState, happening: e.Happening, at: int) -> EventState:
    """The state after one event. `at`: when it was decided, epoch milliseconds."""
    if isinstance(happening, tuple(_EVENT_WIDE)):
        return _EVENT_WIDE[type(happening)](state, happening, at)
    round_ = state.current
    assert round_ is not None, f"{type(happening).__name__} needs an open round"
    state = _with_round(state, _ROUND_WIDE[type(happening)](round_, happening, at))
    act = _organisers_act(happening)
    return state if act is None else _act(state, at, *act)


def _organisers_act(happening: e.Happening) -> tuple[str, str] | None:
    """Kind and reason, if the event is an organiser's decision that the results must show."""
    match happening:
        case e.BellRung(early=True, reason=reason):
            return "end early", reason
        case e.JudgingClosed(automatic=False):
            return "close judging", ""
        case e.RoundApproved():
            return "approve", ""
        case e.RejudgingAsked(reason=reason):
            return "re-judge", reason
        case e.RejudgingApplied():
            return "apply re-judging", ""
        case e.RejudgingDiscarded():
            return "discard re-judging", ""
    return None


def _with_round(state: EventState, round_: Round) -> EventState:
    rounds = tuple(round_ if r.key == round_.key else r for r in state.rounds)
    return replace(state, rounds=rounds)


# --- event-wide ----------------------------------------------------------------------------------


def _configured(state: EventState, h: e.EventConfigured, at: int) -> EventState:
    return replace(state, event=h.event)


def _opened(state: EventState, h: e.RoundOpened, at: int) -> EventState:
    round_ = Round(
        key=h.key,
        number=h.number,
        run=h.run,
        question=state.event.questions[h.number - 1],
        phase=Phase.BRIEFING,
        briefing_ends_at=h.briefing_ends_at,
        opened_at=at,
    )
    return replace(state, rounds=(*state.rounds, round_), standings_shown=False, hold=None)


def _paused(state: EventState, h: e.Paused, at: int) -> EventState:
    return _act(replace(state, paused_at=at, pause_reason=h.reason), at, "pause", h.reason)


def _resumed(state: EventState, h: e.Resumed, at: int) -> EventState:
    state = replace(state, paused_at=None, pause_reason="")
    return _act(_shift(state, h.shift_ms), at, "resume", "", f"{h.shift_ms / 1000:.1f} s")


def _downtime(state: EventState, h: e.DowntimeMadeUp, at: int) -> EventState:
    return _act(_shift(state, h.shift_ms), at, "downtime", "the server was away", f"{h.shift_ms / 1000:.1f} s")


def _shift(state: EventState, ms: int) -> EventState:
    round_ = state.current
    if round_ is None:
        return state

    def later(at: int | None) -> int | None:
        return None if at is None else at + ms

    shifted = replace(
        round_,
        briefing_ends_at=later(round_.briefing_ends_at),
        bell_at=later(round_.bell_at),
        grace_ends_at=later(round_.grace_ends_at),
        voting_ends_at=later(round_.voting_ends_at),
        judges_end_at=later(round_.judges_end_at),
    )
    return _with_round(state, shifted)


def _extended(state: EventState, h: e.Extended, at: int) -> EventState:
    round_ = state.current
    assert round_ is not None
    if h.finalist is None:
        moved = replace(round_, bell_at=(round_.bell_at or 0) + h.ms)
    else:
        extra = {**round_.extra_ms, h.finalist: round_.extra_ms.get(h.finalist, 0) + h.ms}
        moved = replace(round_, extra_ms=extra)
    whom = h.finalist or "everyone"
    return _act(_with_round(state, moved), at, "extend", h.reason, f"{h.ms // 1000} s for {whom}")


def _corrected(state: EventState, h: e.MarkCorrected, at: int) -> EventState:
    round_ = state.round(h.round)
    assert round_ is not None
    c = h.correction
    state = _with_round(state, replace(round_, corrections=(*round_.corrections, c)))
    detail = f"{c.component.value} of {c.finalist}: {c.before} → {c.after}"
    return _act(state, at, "correct", c.reason, detail, h.round)


def _voided(state: EventState, h: e.RoundVoided, at: int) -> EventState:
    round_ = state.round(h.round)
    assert round_ is not None
    attempts = tuple(replace(a, superseded=True) if a.is_running else a for a in round_.attempts)
    voided = replace(round_, phase=Phase.VOIDED, void_reason=h.reason, attempts=attempts, rejudging=None)
    return _act(replace(_with_round(state, voided), paused_at=None), at, "void", h.reason, "", h.round)


def _standings(state: EventState, h: e.StandingsShown, at: int) -> EventState:
    return replace(state, standings_shown=True)


def _hold(state: EventState, h: e.HoldShown, at: int) -> EventState:
    return replace(state, hold=h.text)


def _unhold(state: EventState, h: e.HoldHidden, at: int) -> EventState:
    return replace(state, hold=None)


def _finished(state: EventState, h: e.EventFinished, at: int) -> EventState:
    return replace(state, finished_at=at, standings_shown=True)


def _link(state: EventState, h: e.LinkRenewed, at: int) -> EventState:
    return _act(state, at, "link", h.reason, f"fresh link for {h.role} {h.who}")


def _incident(state: EventState, h: e.IncidentNoted, at: int) -> EventState:
    return _act(state, at, "incident", h.what, h.finalist)


def _act(state: EventState, at: int, kind: str, reason: str, detail: str = "", round_: str | None = None) -> EventState:
    key = round_ if round_ is not None else (state.current.key if state.current else "")
    return replace(state, acts=(*state.acts, Act(at, kind, key, reason, detail)))


# --- in the current round ------------------------------------------------------------------------


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


def _settled(state: EventState, h: e.RoundSettled, at: int) -> EventState:
    assert state.current is not None
    # A journal's JSON sorts its keys; lane order is restored here.
    entries = {f: h.entries[f] for f in state.event.finalist_ids if f in h.entries}
    return _with_round(state, _judging(state.current, h, entries))


def _judging(r: Round, h: e.RoundSettled, entries: dict[str, str]) -> Round:
    return replace(
        r,
        phase=Phase.JUDGING,
        entries=entries,
        flags=h.flags,
        voting_ends_at=h.voting_ends_at,
        judges_end_at=h.judges_end_at,
    )


def _voting_extended(r: Round, h: e.VotingExtended, at: int) -> Round:
    return replace(r, voting_ends_at=h.voting_ends_at, voting_closed=False)


def _voting_closed(r: Round, h: e.VotingClosed, at: int) -> Round:
    return replace(r, voting_closed=True)


def _scorecard(r: Round, h: e.ScorecardNoted, at: int) -> Round:
    experts = r.experts_in | {h.expert} if h.complete else r.experts_in - {h.expert}
    return replace(r, experts_in=experts)


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
    return replace(r, verdicts=r.rejudging.verdicts, abstained=r.rejudging.abstained, rejudging=None)


def _rejudging_discarded(r: Round, h: e.RejudgingDiscarded, at: int) -> Round:
    return replace(r, rejudging=None)


def _component(r: Round, h: e.ComponentRevealed, at: int) -> Round:
    return replace(r, shown=(*r.shown, h.component))


def _total(r: Round, h: e.TotalRevealed, at: int) -> Round:
    return replace(r, total_shown=True, phase=Phase.REVEALED)


_EVENT_WIDE: dict[type, Callable[[EventState, Any, int], EventState]] = {
    e.EventConfigured: _configured,
    e.RoundOpened: _opened,
    e.Paused: _paused,
    e.Resumed: _resumed,
    e.DowntimeMadeUp: _downtime,
    e.Extended: _extended,
    e.RoundSettled: _settled,
    e.MarkCorrected: _corrected,
    e.RoundVoided: _voided,
    e.StandingsShown: _standings,
    e.HoldShown: _hold,
    e.HoldHidden: _unhold,
    e.EventFinished: _finished,
    e.LinkRenewed: _link,
    e.IncidentNoted: _incident,
}

_ROUND_WIDE: dict[type, Callable[[Round, Any, int], Round]] = {
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
