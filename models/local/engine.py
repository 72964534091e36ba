"""`LocalEngine`: the show's side of the local engine. It never imports torch; the worker does the work.

Each request has a number and a queue; replies are routed by number, and a dead worker fails every queue at
once.
"""

import asyncio
import itertools
import os
from collections.abc import AsyncGenerator, Mapping, Sequence
from pathlib import Path
from typing import Any

from models.local.supervisor import WorkerSupervisor
from models.probe import probe_engine
from models.protocol import (
    BASE,
    EngineError,
    EngineUnavailable,
    Health,
    Piece,
    Probe,
    PromptTooLong,
    SamplingRefused,
    UnknownAdapter,
    check_sampling,
)

Reply = dict[str, Any] | Piece | EngineError


class LocalEngine:
    """Runs the base model in `base` with `adapters` (engine name to folder) in one worker process."""

    name = "local"

    def __init__(
        self,
        *,
        base: Path,
        adapters: Mapping[str, Path],
        slots: int = 6,
        context_tokens: int = 2048,
        threads: int | None = None,
        start_timeout_s: float = 180.0,
    ) -> None:
        """`slots` answers run at once, further ones wait; `threads` defaults to all cores but one, for the server."""
        self._first = {name: str(folder) for name, folder in adapters.items()}
        self._later: dict[str, str] = {}
        order = {
            "op": "load",
            "base": str(base),
            "adapters": self._first,
            "later": self._later,
            "slots": slots,
            "context": context_tokens,
            "threads": threads or max(1, (os.cpu_count() or 2) - 1),
        }
        self._numbers = itertools.count(1)
        self._open: dict[int, asyncio.Queue[Reply]] = {}
        self._supervisor = WorkerSupervisor(
            order, start_timeout_s=start_timeout_s, on_reply=self._route, on_death=self._fail_all
        )

    async def start(self) -> None:
        """Load base and adapters and return when ready. Raises EngineUnavailable with the cause."""
        await self._supervisor.start()

    async def close(self) -> None:
        """Stop the worker; running streams raise EngineUnavailable."""
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
        """Generate one answer (see `models.protocol.Engine.stream`)."""
        check_sampling(temperature=temperature, top_p=top_p, max_tokens=max_tokens, seed=seed)
        self._check_adapter(adapter)
        request = {"op": "stream", "adapter": adapter, "system": system_prompt, "question": question}
        number, replies = self._ask(
            request | {"temperature": temperature, "top_p": top_p, "max_tokens": max_tokens, "seed": seed}
        )
        try:
            while True:
                piece = await _next(replies)
                assert isinstance(piece, Piece)
                if piece.finish_reason is not None:
                    self._open.pop(number, None)
                yield piece
                if piece.finish_reason is not None:
                    return
        finally:
            self._cancel(number)

    async def score_tokens(
        self,
        *,
        adapter: str,
        system_prompt: str,
        question: str,
        choices: Sequence[str],
        assistant_prefix: str = "",
    ) -> dict[str, float]:
        """Natural log-probabilities of each choice's first token as the answer's next token after
        `assistant_prefix`.

        Raises EngineError, also when two choices begin with the same token.
        """
        self._check_adapter(adapter)
        request = {"op": "score", "adapter": adapter, "system": system_prompt, "question": question}
        reply = await self._answer(request | {"prefix": assistant_prefix, "choices": list(choices)})
        return dict(zip(choices, reply["logprobs"], strict=True))

    async def count_prompt_tokens(self, *, system_prompt: str, question: str) -> int:
        """Tokens of the rendered prompt, template included."""
        reply = await self._answer({"op": "count", "system": system_prompt, "question": question})
        return int(reply["tokens"])

    async def probe(self, adapter: str) -> Probe:
        """One short greedy generation with `adapter`."""
        return await probe_engine(self, adapter)

    async def health(self) -> Health:
        """Whether the worker is up, and what it serves."""
        state = self._supervisor.state
        return Health(state.is_up, state.message, self._adapters if state.is_up else ())

    async def load(self, adapter: str, folder: Path) -> None:
        """Serve the adapter in `folder` too, beside the streams under way, whose texts stay as they are.

        A worker that is started again serves it as well. Raises EngineError.
        """
        if adapter in self._adapters:
            return
        if self._supervisor.is_watching:
            await self._answer({"op": "add", "adapter": adapter, "folder": str(folder)})
        self._later[adapter] = str(folder)

    async def unload(self, adapter: str) -> None:
        """Serve `adapter` no longer; streams of it under way go on."""
        if adapter not in self._adapters:
            return
        self._first.pop(adapter, None)
        self._later.pop(adapter, None)
        if self._supervisor.state.is_up:
            self._supervisor.send({"op": "remove", "adapter": adapter})

    @property
    def log(self) -> tuple[str, ...]:
        """The last lines that the worker wrote to its log."""
        return tuple(self._supervisor.log)

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that the engine runs in: the worker, while it is up."""
        return (self.worker_pid,) if self.worker_pid is not None else ()

    @property
    def worker_pid(self) -> int | None:
        """The worker's process id while it is up."""
        return self._supervisor.pid

    @property
    def _adapters(self) -> tuple[str, ...]:
        return (*self._first, *self._later)

    def _check_adapter(self, adapter: str) -> None:
        if adapter != BASE and adapter not in self._adapters:
            raise UnknownAdapter(adapter, self._adapters)

    def _ask(self, request: dict[str, Any]) -> tuple[int, asyncio.Queue[Reply]]:
        number = next(self._numbers)
        self._supervisor.send({"id": number} | request)
        replies = self._open[number] = asyncio.Queue()
        return number, replies

    async def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        number, replies = self._ask(request)
        try:
            reply = await _next(replies)
        finally:
            self._cancel(number)
        assert isinstance(reply, dict)
        return reply

    def _cancel(self, number: int) -> None:
        """Tell the worker to stop, unless the request has already been answered to its end."""
        if self._open.pop(number, None) is not None and self._supervisor.state.is_up:
            self._supervisor.send({"op": "cancel", "id": number})

    def _route(self, reply: dict[str, Any]) -> None:
        for number, text, tokens, finish_reason in reply.get("said", ()):
            self._hand(number, Piece(text, tokens, finish_reason))
        if "error" in reply:
            self._hand(reply["id"], _error(reply))
        elif "id" in reply:
            self._hand(reply["id"], reply)

    def _hand(self, number: int, reply: Reply) -> None:
        if (queue := self._open.get(number)) is not None:
            queue.put_nowait(reply)

    def _fail_all(self, reason: str) -> None:
        for queue in self._open.values():
            queue.put_nowait(EngineUnavailable(reason))
        self._open.clear()


async def _next(replies: asyncio.Queue[Reply]) -> Piece | dict[str, Any]:
    reply = await replies.get()
    if isinstance(reply, EngineError):
        raise reply
    return reply


def _error(reply: dict[str, Any]) -> EngineError:
    if reply["error"] == PromptTooLong.__name__:
        return PromptTooLong(reply["tokens"], reply["fits"])
    kinds = {kind.__name__: kind for kind in (EngineUnavailable, SamplingRefused)}
    return kinds.get(reply["error"], EngineError)(reply["message"])
