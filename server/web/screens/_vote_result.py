"""What a phone shows after the reveal: the round's places, and how one's own choice did."""

from dataclasses import dataclass

from server.domain.actors import Role
from server.domain.scoreboard import final_standings
from server.domain.state import EventState, Round
from server.web.screens._outcome import OutcomeRow, outcome
from server.web.words import Words

Choice = str | tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class VoteResult:
    """`choice`: the lane voted for, None without one. `how`: how it did, in words. `votes`: counted ballots."""

    w: Words
    choice: int | None
    how: str
    rows: tuple[OutcomeRow, ...]
    votes: int


def result(state: EventState, round_: Round, choice: Choice, w: Words) -> VoteResult:
    """The revealed round for a phone with this choice."""
    rows = outcome(state, round_, Role.AUDIENCE)
    mine = next((row for row in rows if row.finalist == choice), None)
    how = _how(mine, len(rows), w) if mine else w.stars_counted if isinstance(choice, tuple) and choice else w.no_vote
    return VoteResult(w, mine.lane if mine else None, how, rows, round_.tally.counted)


def _how(mine: OutcomeRow, of: int, w: Words) -> str:
    place = w.choice_won if mine.place == 1 else w.choice_place.format(place=mine.place, of=of)
    return f"{place} {w.choice_share.format(share=mine.share)}" if mine.share else place


def ended(state: EventState, w: Words) -> tuple[str, str, int]:
    """The champion: title, words and lane."""
    first = final_standings(state)[0].finalist
    lane = state.event.lane(first)
    return w.champion.format(name=state.event.finalists[lane].name), w.thank_you, lane
