"""One vLLM that serves, from ready to dead: a child of the arena's own, or one that runs at an address already.

`begin_child` and `join_address` make one; keeping it alive is the supervisor's business.
"""

import asyncio
import contextlib
import secrets
import socket
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from models.openai import OpenAIEngine
from models.openai_address import Address
from models.probe import probe_engine
from models.protocol import BASE, EngineError, EngineUnavailable
from models.vllm.causes import KILLED, recognised, why_it_ended
from models.vllm.child import Child
from models.vllm.options import HOST, VllmOptions, command, environment, rank_limit, seats

LOOK_S = 0.25
SILENCE_S = 8.0
"""Asked for text and without any for so long, vLLM is put to the test."""
TEST_LIMIT_S = 20.0
"""How long the test may take until vLLM counts as dead, although its process lives."""
WARM_LIMIT_S = 120.0
FIRST_TEXT_S = 60.0
"""The very first answer of a cold vLLM may take so long; in the show the arena looks for stalls long before."""
AWAY_LIMIT_S = 10.0
"""How long an address may be silent until what runs there counts as dead."""


class Pulse:
    """Whether tokens come out of a vLLM while they are asked for."""

    def __init__(self) -> None:
        self._waiting_since: float | None = None

    def ask(self) -> None:
        """A stream begins."""
        if self._waiting_since is None:
            self._waiting_since = time.monotonic()

    def beat(self) -> None:
        """A token came."""
        self._waiting_since = None

    @property
    def silence_s(self) -> float:
        """For how long nothing came although something was asked for."""
        return 0.0 if self._waiting_since is None else time.monotonic() - self._waiting_since


@dataclass(frozen=True, slots=True)
class Bounds:
    """What this vLLM was started for: adapters side by side, and their highest rank. None: not known."""

    seats: int | None
    rank: int | None


class Serving:
    """Talks to one vLLM. `child` is its process, None where it runs elsewhere."""

    def __init__(self, address: Address, adapters: Mapping[str, Path], child: Child | None, bounds: Bounds) -> None:
        self._address, self._adapters, self.child, self.bounds = address, dict(adapters), child, bounds
        self.engine = OpenAIEngine(address, {name: name for name in adapters}, first_text_s=FIRST_TEXT_S)
        self.pulse = Pulse()

    async def listed(self) -> frozenset[str] | None:
        """The names served there, None while nothing answers."""
        with contextlib.suppress(EngineUnavailable):
            models = (await self._address.get("/models")).get("data") or ()
            return frozenset(str(model.get("id")) for model in models if isinstance(model, dict))
        return None

    async def load(self, name: str, folder: Path) -> None:
        """Load an adapter at run time. Raises EngineError with vLLM's own reason."""
        try:
            await self._tell("/load_lora_adapter", {"lora_name": name, "lora_path": str(folder.resolve())})
        except EngineError as error:
            raise EngineError(f"vLLM did not take the adapter {name}. {_told(error)}") from error
        await self.engine.load(name, folder)
        await probe_engine(self.engine, name, limit_s=WARM_LIMIT_S)

    async def unload(self, name: str) -> None:
        """Let an adapter go. Raises EngineError."""
        await self.engine.unload(name)
        await self._tell("/unload_lora_adapter", {"lora_name": name})

    async def warm(self) -> None:
        """Let every adapter answer once alone and all of them side by side: the first answer is slow."""
        names = [BASE, *self._adapters]
        for name in names:
            await probe_engine(self.engine, name, limit_s=WARM_LIMIT_S)
        await asyncio.gather(*(probe_engine(self.engine, name, limit_s=WARM_LIMIT_S) for name in names))

    async def ended(self) -> str:
        """Wait until it has ended or gives no more tokens, and say how."""
        if self.child is None:
            return await self._gone_from_address()
        ending = asyncio.create_task(self.child.ended())
        try:
            while not await _done(ending, 1.0):
                if self.pulse.silence_s > SILENCE_S and not await self._answers(ending):
                    return "(it lived, but gave no more tokens)"
            return _how(ending.result())
        finally:
            ending.cancel()

    def too_late(self, seconds: float) -> str:
        """What to say when it was not ready in time."""
        if self.child is None:
            return f"Nothing that serves answers at {self._address.url} for {seconds:g} s; start vLLM there."
        return (
            f"vLLM was not ready within {seconds:g} s; read its log, use a smaller base, or allow more time "
            "(FINALE_VLLM_START_SECONDS)."
        )

    async def stop(self) -> int:
        """End it, if it is a child; close the connections."""
        await self.engine.close()
        return await self.child.stop() if self.child is not None else 0

    async def _answers(self, ending: "asyncio.Task[int]") -> bool:
        probing = asyncio.create_task(probe_engine(self.engine, BASE, limit_s=TEST_LIMIT_S))
        await asyncio.wait({probing, ending}, return_when=asyncio.FIRST_COMPLETED)
        if not probing.done():  # it has died meanwhile, which is another sentence
            probing.cancel()
            return True
        if probing.result().ok:
            self.pulse.beat()
        return probing.result().ok

    async def _gone_from_address(self) -> str:
        heard = time.monotonic()
        while time.monotonic() - heard < AWAY_LIMIT_S:
            await asyncio.sleep(1.0)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(AWAY_LIMIT_S):
                    if await self.listed() is not None:
                        heard = time.monotonic()
        return f"(nothing answers at {self._address.url})"

    async def _tell(self, path: str, body: Mapping[str, str]) -> None:
        async with self._address.stream(path, dict(body)) as reply:  # it answers with a sentence, not with JSON
            async for _ in reply:
                pass


