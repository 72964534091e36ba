"""One streamed chat completion from one address: its pieces as they come, and how long each is waited for.

Which address is asked, and whether another one is asked next, is not decided here.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any

from models.openai_address import Address
from models.openai_errors import is_too_long, prompt_too_long
from models.protocol import EngineUnavailable, Piece
from models.sse import SseBroken, SseReader

PATH = "/chat/completions"
LONGEST_TOKEN_CHARACTERS = 256
"""More text than this for each token that was asked for is not an answer any more."""
COUNT_WITHIN_S = 1.0
"""So long the count of tokens is waited for once the answer has ended."""
_DONE = "[DONE]"


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds from the request to its first text, and from one text to the next, whatever else comes meanwhile."""

    first_text_s: float = 20.0
    next_text_s: float = 20.0


async def stream_chat(address: Address, body: dict[str, Any], patience: Patience) -> AsyncGenerator[Piece, None]:
    """The answer to `body`, a chat completions request with max_tokens: first an empty piece, when it was taken up.

    Closing it drops the connection. Raises EngineError.
    """
    asked = {**body, "stream": True, "stream_options": {"include_usage": True}}
    now = asyncio.get_running_loop().time
    first_by = now() + patience.first_text_s
    async with contextlib.AsyncExitStack() as kept:
        try:
            async with asyncio.timeout_at(first_by):
                chunks = await kept.enter_async_context(address.stream(PATH, asked))
        except TimeoutError:
            raise _silent(address, patience.first_text_s) from None
        yield Piece("", 0)
        events = await kept.enter_async_context(contextlib.aclosing(_events(chunks)))
        answer = _Answer(address, events, int(body["max_tokens"]))
        text = await answer.next_text(first_by, patience.first_text_s)
        while text is not None:
            yield Piece(text, 1)
            text = await answer.next_text(now() + patience.next_text_s, patience.next_text_s)
        yield answer.last_piece()


def _silent(address: Address, seconds: float) -> EngineUnavailable:
    return EngineUnavailable(f"{address.url} sent no text for {seconds:g} s; restart the engine or use the spare.")


@dataclass(slots=True)
class _Answer:
    """What the stream has shown so far: texts sent, tokens as the address counts them, the finish reason."""

    address: Address
    events: AsyncIterator[str]
    max_tokens: int
    sent: int = 0
    characters: int = 0
    counted: int | None = None
    finish_reason: str | None = None
    waiting: asyncio.Timeout | None = None

    async def next_text(self, by: float, seconds: float) -> str | None:
        """The next text that is not empty, or None at the end. Raises EngineError when none comes in time."""
        if self._is_over_the_limit():
            # An address that ignores max_tokens must not hold a lane for ever.
            self.finish_reason = "length"
            return None
        try:
            async with asyncio.timeout_at(by) as self.waiting:
                return await self._text_of_an_event()
        except TimeoutError:
            if self.finish_reason is None:
                raise _silent(self.address, seconds) from None
            return None
        except SseBroken as error:
            raise EngineUnavailable(
                f"{self.address.url} sent a broken stream: {error}; restart the engine there."
            ) from error

    async def _text_of_an_event(self) -> str | None:
        async for event in self.events:
            if text := self._read(event):
                self.sent += 1
                self.characters += len(text)
                return text
        return None

    def last_piece(self) -> Piece:
        """The piece that ends the answer, with the tokens that were counted beyond the texts. Raises EngineError."""
        if self.finish_reason is None:
            raise EngineUnavailable(f"{self.address.url} ended the stream in mid-answer; try again or use the spare.")
        missing = 0 if self.counted is None else max(0, min(self.counted, self.max_tokens) - self.sent)
        return Piece("", missing, self.finish_reason)

    def _is_over_the_limit(self) -> bool:
        return self.sent >= 2 * self.max_tokens or self.characters > LONGEST_TOKEN_CHARACTERS * (self.max_tokens + 16)

    def _read(self, event: str) -> str:
        """Take one event and return its text, if it has any."""
        try:
            data: dict[str, Any] = json.loads(event)
            if "error" in data:
                raise self._error(data["error"])
            self._count(data.get("usage") or {})
            return "".join(self._text(choice) for choice in data.get("choices") or ())
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
            shown = self.address.without_key(event)[:80]
            raise SseBroken(f"an event is not a chat completion chunk ({shown!r})") from error

    def _error(self, error: Any) -> Exception:
        said, code = (error.get("message"), error.get("code")) if isinstance(error, dict) else (error, None)
        words = self.address.without_key(str(said))
        if is_too_long(words):
            return prompt_too_long(words)
        if isinstance(code, int) and 400 <= code < 500:
            return self.address.refusal(code, words)
        return EngineUnavailable(f"{self.address.url} reports an error in mid-answer: {words}; try again.")

    def _count(self, usage: dict[str, Any]) -> None:
        counted = usage.get("completion_tokens")
        if isinstance(counted, int) and counted >= 0:
            self.counted = counted

    def _text(self, choice: dict[str, Any]) -> str:
        if choice.get("finish_reason"):
            self.finish_reason = "length" if choice["finish_reason"] == "length" else "stop"
            self._hurry()
        return _sound(str((choice.get("delta") or {}).get("content") or ""))

    def _hurry(self) -> None:
        """All text is there: the count of tokens may follow, and nothing else is worth waiting for."""
        soon = asyncio.get_running_loop().time() + COUNT_WITHIN_S
        if self.waiting is not None and (self.waiting.when() or 0.0) > soon:
            self.waiting.reschedule(soon)


def _sound(text: str) -> str:
    """Without halves of characters, which JSON can spell and UTF-8 cannot, and NUL, which databases refuse."""
    return text.encode(errors="ignore").decode().replace("\0", "")


async def _events(chunks: AsyncIterator[bytes]) -> AsyncGenerator[str, None]:
    reader = SseReader()
    async for chunk in chunks:
        for event in reader.feed(chunk):
            if event == _DONE:
                return
            yield event
