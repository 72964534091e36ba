"""What people hand in beside the journal: drafts, shelves, scorecards. Checked here, durable when it returns."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from server.arena.archive import Archive, Desk
from server.arena.clock import Clock
from server.arena.room import Change
from server.domain.actors import SYSTEM
from server.domain.commands import Draft, NoteScorecard
from server.domain.duties import scorecards_open
from server.domain.errors import Refused, TooLate
from server.domain.marks import Scorecard
from server.domain.state import Round

if TYPE_CHECKING:
    from server.arena.arena import Arena

SHELF_PROMPTS = 20
NOTE_CHARS = 1_000


class Desks:
    """The desks of the current round. The mappings are replaced, never changed, so a Room may keep them."""

    def __init__(self, archive: Archive, clock: Clock, arena: "Arena") -> None:
        self._archive, self._clock, self._arena = archive, clock, arena
        self.turn_to(Desk())

    def turn_to(self, desk: Desk) -> None:
        """Lay the desks with what the store has for a round."""
        self.drafts: Mapping[str, Draft] = desk.drafts
        self.shelves: Mapping[str, tuple[str, ...]] = desk.shelves
        self.cards: Mapping[tuple[str, str], Scorecard] = {(c.expert, c.finalist): c for c in desk.cards}
        self.sent: frozenset[str] = desk.sent

    async def save_draft(self, finalist: str, draft: Draft, typed_in: str | None = None) -> None:
        """Keep what a finalist has typed. `typed_in`: the round it was typed in, where the sender knows.

        Raises Refused if it is too long, TooLate if it belongs to a round that is over.
        """
        self._must_fit(draft.system_prompt)
        round_ = self._arena.state.current
        key = round_.key if round_ else ""
        if typed_in is not None and typed_in != key:
            raise TooLate("That draft belongs to a round that is over; the new round has an empty desk.")
        await self._archive.put_draft(key, finalist, draft, self._clock.now())
        now = self._arena.state.current
        if (now.key if now else "") == key:
            self.drafts = {**self.drafts, finalist: draft}

    async def save_shelf(self, finalist: str, prompts: tuple[str, ...]) -> None:
        """Keep a finalist's own prompts. Raises Refused if there are too many or one is too long."""
        prompts = tuple(prompt for prompt in prompts if prompt.strip())
        if len(prompts) > SHELF_PROMPTS:
            raise Refused(f"The shelf holds {SHELF_PROMPTS} prompts; you sent {len(prompts)}.")
        for prompt in prompts:
            self._must_fit(prompt)
        await self._archive.put_shelf(finalist, prompts, self._clock.now())
        self.shelves = {**self.shelves, finalist: prompts}
        self._arena.touch(Change.DESKS)

    def _must_fit(self, prompt: str) -> None:
        limit = self._arena.state.event.rules.prompt_chars_limit
        if len(prompt) > limit:
            raise Refused(f"The system prompt has {len(prompt):,} characters; at most {limit:,} fit. Shorten it.")

    async def save_card(self, round_: str, card: Scorecard) -> None:
        """Keep one card. Raises TooLate after the close, Refused for marks that do not fit the criteria."""
        current = self._open(round_)
        if card.finalist not in current.entries:
            raise Refused("That answer is not in this round.")
        known = {criterion.key for criterion in self._arena.state.event.criteria_of(current.question)}
        if not set(card.marks) <= known:
            raise Refused(f"Mark these criteria: {', '.join(sorted(known))}.")
        if len(card.note) > NOTE_CHARS:
            raise Refused(f"A note has at most {NOTE_CHARS:,} characters; yours has {len(card.note):,}.")
        await self._archive.put_card(round_, card, self._clock.now())
        if self._is_current(round_):
            self.cards = {**self.cards, (card.expert, card.finalist): card}
        self._arena.touch(Change.DESKS)

    async def send(self, round_: str, expert: str) -> None:
        """Send a scorecard. Raises Refused naming what is missing, TooLate after the close."""
        current = self._open(round_)
        missing = [f for f in current.entries if not self._is_marked(expert, f, current)]
        if missing:
            names = {x.id: x for x in self._arena.state.event.finalists}
            letters = ", ".join("ABCDEFGH"[self._arena.state.event.finalists.index(names[f])] for f in missing)
            raise Refused(f"Not sent: {letters} still need a mark for every criterion.")
        await self._note(round_, expert, True)

    async def take_back(self, round_: str, expert: str) -> None:
        """Open a sent scorecard again. Raises TooLate after the close."""
        self._open(round_)
        await self._note(round_, expert, False)

    async def _note(self, round_: str, expert: str, sent: bool) -> None:
        await self._archive.mark_sent(round_, expert, sent, self._clock.now())
        if self._is_current(round_):
            self.sent = self.sent | {expert} if sent else self.sent - {expert}
        await self._arena.submit(NoteScorecard(round_, expert, sent), SYSTEM)
        self._arena.touch(Change.DESKS)

    def _is_marked(self, expert: str, finalist: str, round_: Round) -> bool:
        card = self.cards.get((expert, finalist))
        criteria = self._arena.state.event.criteria_of(round_.question)
        return card is not None and all(criterion.key in card.marks for criterion in criteria)

    def _open(self, round_: str) -> Round:
        if scorecards_open(self._arena.state) != round_:
            raise TooLate("The panel has closed for that round: the marks sent before the close count.")
        assert self._arena.state.current is not None
        return self._arena.state.current

    def _is_current(self, round_: str) -> bool:
        return self._arena.state.current is not None and self._arena.state.current.key == round_
