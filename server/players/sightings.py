"""What players saw: receipts they were given, how long things took, what was refused. Kept to be held against
what the show counted.
"""

import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from server.players import frames
from server.players.wire import Answer, Lost

Choice = str | tuple[tuple[str, int], ...]
MOST_COMPLAINTS = 50
TOO_LATE = 409


@dataclass(slots=True)
class Sightings:
    """`receipts`: (round, phone) → the last choice acknowledged. `unsure`: sent, but no answer came back.

    `attempts`: attempt id → round, `cards`: (round, expert, finalist) → marks, `sent`: (round, expert); each of them
    acknowledged. `seconds`: what was measured → how long it took, each time.
    """

    receipts: dict[tuple[str, str], Choice] = field(default_factory=dict)
    unsure: set[tuple[str, str]] = field(default_factory=set)
    attempts: dict[str, str] = field(default_factory=dict)
    cards: dict[tuple[str, str, str], Mapping[str, str]] = field(default_factory=dict)
    sent: set[tuple[str, str]] = field(default_factory=set)
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    counts: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)
    on_complaint: Callable[[str], object] = lambda complaint: None

    def took(self, what: str, seconds: float) -> None:
        """Note how long something took."""
        self.seconds[what].append(seconds)

    @asynccontextmanager
    async def timed(self, what: str) -> AsyncIterator[None]:
        """Note how long the block took, if it came to its end."""
        started = time.perf_counter()
        yield
        self.took(what, time.perf_counter() - started)

    def complain(self, who: str, what: str) -> None:
        """Note something that should not have happened."""
        self.counts["complaints"] += 1
        if len(self.complaints) < MOST_COMPLAINTS:
            self.complaints.append(f"{who}: {what}")
        self.on_complaint(f"{who}: {what}")

    async def acknowledged(self, who: str, what: str, post: Awaitable[Answer]) -> bool:
        """Send something, note how long it took; whether it was acknowledged."""
        try:
            async with self.timed(what):
                answer = await post
        except Lost as error:
            self.complain(who, f"{what} got no answer: {error}")
            return False
        if not answer.is_success:
            self.refused(who, what, answer)
        return answer.is_success

    def refused(self, who: str, what: str, answer: Answer) -> None:
        """Note an answer that was no success: late ones are part of the game, others are complaints."""
        if answer.status == TOO_LATE:
            self.counts[f"{what} too late"] += 1
            return
        self.complain(who, f"{what} was answered {answer.status}: {frames.words(answer.text)[:200]}")
