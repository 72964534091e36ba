"""Scores and standings of a running event: the state's rounds handed to `scoring` and `standings`."""

from server.domain.marks import RoundMarks
from server.domain.scoring import RoundScores, score_round
from server.domain.standings import Standing, standings
from server.domain.state import EventState, Phase, Round


def marks_of(state: EventState, round_: Round) -> RoundMarks:
    """What was marked in a round, for every finalist of the event."""
    return RoundMarks(
        number=round_.number,
        multiplier=round_.question.multiplier,
        finalists=state.event.finalist_ids,
        entered=frozenset(round_.entries),
        verdicts=round_.verdicts,
        scorecards=round_.scorecards,
        tally=round_.tally,
        corrections=round_.corrections,
        criteria=round_.question.criteria,
    )


def round_scores(state: EventState, round_: Round) -> RoundScores:
    """The scores of a sealed or revealed round as they stand."""
    return score_round(state.event.rules.scoring, marks_of(state, round_))


def final_standings(state: EventState) -> tuple[Standing, ...]:
    """Standings over every revealed round: the organiser's view, and the result at the end."""
    return _over(state, state.scored)


def public_standings(state: EventState) -> tuple[Standing, ...]:
    """Standings as the room may see them: without the last round while they are frozen."""
    rounds = tuple(r for r in state.scored if not (is_frozen(state) and state.is_last(r)))
    return _over(state, rounds)


def previous_standings(state: EventState) -> tuple[Standing, ...]:
    """Standings before the round revealed last, for ranks that glide to their new place."""
    return _over(state, state.scored[:-1])


def is_frozen(state: EventState) -> bool:
    """Whether standings are frozen: the last round is open or played, the champion is not named."""
    frozen = state.event.rules.freeze_before_last and state.finished_at is None
    return frozen and any(state.is_last(r) and r.phase is not Phase.VOIDED for r in state.rounds)


def _over(state: EventState, rounds: tuple[Round, ...]) -> tuple[Standing, ...]:
    scored = [round_scores(state, round_) for round_ in rounds]
    return standings(scored, state.event.finalist_ids, state.event.seed)
