"""The engine "openai": finalists' models on any address that speaks the OpenAI chat completions API.

A vLLM of the organiser's, Ray Serve LLM or a hosted model. Judges use the same address class, not this engine.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models import chat
from models.openai_address import Address
from models.probe import probe_engine
from models.protocol import EngineError, EngineUnavailable, Health, Piece, Probe, UnknownAdapter, check_sampling
from models.sse import SseBroken, SseReader

HEALTH_LIMIT_S = 5.0
_DONE = "[DONE]"


class OpenAIEngine:
    """Streams from `address`; `models` maps adapter names to the model names served there."""

    name = "openai"

    def __init__(self, address: Address, models: Mapping[str, str], *, text_within_s: float = 20.0) -> None:
        """`text_within_s`: longest wait for the next bit of text, whatever else the address sends meanwhile."""
        self._address, self._models, self._text_within_s = address, dict(models), text_within_s

    async def start(self) -> None:
        """Check the address, the key and the models. Raises EngineError."""
        health = await self.health()
        if not health.ok:
            raise EngineUnavailable(health.message)

    async def close(self) -> None:
        """Close every connection."""
        await self._address.close()

    async def stream(
        self,
        *,
        adapter: str,
        system_prompt: str,
        question: str,
        temperature: float,
        top_p: float,
        max_tokens: int,
        seed: int,
    ) -> AsyncGenerator[Piece, None]:
        """Generate one answer (see `models.protocol.Engine.stream`); closing it drops the connection."""
        check_sampling(temperature=temperature, top_p=top_p, max_tokens=max_tokens, seed=seed)
        if adapter not in self._models:
            raise UnknownAdapter(adapter, tuple(self._models))
        body: dict[str, Any] = {"model": self._models[adapter], "messages": chat.messages(system_prompt, question)}
        body |= {"temperature": temperature, "top_p": top_p, "max_tokens": max_tokens, "seed": seed}
        body |= {"stream": True, "stream_options": {"include_usage": True}}
        async with (
            self._address.stream("/chat/completions", body) as chunks,
            contextlib.aclosing(_events(chunks)) as events,
            contextlib.aclosing(self._pieces(events, max_tokens)) as pieces,
        ):
            async for piece in pieces:
                yield piece

    async def probe(self, adapter: str) -> Probe:
        """One short greedy generation with `adapter`."""
        return await probe_engine(self, adapter)

    async def health(self) -> Health:
        """Whether the address answers and lists every model."""
        try:
            async with asyncio.timeout(HEALTH_LIMIT_S):
                listed = await self._address.get("/models")
        except EngineError as error:
            return Health(False, str(error))
        except TimeoutError:
            return Health(
                False, f"{self._address.url} does not answer within {HEALTH_LIMIT_S:g} s; restart the engine there."
            )
        return self._health_of({str(model.get("id")) for model in listed.get("data") or () if isinstance(model, dict)})

    async def load(self, adapter: str, folder: Path) -> None:
        """Take `adapter` for served under its own name, if the address lists it. Raises EngineError."""
        if adapter in self._models:
            return
        listed = await self._address.get("/models")
        if adapter not in {model.get("id") for model in listed.get("data") or () if isinstance(model, dict)}:
            raise EngineError(f"{self._address.url} does not serve {adapter}; load the adapter there under this name.")
        self._models[adapter] = adapter

    async def unload(self, adapter: str) -> None:
        """Ask for `adapter` no longer; the address keeps it."""
        self._models.pop(adapter, None)

    @property
    def log(self) -> tuple[str, ...]:
        """Nothing: what runs at the address keeps its log there."""
        return ()

    def _health_of(self, served: set[str]) -> Health:
        missing = sorted(model for model in self._models.values() if model not in served)
        present = tuple(adapter for adapter, model in self._models.items() if model in served)
        if missing:
            return Health(
                False, f"{self._address.url} does not serve {', '.join(missing)}; load the adapters there.", present
            )
        return Health(True, f"{self._address.url} is ready.", present)

    async def _pieces(self, events: AsyncIterator[str], max_tokens: int) -> AsyncGenerator[Piece, None]:
        tally = _Tally()
        while True:
            delta = await self._next_delta(events, tally)
            if delta is None:
                break
            tally.sent += 1
            yield Piece(delta, 1)
            if tally.sent >= 2 * max_tokens:
                # An address that ignores max_tokens must not hold a lane for ever.
                tally.finish_reason = "length"
                break
        if tally.finish_reason is None:
            raise EngineUnavailable(f"{self._address.url} ended the stream in mid-answer; try again or use the spare.")
        yield Piece("", max(0, (tally.counted or tally.sent) - tally.sent), tally.finish_reason)

    async def _next_delta(self, events: AsyncIterator[str], tally: "_Tally") -> str | None:
        """The next non-empty text, or None at the end. Raises EngineUnavailable when none comes in time."""
        try:
            async with asyncio.timeout(self._text_within_s):
                async for event in events:
                    if text := tally.read(event):
                        return text
                return None
        except TimeoutError:
            seconds = f"{self._text_within_s:g} s"
            raise EngineUnavailable(
                f"{self._address.url} sent no text for {seconds}; restart the engine or use the spare."
            ) from None
        except SseBroken as error:
            raise EngineUnavailable(
                f"{self._address.url} sent a broken stream: {error}; restart the engine there."
            ) from error


@dataclass(slots=True)
class _Tally:
    """What the stream has shown so far: pieces sent, tokens as the address counts them, the finish reason."""

    sent: int = 0
    counted: int | None = None
    finish_reason: str | None = None

    def read(self, event: str) -> str:
        """Take one event and return its text, if it has any."""
        try:
            data: dict[str, Any] = json.loads(event)
            if "error" in data:
                raise EngineUnavailable(
                    f"The engine reports an error in mid-answer: {str(data['error'])[:300]}; try again."
                )
            self.counted = (data.get("usage") or {}).get("completion_tokens", self.counted)
            return "".join(self._text(choice) for choice in data.get("choices") or ())
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise SseBroken(f"an event is not a chat completion chunk ({event[:80]!r})") from error

    def _text(self, choice: dict[str, Any]) -> str:
        if choice.get("finish_reason"):
            self.finish_reason = "length" if choice["finish_reason"] == "length" else "stop"
        return str((choice.get("delta") or {}).get("content") or "")


async def _events(chunks: AsyncIterator[bytes]) -> AsyncGenerator[str, None]:
    reader = SseReader()
    async for chunk in chunks:
        for event in reader.feed(chunk):
            if event == _DONE:
                return
            yield event
