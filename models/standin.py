"""An engine that stands in for another one: it serves under the other's names what it has for the same finalists.

So the local engine with a small base can step in for vLLM with a large one. For a finalist of whom it has no adapter
it answers with its bare base: a plain answer is better than a frozen stage.
"""

import contextlib
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from pathlib import Path

from models.protocol import BASE, Engine, Health, Piece, Probe


class StandIn:
    """`engine` under other names: `names` maps each name that is asked for to one that `engine` serves."""

    def __init__(self, engine: Engine, names: Mapping[str, str], *, name: str | None = None) -> None:
        """`name` tells people that it is another base; a name that is not in `names` means the bare base."""
        self.name = name or f"{engine.name} (another base)"
        self._engine, self._names = engine, dict(names)

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes of the engine that stands in, as far as it has any of its own."""
        return tuple(getattr(self._engine, "pids", ()))

    async def start(self) -> None:
        """Start the engine. Raises EngineError."""
        await self._engine.start()

    async def close(self) -> None:
        """Stop the engine."""
        await self._engine.close()

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
        """Generate one answer with what stands in for `adapter` (see `models.protocol.Engine.stream`)."""
        answer = self._engine.stream(
            adapter=self._for(adapter),
            system_prompt=system_prompt,
            question=question,
            temperature=temperature,
            top_p=top_p,
            max_tokens=max_tokens,
            seed=seed,
        )
        async with contextlib.aclosing(answer) as pieces:
            async for piece in pieces:
                yield piece

    async def probe(self, adapter: str) -> Probe:
        """Probe what stands in for `adapter`, and say what it is."""
        served = self._for(adapter)
        probe = await self._engine.probe(served)
        return replace(probe, adapter=adapter, message=f"{_in_words(served)}: {probe.message}")

    async def health(self) -> Health:
        """How the engine is; its adapters under the names that are asked for."""
        health = await self._engine.health()
        served = {*health.adapters, BASE}
        return replace(health, adapters=tuple(name for name, own in self._names.items() if own in served and health.ok))

    async def load(self, adapter: str, folder: Path) -> None:
        """Serve the name too, with what there is of the same finalist: the adapter in `folder` is for another base."""
        if adapter not in self._names:
            same = (own for name, own in self._names.items() if _finalist(name) == _finalist(adapter))
            self._names[adapter] = next(same, BASE)

    async def unload(self, adapter: str) -> None:
        """Serve the name no longer."""
        self._names.pop(adapter, None)

    @property
    def log(self) -> tuple[str, ...]:
        """The engine's log."""
        return self._engine.log

    def _for(self, adapter: str) -> str:
        return self._names.get(adapter, BASE)


def _in_words(served: str) -> str:
    return "The bare base stands in" if served == BASE else f"{served} stands in"


def _finalist(engine_name: str) -> str:
    """The id in a name that `models.adapters.engine_name` made: the same for every upload of a finalist."""
    return engine_name.rpartition("@")[0]
