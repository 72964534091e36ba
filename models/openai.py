"""The engine "openai" for one address: finalists' models on whatever speaks the OpenAI chat completions API there.

A vLLM of the organiser's, Ray Serve LLM or a hosted model. Several addresses are joined by `models.fleet`. Judges use
the same address class, not this engine.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

from models import chat
from models.openai_address import Address
from models.openai_stream import Patience, stream_chat
from models.probe import probe_engine
from models.protocol import BASE, EngineError, EngineUnavailable, Health, Piece, Probe, UnknownAdapter, check_sampling

HEALTH_LIMIT_S = 5.0
PLAIN_NAME = "{adapter}"
"""An address that names adapters as the arena does; Ray Serve LLM puts its base's name before them."""


class OpenAIEngine:
    """Streams from `address`; `models` maps adapter names to the model names served there.

    The bare base goes by its own name, `models.protocol.BASE`, where the map does not name it; it need not be there.
    """

    name = "openai"

    def __init__(
        self,
        address: Address,
        models: Mapping[str, str],
        *,
        text_within_s: float = 20.0,
        first_text_s: float = 20.0,
        name_there: str = PLAIN_NAME,
    ) -> None:
        """`first_text_s`: longest wait for the first text, `text_within_s`: for each further one, whatever else the
        address sends meanwhile. `name_there`: how the address names an adapter that is loaded later."""
        self._address, self._models, self._name_there = address, dict(models), name_there
        self._patience = Patience(first_text_s, text_within_s)

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
        """Generate one answer (see `models.protocol.Engine.stream`); closing it drops the connection.

        The empty first piece comes with the head of the reply.
        """
        check_sampling(temperature=temperature, top_p=top_p, max_tokens=max_tokens, seed=seed)
        if adapter not in self._models and adapter != BASE:
            raise UnknownAdapter(adapter, tuple(self._models))
        model = self._models.get(adapter, BASE)
        body: dict[str, Any] = {"model": model, "messages": chat.messages(system_prompt, question)}
        body |= {"temperature": temperature, "top_p": top_p, "max_tokens": max_tokens, "seed": seed}
        async with contextlib.aclosing(stream_chat(self._address, body, self._patience)) as pieces:
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
        return self._health_of(_names(listed))

    async def load(self, adapter: str, folder: Path) -> None:
        """Take `adapter` for served, if the address lists it. Raises EngineError."""
        if adapter in self._models:
            return
        name = name_of(adapter, self._name_there)
        if name not in _names(await self._address.get("/models")):
            raise EngineError(f"{self._address.url} does not serve {name}; load the adapter there under this name.")
        self._models[adapter] = name

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


def name_of(adapter: str, name_there: str) -> str:
    """What an adapter is called where names are made like `name_there`, which holds {adapter}."""
    return name_there.replace(PLAIN_NAME, adapter)


def _names(listed: Mapping[str, Any]) -> set[str]:
    """The models in a reply of /models, which may hold anything."""
    models = listed.get("data")
    return {str(model.get("id")) for model in models if isinstance(model, dict)} if isinstance(models, list) else set()
