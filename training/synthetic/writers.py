"""Who writes: a model at any OpenAI-compatible address, or one on an engine of `models` such as the local one.

One request, one reply; asking again, paying and keeping are `running`'s work.
"""

import json
import time
from dataclasses import dataclass
from typing import Any, Protocol

from models.judging.league.costs import Usage
from models.openai_address import Address
from models.protocol import Engine, EngineUnavailable

FRAME_TOKENS = 12  # what a chat template adds around two messages, roughly


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a reply is drawn."""

    temperature: float = 0.8
    top_p: float = 0.95
    max_tokens: int = 900
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: both prompts and how to draw the reply."""

    system: str
    user: str
    sampling: Sampling


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `finish` is "stop" or "length"; `usage` is the address's count or an estimate, and says which."""

    text: str
    finish: str
    usage: Usage
    ms: float


class Writer(Protocol):
    """A model that can be asked. `identity` tells it from any other model, for what is kept."""

    identity: str

    async def write(self, asked: Asked) -> Reply:
        """The reply to one request. Raises EngineError; EngineUnavailable where asking again may help."""

    async def close(self) -> None:
        """Let go of connections and processes."""


def usage_expected(asked: Asked) -> Usage:
    """What a request will use at most, its prompt taken by length."""
    return Usage(by_length(asked.system) + by_length(asked.user) + FRAME_TOKENS, asked.sampling.max_tokens, False)


def by_length(text: str) -> int:
    """Tokens of a text, roughly: four characters each, and one for each character beyond ASCII (Chinese, Tamil)."""
    beyond = len(text) - len(text.encode("ascii", "ignore"))
    return beyond + -(-(len(text) - beyond) // 4)


class AddressWriter:
    """A model at an address that speaks the OpenAI chat API."""

    def __init__(self, address: Address, model: str) -> None:
        self._address, self._model = address, model
        self.identity = f"{model} at {address.url}"

    async def write(self, asked: Asked) -> Reply:
        """One chat completion. Raises EngineError."""
        drawn = asked.sampling
        body: dict[str, Any] = {"model": self._model, "messages": _messages(asked), "seed": drawn.seed}
        body |= {"temperature": drawn.temperature, "top_p": drawn.top_p, "max_tokens": drawn.max_tokens}
        began = time.perf_counter()
        answer = await self._address.post("/chat/completions", json.dumps(body))
        return self._reply(answer.value, asked, (time.perf_counter() - began) * 1000)

    async def close(self) -> None:
        """Close every connection."""
        await self._address.close()

    def _reply(self, value: dict[str, Any], asked: Asked, ms: float) -> Reply:
        try:
            (choice,) = value["choices"]
            text, finish = choice["message"]["content"], choice.get("finish_reason")
            if not isinstance(text, str):
                raise TypeError("the content is no text")
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise EngineUnavailable(
                f"{self._address.url} answered with something that is no chat completion ({error}); try again, or "
                "check the address."
            ) from error
        return Reply(text, "length" if finish == "length" else "stop", _usage(value.get("usage"), asked, text), ms)


class EngineWriter:
    """A model on an engine: the base alone or an adapter, by its name on the engine."""

    def __init__(self, engine: Engine, adapter: str, identity: str) -> None:
        """`identity` should name the weights, for instance by their hashes. The engine must be started."""
        self._engine, self._adapter, self.identity = engine, adapter, identity

    async def write(self, asked: Asked) -> Reply:
        """One answer, streamed and put together. Raises EngineError."""
        began, text, tokens, finish = time.perf_counter(), "", 0, "stop"
        drawn = asked.sampling
        async for piece in self._engine.stream(
            adapter=self._adapter,
            system_prompt=asked.system,
            question=asked.user,
            temperature=drawn.temperature,
            top_p=drawn.top_p,
            max_tokens=drawn.max_tokens,
            seed=drawn.seed,
        ):
            text, tokens, finish = text + piece.text, tokens + piece.tokens, piece.finish_reason or finish
        usage = Usage(usage_expected(asked).tokens_in, tokens, False)
        return Reply(text, finish, usage, (time.perf_counter() - began) * 1000)

    async def close(self) -> None:
        """Stop the engine."""
        await self._engine.close()


def _messages(asked: Asked) -> list[dict[str, str]]:
    return [{"role": "system", "content": asked.system}, {"role": "user", "content": asked.user}]


def _usage(value: Any, asked: Asked, text: str) -> Usage:
    try:
        return Usage(int(value["prompt_tokens"]), int(value["completion_tokens"]))
    except (LookupError, TypeError, ValueError):
        return Usage(usage_expected(asked).tokens_in, by_length(text), False)
