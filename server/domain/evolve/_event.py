"""Events that change more than the current round: the event itself, clocks, other rounds, what the results show."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from server.domain import events as e
from server.domain.state import Act, EventState, Phase, Round

OUTAGE_WORDS = "The models are being restarted."  # for the hall; why, is the organiser's to know


def with_round(state: EventState, round_: Round) -> EventState:
    """The state with this round in the place of the one with its key."""
    rounds = tuple(round_ if r.key == round_.key else r for r in state.rounds)
    return replace(state, rounds=rounds)


def with_act(
    state: EventState, at: int, kind: str, reason: str, detail: str = "", round_: str | None = None
) -> EventState:
    """The state with one more organiser's act."""
    key = round_ if round_ is not None else state.current_key
    return replace(state, acts=(*state.acts, Act(at, kind, key, reason, detail)))


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
    return with_act(replace(state, paused_at=at, pause_reason=h.reason), at, "pause", h.reason)


def _resumed(state: EventState, h: e.Resumed, at: int) -> EventState:
    state = replace(state, paused_at=None, pause_reason="", paused_by_outage=False)
    return with_act(_shift(state, h.shift_ms), at, "resume", "", f"{h.shift_ms / 1000:.1f} s")


def _downtime(state: EventState, h: e.DowntimeMadeUp, at: int) -> EventState:
    return with_act(_shift(state, h.shift_ms), at, "downtime", "the server was away", f"{h.shift_ms / 1000:.1f} s")


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
    return with_round(state, shifted)


def _extended(state: EventState, h: e.Extended, at: int) -> EventState:
    round_ = state.current
    assert round_ is not None
    if h.finalist is None:
        moved = replace(round_, bell_at=(round_.bell_at or 0) + h.ms)
    else:
        extra = {**round_.extra_ms, h.finalist: round_.extra_ms.get(h.finalist, 0) + h.ms}
        moved = replace(round_, extra_ms=extra)
    whom = h.finalist or "everyone"
    return with_act(with_round(state, moved), at, "extend", h.reason, f"{h.ms // 1000} s for {whom}")


def _corrected(state: EventState, h: e.MarkCorrected, at: int) -> EventState:
    round_ = state.round(h.round)
    assert round_ is not None
    c = h.correction
    state = with_round(state, replace(round_, corrections=(*round_.corrections, c)))
    detail = f"{c.component.value} of {c.finalist}: {c.before} → {c.after}"
    return with_act(state, at, "correct", c.reason, detail, h.round)


def _voided(state: EventState, h: e.RoundVoided, at: int) -> EventState:
    round_ = state.round(h.round)
    assert round_ is not None
    attempts = tuple(replace(a, superseded=True) if a.is_running else a for a in round_.attempts)
    voided = replace(round_, phase=Phase.VOIDED, void_reason=h.reason, attempts=attempts, rejudging=None)
    going = replace(with_round(state, voided), paused_at=None, paused_by_outage=False)
    return with_act(going, at, "void", h.reason, "", h.round)


def _standings(state: EventState, h: e.StandingsShown, at: int) -> EventState:
    return replace(state, standings_shown=True)


def _hold(state: EventState, h: e.HoldShown, at: int) -> EventState:
    return replace(state, hold=h.text)


def _unhold(state: EventState, h: e.HoldHidden, at: int) -> EventState:
    return replace(state, hold=None)


def _finished(state: EventState, h: e.EventFinished, at: int) -> EventState:
    return replace(state, finished_at=at, standings_shown=True)


def _link(state: EventState, h: e.LinkRenewed, at: int) -> EventState:
    return with_act(state, at, "link", h.reason, f"fresh link for {h.role} {h.who}")


def _incident(state: EventState, h: e.IncidentNoted, at: int) -> EventState:
    return with_act(state, at, "incident", h.what, h.finalist)


def _outage(state: EventState, h: e.OutageBegan, at: int) -> EventState:
    if h.paused:
        state = replace(state, paused_at=at, pause_reason=OUTAGE_WORDS, paused_by_outage=True)
    held = replace(state, outage=h.why, hold=h.hold or state.hold)
    return with_act(held, at, "outage", h.why, "the clock was stopped" if h.paused else "")


def _recovered(state: EventState, h: e.OutageEnded, at: int) -> EventState:
    shown = replace(state, outage="", hold=None if h.unhold else state.hold)
    return with_act(shown, at, "recovery", f"{h.engine} answers again")


def _settled(state: EventState, h: e.RoundSettled, at: int) -> EventState:
    assert state.current is not None
    # A journal's JSON sorts its keys; lane order is restored here.
    entries = {f: h.entries[f] for f in state.event.finalist_ids if f in h.entries}
    return with_round(state, _judging(state.current, h, entries))


def _judging(r: Round, h: e.RoundSettled, entries: dict[str, str]) -> Round:
    return replace(
        r,
        phase=Phase.JUDGING,
        entries=entries,
        flags=h.flags,
        counted=h.counted,
        voting_ends_at=h.voting_ends_at,
        judges_end_at=h.judges_end_at,
    )


EVENT_WIDE: dict[type, Callable[[EventState, Any, int], EventState]] = {
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
    e.OutageBegan: _outage,
    e.OutageEnded: _recovered,
}
