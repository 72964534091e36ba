"""What the clock and the platform themselves do: alarms, downtime, incidents, outages."""

from server.domain import commands as c
from server.domain import events as e
from server.domain.actors import Actor
from server.domain.decide import _judging, _organiser, _prompting
from server.domain.decide._common import IGNORED, Decision
from server.domain.evolve import evolve
from server.domain.state import CLOCKED, EventState, Phase

HOLD_WORDS = "One moment: the models are being restarted. The clock stands still."


def tick(state: EventState, command: c.Tick, actor: Actor, now: int) -> Decision:
    """Whatever is due at `now`. Ignored when nothing is, so a late or doubled alarm does no harm."""
    round_ = state.current
    if round_ is None or state.is_paused:
        return IGNORED
    match round_.phase:
        case Phase.BRIEFING if _due(round_.briefing_ends_at, now):
            return (_organiser.started(state, now),)
        case Phase.PROMPTING if _due(round_.last_bell, now):
            rung = e.BellRung(now + state.event.rules.grace_seconds * 1000)
            return _prompting.bell(state, command.drafts, now, rung)
        case Phase.SETTLING if not round_.grace_over and _due(round_.grace_ends_at, now):
            ended = e.GraceEnded()
            return (ended, *_prompting.settle_if_done(evolve(state, ended, now), now))
        case Phase.JUDGING:
            return _judging.due(state, now)
    return IGNORED


def _due(at: int | None, now: int) -> bool:
    return at is not None and now >= at


def make_up_downtime(state: EventState, command: c.MakeUpDowntime, actor: Actor, now: int) -> Decision:
    round_ = state.current
    if round_ is None or round_.phase not in CLOCKED or state.is_paused or command.down_from >= now:
        return IGNORED
    return (e.DowntimeMadeUp(command.down_from, now - command.down_from),)


def note_incident(state: EventState, command: c.NoteIncident, actor: Actor, now: int) -> Decision:
    return (e.IncidentNoted(command.what[:500], command.finalist),)


def note_outage(state: EventState, command: c.NoteOutage, actor: Actor, now: int) -> Decision:
    """Told once. While finalists are at it, nobody shall lose time by it: the clock stops and the hall is told."""
    round_, why = state.current, command.why[:500]
    if state.outage or state.finished_at is not None:
        return IGNORED
    generating = round_ is not None and round_.phase in (Phase.PROMPTING, Phase.SETTLING)
    if not (generating and state.event.rules.hold_on_outage):
        return (e.OutageBegan(why, paused=False, hold=""),)
    return (e.OutageBegan(why, paused=not state.is_paused, hold="" if state.hold is not None else HOLD_WORDS),)


def note_recovery(state: EventState, command: c.NoteRecovery, actor: Actor, now: int) -> Decision:
    """The arena's own slide goes; the clock waits for the organiser, who sees whether everybody is ready."""
    return (e.OutageEnded(command.engine, unhold=state.hold == HOLD_WORDS),) if state.outage else IGNORED
