"""Asking a judge model over HTTP: one chat completion, its reply as sent, retries, and a record of every request.

Which prompt and how the reply is read is the caller's business.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable, Coroutine, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from models.judging.protocol import JudgeRequest, VerdictRefused
from models.openai_address import Address
from models.openai_errors import AddressBusy
from models.protocol import EngineError, EngineUnavailable

RETRIES = 3
PAUSE_S = 0.5
_written = json.JSONEncoder(ensure_ascii=False).encode
T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


class Abstention(Exception):
    """The judge cannot give a verdict in this round; the message says why."""


async def together(jobs: Mapping[K, Coroutine[Any, Any, T]], limit_s: float) -> dict[K, T]:
    """Run `jobs` at once and return their results by key; the first Abstention, or the limit, ends them all."""
    try:
        async with asyncio.timeout(limit_s), asyncio.TaskGroup() as group:
            tasks = {key: group.create_task(job) for key, job in jobs.items()}
    except TimeoutError:
        raise Abstention(f"No verdict within {limit_s:g} s.") from None
    except ExceptionGroup as several:
        abstentions, others = several.split(Abstention)
        if others is not None or abstentions is None:
            raise
        raise Abstention(str(abstentions.exceptions[0])) from several
    return {key: task.result() for key, task in tasks.items()}


@dataclass(frozen=True, slots=True)
class Completion:
    """A reply's text, whether it ended by itself, and the first token's alternatives (token to ln p) if given."""

    text: str
    is_whole: bool
    first_token: dict[str, float] | None


@dataclass(slots=True)
class Asker:
    """Asks one model at one address; `requests` keeps everything sent and answered."""

    address: Address
    model: str
    requests: list[JudgeRequest] = field(default_factory=list)

    async def ask(self, body: dict[str, Any], order: tuple[str, ...], read: Callable[[Completion], T]) -> T:
        """Ask until `read` accepts the reply, at most 1 + RETRIES times, each with the next seed. Raises Abstention."""
        reason = ""
        for attempt in range(1 + RETRIES):
            try:
                return await self._once(body | {"seed": (body["seed"] + attempt) % 2**31}, order, read)
            except VerdictRefused as error:
                reason = f"its replies could not be read ({error})"
            except (AddressBusy, EngineUnavailable) as error:
                reason = str(error)
                await asyncio.sleep(PAUSE_S * 2**attempt if attempt < RETRIES else 0)
            except EngineError as error:
                raise Abstention(str(error)) from error
        raise Abstention(f"After {1 + RETRIES} attempts: {reason}")

    async def _once(self, body: dict[str, Any], order: tuple[str, ...], read: Callable[[Completion], T]) -> T:
        began, prompt, reply = time.perf_counter(), _written({"model": self.model} | body), ""
        error: Exception | None = None
        try:
            answer = await self.address.post("/chat/completions", prompt)
            reply = answer.text
            return read(completion(answer.value))
        except (EngineError, VerdictRefused) as failure:
            error = failure
            raise
        except asyncio.CancelledError:
            error = EngineUnavailable("No reply before the request was given up.")
            raise
        finally:
            self.requests.append(record(order, prompt, reply, began, error))


def record(
    order: tuple[str, ...], prompt: str, reply: str, began: float, error: Exception | None = None
) -> JudgeRequest:
    """The request as it is stored; `began` is a time.perf_counter reading.

    Half a character (a lone surrogate, which JSON can carry and UTF-8 cannot) is stored as a question mark.
    """
    ms, reason = (time.perf_counter() - began) * 1000, str(error) if error else None
    both = f"{prompt}\0{reply}"
    try:
        written = both.encode()
    except UnicodeEncodeError:
        written = both.encode(errors="replace")
        prompt, reply = prompt.encode(errors="replace").decode(), reply.encode(errors="replace").decode()
    return JudgeRequest(order, prompt, reply, hashlib.sha256(written).hexdigest(), ms, reason)


def completion(answer: dict[str, Any]) -> Completion:
    """The only choice of a chat completion. Raises VerdictRefused when there is not exactly one."""
    try:
        (choice,) = answer["choices"]
        text, finish = choice["message"]["content"], choice.get("finish_reason")
        if not isinstance(text, str):
            raise TypeError("no text")
        return Completion(text, finish == "stop", _alternatives(choice.get("logprobs")))
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise VerdictRefused("expected one choice with a text in the reply") from error


def _alternatives(logprobs: dict[str, Any] | None) -> dict[str, float] | None:
    content = (logprobs or {}).get("content")
    if not content:
        return None
    alternatives: dict[str, float] = {}
    for one in content[0]["top_logprobs"]:
        # Several tokens may spell one rating, with and without a space before: the likeliest speaks for it.
        token = str(one["token"]).strip()
        alternatives[token] = max(float(one["logprob"]), alternatives.get(token, -float("inf")))
    return alternatives
