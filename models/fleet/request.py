"""One request on its way through a fleet: where it failed, whether text has come, and how long is waited for more."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass, field

from models.fleet.member import Member
from models.openai_errors import AddressWrong
from models.protocol import Engine, EngineError, EngineUnavailable, Piece


@dataclass(frozen=True, slots=True)
class Request:
    """What `Engine.stream` is called with."""

    adapter: str
    system_prompt: str
    question: str
    temperature: float
    top_p: float
    max_tokens: int
    seed: int

    def stream_on(self, engine: Engine) -> AsyncGenerator[Piece, None]:
        """The same call of `engine`."""
        return engine.stream(
            adapter=self.adapter,
            system_prompt=self.system_prompt,
            question=self.question,
            temperature=self.temperature,
            top_p=self.top_p,
            max_tokens=self.max_tokens,
            seed=self.seed,
        )


@dataclass(slots=True)
class Trying:
    """How far a request has come, over all the addresses it was tried on."""

    failures: dict[Member, EngineError] = field(default_factory=dict)
    was_taken_up: bool = False
    has_text: bool = False
    has_ended: bool = False

    def is_news(self, piece: Piece) -> bool:
        """Whether the piece is to be passed on: "taken up" is said once, whoever takes it up next."""
        is_empty = not (piece.text or piece.tokens or piece.finish_reason)
        is_news = not (is_empty and self.was_taken_up)
        self.was_taken_up, self.has_text = True, self.has_text or not is_empty
        return is_news

    @contextlib.contextmanager
    def may_fail_on(self, member: Member) -> Iterator[None]:
        """What fails before its first text may be tried elsewhere."""
        try:
            yield
        except (EngineUnavailable, AddressWrong) as error:
            if self.has_text:
                raise
            self.failures[member] = error
        else:
            self.has_ended = True


@dataclass(slots=True)
class Waiting:
    """For the next piece; `hurry_s` bounds the wait for the first text, from the first call on."""

    clock: Callable[[], float]
    hurry_s: float | None
    since: float | None = None
    by: float | None = None

    @property
    def seconds(self) -> float:
        """How long it has been waited for a piece now."""
        return 0.0 if self.since is None else self.clock() - self.since

    async def next_of(self, pieces: AsyncGenerator[Piece, None], place: str) -> Piece | None:
        """The next piece or None at the end. Raises EngineUnavailable when there is a hurry and no text."""
        if self.by is None and self.hurry_s is not None:
            self.by = asyncio.get_running_loop().time() + self.hurry_s
        self.since = self.since or self.clock()
        try:
            async with asyncio.timeout_at(self.by):
                piece = await anext(pieces, None)
        except TimeoutError:
            raise EngineUnavailable(f"{place} gave no text within {self.hurry_s:g} s; look at its load.") from None
        if piece is None or piece.text or piece.tokens:
            self.hurry_s = self.by = self.since = None
        return piece
