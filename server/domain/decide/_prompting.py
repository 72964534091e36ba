"""While the clock runs and until the last stream has ended: attempts, pins, entries."""

import math
from collections.abc import Mapping

from server.domain import commands as c
from server.domain import events as e
from server.domain.actors import Actor
from server.domain.counting import outcomes
from server.domain.decide._common import IGNORED, Decision, current, short
from server.domain.errors import Refused, TooLate
from server.domain.evolve import evolve
from server.domain.leaks import leak
from server.domain.marks import CheckOutcome
from server.domain.pacing import next_start
from server.domain.rules import HOTTEST, LeakPolicy
from server.domain.state import Attempt, EventState, Phase, Round

FINISH_REASONS = frozenset({"stop", "length", "stopped", "cut", "failed"})


def generate(state: EventState, command: c.Generate, actor: Actor, now: int) -> Decision:
    if any(round_.attempt(command.attempt_id) is not None for round_ in state.rounds):
        return IGNORED  # also of an earlier round: a request that was on its way for long must start nothing now
    round_ = _open_to(state, actor.id, now)
    _check_settings(state, command)
    if len(round_.attempts_of(actor.id)) >= state.event.rules.attempts_limit:
        raise Refused(f"You have used all {state.event.rules.attempts_limit} attempts of this round.")
    _check_pace(state, round_, actor.id, now)
    return (started(state, actor.id, command, command.attempt_id, automatic=False),)


def started(
    state: EventState, finalist: str, draft: c.Generate | c.Draft, attempt_id: str, *, automatic: bool
) -> e.AttemptStarted:
    """The start of an attempt from a prompt and settings."""
    playing = state.event.finalists[state.event.lane(finalist)]
    return e.AttemptStarted(
        attempt_id,
        finalist,
        draft.system_prompt,
        draft.temperature,
        draft.top_p,
        draft.max_tokens,
        draft.seed,
        automatic,
        playing.adapter,
        playing.adapter_sha256,
        draft.prompt_tokens if isinstance(draft, c.Generate) else None,
    )


def _check_pace(state: EventState, round_: Round, finalist: str, now: int) -> None:
    """One finalist pressing again and again must not slow the others down."""
    rules = state.event.rules
    starts = [a.started_at for a in round_.attempts_of(finalist) if not a.automatic]
    wait_ms = next_start(starts, rules.attempts_at_once, rules.seconds_per_attempt * 1000) - now
    if wait_ms > 0:
        raise TooLate(f"Too many attempts in a row: press again in {math.ceil(wait_ms / 1000)} s. Your draft is kept.")


def _open_to(state: EventState, finalist: str, now: int) -> Round:
    round_ = current(state, Phase.PROMPTING)
    if state.is_paused:
        raise TooLate("The organiser has paused the round. Your draft is kept; the clock stands still.")
    bell = round_.bell_for(finalist)
    if bell is not None and now >= bell:
        raise TooLate("The bell has rung: nothing sent after it counts.")
    return round_


def _check_settings(state: EventState, command: c.Generate) -> None:
    rules = state.event.rules
    short(command.system_prompt, "The system prompt", rules.prompt_chars_limit)
    if not (math.isfinite(command.temperature) and 0 <= command.temperature <= HOTTEST):
        raise Refused(f"Temperature goes from 0 to {HOTTEST:g}, not {command.temperature}.")
    if not (math.isfinite(command.top_p) and 0 < command.top_p <= 1):
        raise Refused(f"Top-p lies above 0 and goes up to 1, not {command.top_p}.")
    if (command.prompt_tokens or 0) > rules.prompt_tokens_limit:
        raise Refused(
            f"Your prompt and the question are {command.prompt_tokens:,} tokens long; at most "
            f"{rules.prompt_tokens_limit:,} may be sent. Shorten the prompt."
        )
    if not 1 <= command.max_tokens <= rules.max_tokens_limit:
        raise Refused(f"Max tokens goes from 1 to {rules.max_tokens_limit}, not {command.max_tokens}.")


def stop(state: EventState, command: c.StopGenerating, actor: Actor, now: int) -> Decision:
    running = state.current.running(actor.id) if state.current else None
    return IGNORED if running is None else (e.AttemptStopped(running.id),)


