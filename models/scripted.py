"""The engine "scripted", for tests and timing work only: fixed text at a set pace, with faults on demand.

It is never offered to users: nothing that people see may come from it.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.probe import probe_engine
from models.protocol import EngineUnavailable, Health, Piece, Probe, UnknownAdapter, check_sampling

DEFAULT_TEXT = "Singapore is many stories told over one table, and every table has room for one more."


@dataclass(frozen=True, slots=True)
class Script:
    """One adapter's answer, word by word, `pause_s` apart; after `fault_after` pieces it stalls or dies, if set."""

    text: str = DEFAULT_TEXT
    first_s: float = 0.0
    pause_s: float = 0.0
    stalls: bool = False
    dies: bool = False
    fault_after: int = 0


class ScriptedEngine:
    """Plays a Script per adapter; change `scripts` at any time to bring on or end a fault."""

    name = "scripted"

    def __init__(self, scripts: Mapping[str, Script] | Sequence[str]) -> None:
        """`scripts` maps adapter names to scripts; a plain sequence of names gives each the default script."""
        self.scripts = dict(scripts) if isinstance(scripts, Mapping) else {name: Script() for name in scripts}
        self.is_up = False
        self.running = 0

    async def start(self) -> None:
        """Be up."""
        self.is_up = True

    async def close(self) -> None:
        """Be down: running streams raise at their next piece."""
        self.is_up = False

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
        """Play the adapter's script, at most `max_tokens` words of it."""
        check_sampling(temperature=temperature, top_p=top_p, max_tokens=max_tokens, seed=seed)
        if adapter not in self.scripts:
            raise UnknownAdapter(adapter, tuple(self.scripts))
        self.running += 1
        try:
            async for piece in self._play(adapter, max_tokens):
                yield piece
        finally:
            self.running -= 1

    async def probe(self, adapter: str) -> Probe:
        """Play the first words of the adapter's script."""
        return await probe_engine(self, adapter)

    async def health(self) -> Health:
        """Up between start and close."""
        message = "The scripted engine is ready." if self.is_up else "The scripted engine is down; start it first."
        return Health(self.is_up, message, tuple(self.scripts) if self.is_up else ())

    async def load(self, adapter: str, folder: Path) -> None:
        """Give the name the default script, whatever the folder holds."""
        self.scripts.setdefault(adapter, Script())

    async def unload(self, adapter: str) -> None:
        """Forget the name."""
        self.scripts.pop(adapter, None)

    @property
    def log(self) -> tuple[str, ...]:
        """Nothing: it runs in this process."""
        return ()

    async def _play(self, adapter: str, max_tokens: int) -> AsyncGenerator[Piece, None]:
        words = self.scripts[adapter].text.split(" ")
        await asyncio.sleep(self.scripts[adapter].first_s)
        for index, word in enumerate(words[:max_tokens]):
            await self._suffer(self.scripts[adapter], index)
            yield Piece(word if index == 0 else f" {word}", 1)
            await asyncio.sleep(self.scripts[adapter].pause_s)
        yield Piece("", 0, "stop" if len(words) <= max_tokens else "length")

    async def _suffer(self, script: Script, index: int) -> None:
        due = index >= script.fault_after
        if not self.is_up or (script.dies and due):
            raise EngineUnavailable("The scripted engine died, as its script says; start it again.")
        if script.stalls and due:
            await asyncio.Event().wait()
