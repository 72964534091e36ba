"""The rules of the show as one pure function: `decide(state, command, actor, now)`.

An answer is a tuple of events. Empty means *ignored*: the command is repeated or no longer matters.
Raises `NotAllowed` (wrong role), `Refused` (malformed), `TooLate` (out of phase, with the reason in words).
"""

from server.domain import commands as c
from server.domain.actors import Actor, Role
from server.domain.decide import _clock, _judging, _organiser, _prompting, _reveal
from server.domain.decide._common import Decision, Rule
from server.domain.errors import NotAllowed
from server.domain.state import EventState

__all__ = ["Decision", "decide"]


def decide(state: EventState, command: c.Command, actor: Actor, now: int) -> Decision:
    """What follows from `command`, given by `actor` at `now` (epoch milliseconds)."""
    role, rule = _RULES[type(command)]
    if actor.role is not role:
        raise NotAllowed(f"Only the {role.value} may do this; you are here as {actor.role.value}.")
    return rule(state, command, actor, now)


_ORGANISER: dict[type, Rule] = {
    c.Configure: _organiser.configure,
    c.OpenRound: _organiser.open_round,
    c.StartClock: _organiser.start_clock,
    c.Pause: _organiser.pause,
    c.Resume: _organiser.resume,
    c.Extend: _organiser.extend,
    c.EndPrompting: _organiser.end_prompting,
    c.Void: _organiser.void,
    c.Replay: _organiser.replay,
    c.ShowHold: _organiser.show_hold,
    c.HideHold: _organiser.hide_hold,
    c.NoteLink: _organiser.note_link,
    c.ExtendVoting: _judging.extend_voting,
    c.CloseJudging: _judging.close,
    c.Rejudge: _judging.rejudge,
    c.ApplyRejudging: _judging.apply_rejudging,
    c.DiscardRejudging: _judging.discard_rejudging,
    c.Approve: _reveal.approve,
    c.Correct: _reveal.correct,
    c.RevealComponent: _reveal.reveal_component,
    c.RevealTotal: _reveal.reveal_total,
    c.ShowStandings: _reveal.show_standings,
    c.Finish: _reveal.finish,
}
_FINALIST: dict[type, Rule] = {
    c.Generate: _prompting.generate,
    c.StopGenerating: _prompting.stop,
    c.Pin: _prompting.pin,
}
_SYSTEM: dict[type, Rule] = {
    c.Tick: _clock.tick,
    c.MakeUpDowntime: _clock.make_up_downtime,
    c.NoteIncident: _clock.note_incident,
    c.NoteOutage: _clock.note_outage,
    c.NoteRecovery: _clock.note_recovery,
    c.FinishAttempt: _prompting.finish_attempt,
    c.RecordVerdicts: _judging.record_verdicts,
    c.RecordAbstention: _judging.record_abstention,
    c.NoteFindings: _judging.note_findings,
    c.NoteScorecard: _judging.note_scorecard,
    c.Seal: _judging.seal,
}
_RULES: dict[type, tuple[Role, Rule]] = (
    {kind: (Role.ORGANISER, rule) for kind, rule in _ORGANISER.items()}
    | {kind: (Role.FINALIST, rule) for kind, rule in _FINALIST.items()}
    | {kind: (Role.SYSTEM, rule) for kind, rule in _SYSTEM.items()}
)
