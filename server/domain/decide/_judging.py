"""From the last stream to the seal: votes, scorecards, judges, and the second opinion."""

from dataclasses import replace

from server.domain import commands as c
from server.domain import events as e
from server.domain.actors import Actor
from server.domain.counting import with_checks
from server.domain.decide._common import IGNORED, Decision, current, reason_of
from server.domain.errors import Refused, TooLate
from server.domain.evolve import evolve
from server.domain.marks import Verdict
from server.domain.outstanding import is_complete, uninspected, waiting
from server.domain.state import EventState, Phase, Round

LONGEST_VOTING_EXTENSION_S = 600


def due(state: EventState, now: int) -> Decision:
    """What the clock owes a round in judging: the end of the vote, of the judges' time, of the phase."""
    round_ = current(state, Phase.JUDGING)
    happenings: list[e.Happening] = []
    if not round_.voting_closed and now >= (round_.voting_ends_at or 0):
        happenings.append(e.VotingClosed())
    if now >= (round_.judges_end_at or 0):
        seconds = state.event.rules.judge_seconds
        happenings += [e.JudgeAbstained(j, f"no answer within {seconds} s") for j in waiting(state, round_)]
    return (*happenings, *close_if_done(_after(state, happenings, now)))


def _after(state: EventState, happenings: "list[e.Happening]", now: int) -> EventState:
    for happening in happenings:
        state = evolve(state, happening, now)
    return state


def close_if_done(state: EventState) -> Decision:
    """The automatic close: the vote is over and every expert and judge is in."""
    round_ = state.current
    if round_ is None or round_.phase is not Phase.JUDGING or round_.closing:
        return ()
    if not round_.entries:
        return (e.JudgingClosed(automatic=True),)
    experts = {expert.id for expert in state.event.experts}
    if round_.voting_closed and experts <= round_.experts_in and not waiting(state, round_):
        return (e.JudgingClosed(automatic=True),)
    return ()


def close(state: EventState, command: c.CloseJudging, actor: Actor, now: int) -> Decision:
    round_ = current(state, Phase.JUDGING)
    if round_.closing:
        return IGNORED
    unpause: Decision = (e.Resumed(max(0, now - state.paused_at)),) if state.paused_at is not None else ()
    unheard = [e.JudgeAbstained(j, "judging was closed first") for j in waiting(state, round_)]
    return (*unpause, *unheard, e.JudgingClosed(automatic=False))


def extend_voting(state: EventState, command: c.ExtendVoting, actor: Actor, now: int) -> Decision:
    if not 1 <= command.seconds <= LONGEST_VOTING_EXTENSION_S:
        raise Refused(f"Give between 1 and {LONGEST_VOTING_EXTENSION_S} seconds, not {command.seconds}.")
    round_ = current(state, Phase.JUDGING)
    if round_.closing:
        raise TooLate("The vote is being counted; it cannot be opened again.")
    clock = state.paused_at if state.paused_at is not None else now
    return (e.VotingExtended(max(clock, round_.voting_ends_at or 0) + command.seconds * 1000),)


def note_findings(state: EventState, command: c.NoteFindings, actor: Actor, now: int) -> Decision:
    if uninspected(state) != command.round:
        return IGNORED
    round_ = current(state, Phase.JUDGING, Phase.SEALED)
    return (e.EntriesInspected({f: found for f, found in command.findings.items() if f in round_.entries and found}),)


def note_scorecard(state: EventState, command: c.NoteScorecard, actor: Actor, now: int) -> Decision:
    round_ = state.current
    if round_ is None or round_.key != command.round or round_.phase is not Phase.JUDGING:
        return IGNORED
    if (command.expert in round_.experts_in) == command.complete:
        return IGNORED
    noted = e.ScorecardNoted(command.expert, command.complete)
    return (noted, *close_if_done(evolve(state, noted, now)))


def record_verdicts(state: EventState, command: c.RecordVerdicts, actor: Actor, now: int) -> Decision:
    round_ = state.current
    if round_ is None or round_.key != command.round:
        return IGNORED
    if {v.finalist for v in command.verdicts} != set(round_.entries):
        raise Refused(f"Judge {command.judge} must mark every entry of the round, and nothing else.")
    verdicts = tuple(_weighed(state, round_, command.judge, verdict) for verdict in command.verdicts)
    if command.rejudging:
        return _preview(round_, command.judge, e.VerdictsRecorded(command.judge, verdicts, True, command.requests))
    if round_.phase is not Phase.JUDGING or command.judge not in waiting(state, round_):
        return IGNORED
    recorded = e.VerdictsRecorded(command.judge, verdicts, requests=command.requests)
    return (recorded, *close_if_done(evolve(state, recorded, now)))


def _weighed(state: EventState, round_: Round, judge: str, verdict: Verdict) -> Verdict:
    """The verdict with the exact checks in it and the judge's weight, as the event has frozen it."""
    seat = state.event.seat(judge)
    weighed = verdict if seat is None else replace(verdict, weight=seat.weight)
    return with_checks(round_.question, round_.counted.get(verdict.finalist, ()), weighed)


def record_abstention(state: EventState, command: c.RecordAbstention, actor: Actor, now: int) -> Decision:
    round_ = state.current
    if round_ is None or round_.key != command.round:
        return IGNORED
    if command.rejudging:
        return _preview(round_, command.judge, e.JudgeAbstained(command.judge, command.reason, True, command.requests))
    if round_.phase is not Phase.JUDGING or command.judge not in waiting(state, round_):
        return IGNORED
    abstained = e.JudgeAbstained(command.judge, command.reason, requests=command.requests)
    return (abstained, *close_if_done(evolve(state, abstained, now)))


def _preview(round_: Round, judge: str, happening: e.Happening) -> Decision:
    preview = round_.rejudging
    if preview is None or judge in preview.abstained or any(v.judge == judge for v in preview.verdicts):
        return IGNORED
    return (happening,)


def seal(state: EventState, command: c.Seal, actor: Actor, now: int) -> Decision:
    round_ = state.current
    if round_ is None or round_.key != command.round or not round_.closing:
        return IGNORED
    return (e.RoundSealed(command.tally, command.scorecards),)


def rejudge(state: EventState, command: c.Rejudge, actor: Actor, now: int) -> Decision:
    round_ = current(state, Phase.SEALED)
    if round_.shown:
        raise TooLate("Marks of this round are on the stage already; correct a mark with a reason instead.")
    if not state.event.judges:
        raise Refused("This event has no LLM judge to ask again.")
    # Another seed each time: the same one would show the judges the same orders, and ask nothing new.
    return (e.RejudgingAsked(reason_of(command.reason, "asking the judges again"), command.seed or now),)


def apply_rejudging(state: EventState, command: c.ApplyRejudging, actor: Actor, now: int) -> Decision:
    round_ = current(state, Phase.SEALED)
    if round_.rejudging is None:
        return IGNORED
    if not is_complete(state, round_):
        raise TooLate("The judges have not all answered yet. Wait for them, or discard the preview.")
    return (e.RejudgingApplied(),)


def discard_rejudging(state: EventState, command: c.DiscardRejudging, actor: Actor, now: int) -> Decision:
    round_ = current(state, Phase.SEALED)
    return IGNORED if round_.rejudging is None else (e.RejudgingDiscarded(),)
