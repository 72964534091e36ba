"""The engine "vllm": one base with all finalists' adapters in one vLLM, started, watched and restarted by the arena.

Or one that runs at an address already. What goes over the wire is the OpenAI engine's work; here is what is vLLM's own.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path

from models import chat
from models.adapter_settings import read_settings
from models.probe import probe_engine
from models.protocol import EngineError, EngineUnavailable, Health, Piece, Probe, SamplingRefused
from models.supervisor import Supervisor, Words
from models.vllm.checks import check
from models.vllm.options import VllmOptions, own_context
from models.vllm.serving import Serving, begin_child, join_address
from models.vllm.tokens import control_tokens

WORDS = Words("vLLM", "a start takes a minute or more")
HOTTEST = 2.0
"""vLLM's own limit for the temperature."""
DEATH_SHOWS_S = 1.0
"""A connection breaks before the process that held it has ended; so long is waited to tell which of the two it was."""


class VllmEngine:
    """Serves `adapters` (engine name to folder) on the base that `options` name."""

    name = "vllm"

    def __init__(
        self, options: VllmOptions, adapters: Mapping[str, Path], *, url: str = "", key_variable: str | None = None
    ) -> None:
        """`url`: of a vLLM that runs already, ending in /v1; then nothing is started here, and `key_variable` names
        the environment variable with its key."""
        self._options, self._adapters = options, dict(adapters)
        self._url, self._key_variable = url, key_variable
        self._control = control_tokens(Path(options.base))
        self._context = options.context_tokens or own_context(options.base)
        self._began: float | None = None
        self._changing, self._beginning = asyncio.Lock(), asyncio.Lock()
        self._supervisor: Supervisor[Serving] = Supervisor(WORDS, self._begin)

    async def start(self) -> None:
        """Start vLLM (or find it), let every adapter answer once, return when ready. Raises EngineError."""
        await self._supervisor.start()

    async def close(self) -> None:
        """Stop vLLM and everything it started; leave one at an address as it is."""
        await self._supervisor.close()

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
        """Generate one answer (see `models.protocol.Engine.stream`); control tokens in the prompt are left out."""
        if temperature > HOTTEST:
            raise SamplingRefused(f"vLLM takes a temperature of at most {HOTTEST:g}, not {temperature}.")
        serving = self._serving()
        pieces = serving.engine.stream(
            adapter=adapter,
            system_prompt=chat.without_specials(system_prompt, self._control),
            question=chat.without_specials(question, self._control),
            temperature=temperature,
            top_p=top_p,
            max_tokens=min(max_tokens, self._context or max_tokens),  # vLLM refuses more, and cuts what does not fit
            seed=seed,
        )
        serving.pulse.ask()
        async with contextlib.aclosing(pieces):
            try:
                async for piece in pieces:
                    if piece.tokens:
                        serving.pulse.beat()
                    yield piece
            except EngineUnavailable as error:
                raise await self._in_words(serving, error) from error
            except EngineError:
                serving.pulse.beat()  # it refused, and so it lives
                raise

    async def probe(self, adapter: str) -> Probe:
        """One short greedy generation with `adapter`."""
        return await probe_engine(self, adapter)

    async def health(self) -> Health:
        """Whether vLLM answers and lists every adapter; while it starts, for how long it has."""
        if self._supervisor.state.is_up and self._supervisor.life is not None:
            found = await self._supervisor.life.engine.health()
            said = f"vLLM is ready with {len(self._adapters)} adapters." if found.ok else found.message
            return Health(found.ok, said, found.adapters)
        return Health(False, self._supervisor.state.message + self._so_far())

    async def load(self, adapter: str, folder: Path) -> None:
        """Serve the adapter in `folder` too: at run time where there is room, else by a restart. Raises EngineError."""
        async with self._changing:
            async with self._beginning:  # what is starting is let start
                serving = self._supervisor.life
            if adapter in self._adapters:
                return
            if serving is None:
                self._adapters[adapter] = folder  # the next start takes it
            elif self._fits(serving, folder):
                await serving.load(adapter, folder)
                self._adapters[adapter] = folder
            else:
                await self._restart_with(adapter, folder)

    async def unload(self, adapter: str) -> None:
        """Serve `adapter` no longer; an unknown name changes nothing."""
        async with self._changing:
            known, serving = self._adapters.pop(adapter, None), self._supervisor.life
            if known is not None and serving is not None:
                with contextlib.suppress(EngineError):  # where it stays loaded, nobody asks for it any more
                    await serving.unload(adapter)

    @property
    def log(self) -> tuple[str, ...]:
        """The last lines that vLLM wrote; nothing of one at an address."""
        return tuple(self._supervisor.log)

    @property
    def pids(self) -> tuple[int, ...]:
        """vLLM's processes, as far as they run on this machine and are the arena's own."""
        serving = self._supervisor.life
        return serving.child.pids if serving is not None and serving.child is not None else ()

    async def _begin(self) -> Serving:
        async with self._beginning:
            self._began, log = time.monotonic(), self._supervisor.log
            if self._url:
                return await join_address(
                    self._url, self._key_variable, self._adapters, timeout_s=self._options.start_timeout_s
                )
            check(self._options)
            return await begin_child(self._options, self._adapters, log)

    def _serving(self) -> Serving:
        serving = self._supervisor.life
        if serving is None or not self._supervisor.state.is_up:
            raise EngineUnavailable(self._supervisor.state.message)
        return serving

    def _fits(self, serving: Serving, folder: Path) -> bool:
        seats, rank = serving.bounds.seats, serving.bounds.rank
        if seats is None or rank is None:
            return True
        return len(self._adapters) < seats and read_settings(folder / "adapter_config.json").rank <= rank

    async def _restart_with(self, adapter: str, folder: Path) -> None:
        self._adapters[adapter] = folder
        try:
            await self._supervisor.restart()
        except EngineError:
            del self._adapters[adapter]
            await self._supervisor.start()
            raise

    async def _in_words(self, serving: Serving, error: EngineUnavailable) -> EngineUnavailable:
        """The reason of a broken stream: vLLM's death, where that is what broke it."""
        if serving.child is None:
            return error
        died = "EngineCore" in str(error)  # the process that computes is gone, the one that answers follows
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(serving.child.ended(), DEATH_SHOWS_S)
            died = True
        words = f"vLLM died while it answered and is being restarted; {WORDS.patience}."
        return EngineUnavailable(words) if died else error

    def _so_far(self) -> str:
        """For how long vLLM has been starting, and what it last said."""
        if not self._beginning.locked() or self._began is None:
            return ""
        said = self._supervisor.log[-1][:120] if self._supervisor.log else "nothing yet"
        return f" So far {time.monotonic() - self._began:.0f} s; it last said: {said}"
