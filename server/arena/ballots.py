"""The ballot box: takes votes while the vote is open and gives a receipt after the commit.

Votes that arrive while a commit is under way share the next one, so thousands a second need few commits.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from server.arena.archive import Archive, Vote
from server.arena.clock import Clock
from server.domain.chain import canonical
from server.domain.duties import ballots_open_until
from server.domain.errors import Refused, TooLate
from server.domain.rules import AudienceMethod
from server.domain.state import EventState

Choice = str | Mapping[str, int]
MOST_STARS = 5


class BallotBox:
    """Ballots of one event. `choices`: voter → choice in the current round, as far as it is durable."""

    def __init__(self, archive: Archive, clock: Clock, state: Callable[[], EventState]) -> None:
        self._archive, self._clock, self._state = archive, clock, state
        self._waiting: list[tuple[Vote, asyncio.Future[None]]] = []
        self._round = ""
        self.choices: dict[str, str] = {}
        self._flushing: asyncio.Task[None] | None = None
        self.on_vote: Callable[[], None] = lambda: None

    def turn_to(self, round_: str, choices: Mapping[str, str]) -> None:
        """Start counting for a round, with what the store has already."""
        self._round, self.choices = round_, dict(choices)

    def cast(self, voter: str, round_: str, choice: Choice) -> "asyncio.Future[None]":
        """Take a vote; the future is done when it is durable. Raises TooLate or Refused at once."""
        vote = self._checked(voter, round_, choice)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((vote, done))
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush())
        return done

    def _checked(self, voter: str, round_: str, choice: Choice) -> Vote:
        state, now = self._state(), self._clock.now()
        until = ballots_open_until(state)
        current = state.current
        if until is None or now >= until or current is None or current.key != round_:
            raise TooLate(_why_closed(state, round_))
        text = _choice_of(choice, current.ballot_order, state.event.rules.scoring.audience_method)
        return Vote(round_, voter, text, now)

    async def _flush(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                await self._write(batch)
        finally:
            self._flushing = None

    async def _write(self, batch: Sequence[tuple[Vote, "asyncio.Future[None]"]]) -> None:
        try:
            await self._archive.put_votes([vote for vote, _ in batch])
        except Exception as error:  # every voter of the batch must hear of it, whatever it was
            for _, done in batch:
                if not done.done():
                    done.set_exception(error)
            return
        for vote, done in batch:
            if vote.round == self._round:
                self.choices[vote.voter] = vote.choice
            if not done.done():
                done.set_result(None)
        self.on_vote()

    async def drained(self) -> None:
        """Wait until every vote taken so far is durable or refused."""
        while self._flushing is not None:
            await asyncio.shield(self._flushing)


def _why_closed(state: EventState, round_: str) -> str:
    current = state.current
    if state.is_paused:
        return "The organiser has paused the vote. Your phone will say when it goes on."
    if current is not None and current.key == round_ and current.voting_ends_at is not None:
        return "The vote has closed: the bell rang before this arrived. Look up at the stage."
    return "That vote is not open now. Your phone will show the next one."


def _choice_of(choice: Choice, entered: Sequence[str], method: AudienceMethod) -> str:
    if isinstance(choice, str):
        if method is not AudienceMethod.FAVOURITE:
            raise Refused("This vote asks for stars, one to five for each answer.")
        if choice not in entered:
            raise Refused("That answer is not in this round. Choose one of those shown.")
        return choice
    if method is not AudienceMethod.STARS:
        raise Refused("This vote asks for one favourite.")
    if set(choice) != set(entered):  # a later incomplete ballot must not undo an earlier valid one
        raise Refused(f"Give stars to all {len(entered)} answers; your earlier ballot, if any, still stands.")
    if any(type(n) is not int or not 1 <= n <= MOST_STARS for n in choice.values()):
        raise Refused(f"Stars go from 1 to {MOST_STARS}.")
    return canonical(dict(choice))
