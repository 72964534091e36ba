"""The small protocol between the show and whatever runs the models: `Engine`, what it yields, and its errors.

Only plain values cross it (strings, numbers, frozen dataclasses), so that the show can describe the same
shape structurally without importing this package. No engine lives here.
"""

import math
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

BASE = "base"
"""The adapter name that means: the base model alone."""

MAX_TEMPERATURE = 5.0
MAX_ANSWER_TOKENS = 32_768
SEED_LIMIT = 2**63


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an answer: `text` may be empty, `tokens` counts the tokens in it.

    A piece without text and tokens before all others says that the engine has taken the request up: what came before
    was queueing. The last piece, and only that one, has a `finish_reason`: "stop" (the model ended its answer) or
    "length".
    """

    text: str
    tokens: int
    finish_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """What one short seeded generation showed; `text_sha256` is of the UTF-8 text, `message` says what to do
    if not ok."""

    ok: bool
    adapter: str
    ttft_ms: float | None
    tokens_per_second: float | None
    text_sha256: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Health:
    """Whether an engine can answer now, in words that name the remedy when it cannot.

    `whole` is false where it answers although a part of it is down: one of several addresses.
    """

    ok: bool
    message: str
    adapters: tuple[str, ...] = ()
    whole: bool = True


class Engine(Protocol):
    """Runs the base model with the finalists' adapters."""

    name: str

    async def start(self) -> None:
        """Return when ready to stream. Raises EngineError with the cause and the next step."""

    async def close(self) -> None:
        """Stop everything that `start` began; running streams raise EngineError. May be called twice."""

    def stream(
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
        """Generate one answer. Closing the generator (or cancelling the task) frees the engine within 100 ms.

        `temperature` 0 is greedy; `top_p` in (0, 1] keeps the smallest set of tokens with that mass. Raises
        EngineError.
        """

    async def probe(self, adapter: str) -> Probe:
        """One short seeded generation with `adapter`. Reports failures instead of raising them."""

    async def health(self) -> Health:
        """Report without raising."""

    async def load(self, adapter: str, folder: Path) -> None:
        """Serve the adapter in `folder`, which was checked, under the name `adapter` too.

        At run time where the engine can, else by a restart of it. Loading what is served changes nothing. Raises
        EngineError.
        """

    async def unload(self, adapter: str) -> None:
        """Serve `adapter` no longer; streams of it under way may fail. An unknown name changes nothing."""

    @property
    def log(self) -> tuple[str, ...]:
        """The last lines that the engine wrote, oldest first; empty where it keeps none."""


class EngineError(Exception):
    """An engine could not do what was asked; the message names the cause and the next step.

    `blames_request`: the same request would fail on any engine, so that none is worse for it.
    """

    blames_request = False


class EngineUnavailable(EngineError):
    """The engine is not running, is restarting, or died while it was answering."""


class UnknownAdapter(EngineError):
    """The engine does not serve an adapter of this name."""

    def __init__(self, adapter: str, known: tuple[str, ...]) -> None:
        listed = ", ".join(known) or "none"
        super().__init__(
            f"No adapter named {adapter!r} is loaded (loaded: {listed}); add it to the "
            "catalogue and restart the engine."
        )


class PromptTooLong(EngineError):
    """The prompt does not leave room for an answer: `tokens` were given, `fits` would have fitted."""

    blames_request = True

    def __init__(self, tokens: int, fits: int) -> None:
        super().__init__(
            f"The prompt is {tokens:,} tokens long, but at most {fits:,} fit; shorten the "
            "system prompt or the question."
        )
        self.tokens, self.fits = tokens, fits


class SamplingRefused(EngineError):
    """A sampling setting is outside its range."""

    blames_request = True


def check_sampling(*, temperature: float, top_p: float, max_tokens: int, seed: int) -> None:
    """Raise SamplingRefused unless every setting is finite and in range; nothing is ever clamped."""
    if not (math.isfinite(temperature) and 0 <= temperature <= MAX_TEMPERATURE):
        raise SamplingRefused(f"Temperature must be between 0 and {MAX_TEMPERATURE:g}, not {temperature}.")
    if not (math.isfinite(top_p) and 0 < top_p <= 1):
        raise SamplingRefused(f"Top-p must be above 0 and at most 1, not {top_p}.")
    if not 1 <= max_tokens <= MAX_ANSWER_TOKENS:
        raise SamplingRefused(f"Max tokens must be between 1 and {MAX_ANSWER_TOKENS:,}, not {max_tokens}.")
    if not -SEED_LIMIT <= seed < SEED_LIMIT:
        raise SamplingRefused(f"The seed must fit in 64 bits, but {seed} does not.")