def pin(state: EventState, command: c.Pin, actor: Actor, now: int) -> Decision:
    round_ = _open_to(state, actor.id, now)
    if round_.pins.get(actor.id) == command.attempt_id:
        return IGNORED
    if command.attempt_id is not None:
        attempt = round_.attempt(command.attempt_id)
        if attempt is None or attempt.finalist != actor.id:
            raise Refused("That attempt is not one of yours in this round.")
        if not attempt.has_text and not attempt.is_running:
            raise TooLate("That attempt has no text; choose one that has.")
    return (e.AttemptPinned(actor.id, command.attempt_id),)


def finish_attempt(state: EventState, command: c.FinishAttempt, actor: Actor, now: int) -> Decision:
    if command.finish_reason not in FINISH_REASONS:
        raise Refused(f"Unknown finish reason {command.finish_reason!r}.")
    round_ = next((r for r in state.rounds if r.attempt(command.attempt_id)), None)
    attempt = round_.attempt(command.attempt_id) if round_ else None
    if round_ is None or attempt is None or not attempt.is_running or round_ is not state.current:
        return IGNORED
    finished = e.AttemptFinished(
        command.attempt_id,
        command.text,
        command.tokens,
        command.ttft_ms,
        command.finish_reason,
        command.failure,
        command.retries,
        command.engine,
        command.queue_ms,
        command.stream_ms,
        command.lost_ms,
    )
    return (finished, *settle_if_done(evolve(state, finished, now), now))


def bell(state: EventState, drafts: Mapping[str, c.Draft], now: int, rung: e.BellRung) -> Decision:
    """The bell, the automatic attempts it causes, and the settling if nothing streams."""
    round_ = state.current
    assert round_ is not None
    automatic = tuple(
        started(state, f, drafts[f], f"{round_.key}-{f}-auto", automatic=True)
        for f in state.event.finalist_ids
        if f in drafts and _needs_automatic(round_, f, drafts[f])
    )
    after = evolve(state, rung, now)
    for started_ in automatic:
        after = evolve(after, started_, now)
    return (rung, *automatic, *settle_if_done(after, now))


def _needs_automatic(round_: Round, finalist: str, draft: c.Draft) -> bool:
    served = any(a.has_text or a.is_running for a in round_.attempts_of(finalist))
    return bool(draft.system_prompt.strip()) and not served


def settle_if_done(state: EventState, now: int) -> Decision:
    """The end of settling, when no stream is left."""
    round_ = state.current
    if round_ is None or round_.phase is not Phase.SETTLING or any(a.is_running for a in round_.attempts):
        return ()
    found = {f: _entry_of(state, round_, f) for f in state.event.finalist_ids}
    entries = {f: a.id for f, a in found.items() if a is not None}
    rules = state.event.rules
    settled = e.RoundSettled(
        entries,
        _flags(state, round_, found),
        voting_ends_at=now + rules.voting_seconds * 1000,
        judges_end_at=now + rules.judge_seconds * 1000,
        counted=_counted(round_, found),
    )
    return (settled,) if entries else (settled, e.JudgingClosed(automatic=True))


def _counted(round_: Round, found: dict[str, Attempt | None]) -> dict[str, tuple[CheckOutcome, ...]]:
    """How each entry fares in the question's exact checks; empty where it has none."""
    entered = {f: attempt for f, attempt in found.items() if attempt is not None and round_.question.checks}
    return {finalist: outcomes(round_.question, attempt.text) for finalist, attempt in entered.items()}


def _entry_of(state: EventState, round_: Round, finalist: str) -> Attempt | None:
    chosen = round_.counting(finalist)
    if chosen is None or state.event.rules.leak_policy is not LeakPolicy.FORBID or not _leaks(chosen):
        return chosen
    clean = (a for a in reversed(round_.attempts_of(finalist)) if a.has_text and not _leaks(a))
    return next(clean, None)


def _leaks(attempt: Attempt) -> bool:
    return leak(attempt.system_prompt, attempt.text) is not None


def _flags(state: EventState, round_: Round, found: dict[str, Attempt | None]) -> dict[str, str]:
    if state.event.rules.leak_policy is LeakPolicy.ALLOW:
        return {}
    flags: dict[str, str] = {}
    for finalist in found:
        chosen = round_.counting(finalist)
        said = leak(chosen.system_prompt, chosen.text) if chosen else None
        if said is not None:
            flags[finalist] = said
    return flags