async def begin_child(options: VllmOptions, adapters: Mapping[str, Path], log: deque[str]) -> Serving:
    """Start vLLM and return it warm. Raises EngineError with the cause."""
    port, key = options.port or _free_port(), secrets.token_urlsafe(32)
    bounds = Bounds(seats(options, adapters), rank_limit(options, adapters))
    made = command(options, adapters, port)
    child = await Child.spawn(made, environment(options, key), log, options.log_file)
    serving = Serving(Address(f"http://{HOST}:{port}/v1", key=key), adapters, child, bounds)
    async with _or_stopped(serving, options.start_timeout_s):
        while not (await serving.listed() or frozenset()) >= {BASE, *adapters}:
            if child.has_ended:
                raise EngineUnavailable(await _last_words(child))
            await asyncio.sleep(LOOK_S)
        await serving.warm()
    return serving


async def join_address(
    url: str, key_variable: str | None, adapters: Mapping[str, Path], *, timeout_s: float
) -> Serving:
    """Wait for a vLLM that runs at `url`, load there what it lacks, and return it warm. Raises EngineError."""
    serving = Serving(Address(url, key_variable=key_variable), adapters, None, Bounds(None, None))
    async with _or_stopped(serving, timeout_s):
        while (there := await serving.listed()) is None:  # noqa: ASYNC110 (another machine has no event)
            await asyncio.sleep(1.0)
        if BASE not in there:
            raise EngineUnavailable(f"{url} serves no model named {BASE}; start it with --served-model-name {BASE}.")
        for name, folder in adapters.items():
            if name not in there:
                await serving.load(name, folder)
        await serving.warm()
    return serving


@contextlib.asynccontextmanager
async def _or_stopped(serving: Serving, timeout_s: float) -> AsyncIterator[None]:
    """Whatever goes wrong inside, nothing is left running."""
    try:
        async with asyncio.timeout(timeout_s):
            yield
    except BaseException as error:
        await serving.stop()
        if isinstance(error, TimeoutError):
            raise EngineUnavailable(serving.too_late(timeout_s)) from None
        raise


async def _done(task: "asyncio.Task[int]", seconds: float) -> bool:
    done, _ = await asyncio.wait({task}, timeout=seconds)
    return bool(done)


def _how(code: int) -> str:
    if code == KILLED:
        return "(killed; perhaps memory ran out)"
    return f"(killed by signal {code - 128})" if code > 128 else f"(exit code {code})"


def _told(error: EngineError) -> str:
    said = str(error)
    if "Not Found" in said:
        return "It takes none at run time: start it with VLLM_ALLOW_RUNTIME_LORA_UPDATING=1 and --enable-lora."
    return recognised(said) or said


async def _last_words(child: Child) -> str:
    code = await child.ended()
    return why_it_ended(list(child.said), code)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        port: int = taken.getsockname()[1]
    return port
