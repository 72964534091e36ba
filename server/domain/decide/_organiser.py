"""The organiser's acts on the run of show: open, start, pause, extend, void, replay, hold."""

from server.domain import commands as c
from server.domain import events as e
from server.domain.actors import Actor
from server.domain.decide._common import IGNORED, Decision, current, known_finalist, reason_of, short
from server.domain.decide._prompting import bell
from server.domain.errors import Refused, TooLate
from server.domain.evolve import evolve
from server.domain.setup import check_event
from server.domain.state import LIVE, EventState, Phase

LONGEST_EXTENSION_S = 600


def configure(state: EventState, command: c.Configure, actor: Actor, now: int) -> Decision:
    if state.is_locked:
        raise TooLate("The event is locked: its first round was opened. Make a new event to change it.")
    if command.event == state.event:
        return IGNORED
    check_event(command.event)
    return (e.EventConfigured(command.event),)


def open_round(state: EventState, command: c.OpenRound, actor: Actor, now: int) -> Decision:
    if state.finished_at is not None:
        raise TooLate("The event is over: its champion was named.")
    if state.current is not None and state.current.phase in LIVE:
        raise TooLate(f"Round {state.current.number} is not finished. Reveal or void it first.")
    check_event(state.event)
    number = command.number if command.number is not None else state.next_number
    if number is None:
        raise TooLate("All questions were played. Name the champion.")
    if not 1 <= number <= len(state.event.questions):
        raise Refused(f"There is no question {number}; the event has {len(state.event.questions)}.")
    if any(r.number == number and r.phase is not Phase.VOIDED for r in state.rounds):
        raise TooLate(f"Question {number} was played already. Replay it with a reason if it must be.")
    return _opened(state, number, now)


def _opened(state: EventState, number: int, now: int) -> Decision:
    run = 1 + sum(r.number == number for r in state.rounds)
    seconds = state.event.rules.briefing_seconds
    auto = None if seconds is None else now + seconds * 1000
    return (e.RoundOpened(f"{number}.{run}", number, run, auto),)


def start_clock(state: EventState, command: c.StartClock, actor: Actor, now: int) -> Decision:
    if state.current is not None and state.current.phase is Phase.PROMPTING:
        return IGNORED
    current(state, Phase.BRIEFING)
    return (*resume_if_paused(state, now), started(state, now))


def started(state: EventState, now: int) -> e.ClockStarted:
    """The clock's start for the current round's question."""
    assert state.current is not None
    seconds = state.current.question.seconds or state.event.rules.round_seconds
    return e.ClockStarted(bell_at=now + seconds * 1000)


def pause(state: EventState, command: c.Pause, actor: Actor, now: int) -> Decision:
    if state.is_paused:
        return IGNORED
    current(state, Phase.BRIEFING, Phase.PROMPTING, Phase.SETTLING, Phase.JUDGING)
    return (e.Paused(short(command.reason.strip(), "The reason", 500)),)


def resume(state: EventState, command: c.Resume, actor: Actor, now: int) -> Decision:
    return resume_if_paused(state, now)


def resume_if_paused(state: EventState, now: int) -> Decision:
    """The end of a pause, or nothing."""
    if state.paused_at is None:
        return IGNORED
    return (e.Resumed(shift_ms=max(0, now - state.paused_at)),)


def extend(state: EventState, command: c.Extend, actor: Actor, now: int) -> Decision:
    if not 1 <= command.seconds <= LONGEST_EXTENSION_S:
        raise Refused(f"Give between 1 and {LONGEST_EXTENSION_S} seconds, not {command.seconds}.")
    current(state, Phase.PROMPTING)
    if command.finalist is None:
        return (e.Extended(command.seconds * 1000, None, short(command.reason.strip(), "The reason", 500)),)
    finalist = known_finalist(state, command.finalist)
    return (e.Extended(command.seconds * 1000, finalist, reason_of(command.reason, "time for one finalist")),)


def end_prompting(state: EventState, command: c.EndPrompting, actor: Actor, now: int) -> Decision:
    current(state, Phase.PROMPTING)
    reason = reason_of(command.reason, "ringing the bell early")
    rung = e.BellRung(now + state.event.rules.grace_seconds * 1000, early=True, reason=reason)
    unpaused = resume_if_paused(state, now)
    for happening in unpaused:
        state = evolve(state, happening, now)
    return (*unpaused, *bell(state, command.drafts, now, rung))


def void(state: EventState, command: c.Void, actor: Actor, now: int) -> Decision:
    key = command.round or state.current_key
    round_ = state.round(key)
    if round_ is None:
        raise Refused(f"There is no round {key!r} to void.")
    if round_.phase is Phase.VOIDED:
        return IGNORED
    if state.finished_at is not None:
        raise TooLate("The event is over; its result stands.")
    return (e.RoundVoided(key, reason_of(command.reason, "voiding a round")),)


def replay(state: EventState, command: c.Replay, actor: Actor, now: int) -> Decision:
    round_ = state.current
    if round_ is None or state.finished_at is not None:
        raise TooLate("There is no round to replay.")
    reason = reason_of(command.reason, "replaying a round")
    voided: Decision = () if round_.phase is Phase.VOIDED else (e.RoundVoided(round_.key, reason),)
    return (*voided, *_opened(state, round_.number, now))


def show_hold(state: EventState, command: c.ShowHold, actor: Actor, now: int) -> Decision:
    text = short(command.text.strip(), "The slide's text", 200)
    return IGNORED if state.hold == text else (e.HoldShown(text),)


def hide_hold(state: EventState, command: c.HideHold, actor: Actor, now: int) -> Decision:
    return IGNORED if state.hold is None else (e.HoldHidden(),)


def note_link(state: EventState, command: c.NoteLink, actor: Actor, now: int) -> Decision:
    return (e.LinkRenewed(command.role, command.who, short(command.reason.strip(), "The reason", 500)),)
