"""What the arena needs of an engine and of a judge. `server.app` hands in implementations from `models`."""

from collections.abc import AsyncIterator, Mapping, Sequence
from fractions import Fraction
from typing import Protocol

BASE = "base"
"""The adapter name that means: the base model alone."""


class Piece(Protocol):
    """Some text of a stream; the last piece has a finish reason, "stop" or "length".

    An empty one before all others says that the engine has taken the request up.
    """

    @property
    def text(self) -> str: ...
    @property
    def tokens(self) -> int: ...
    @property
    def finish_reason(self) -> str | None: ...


class Probe(Protocol):
    """The result of one short seeded generation."""

    @property
    def ok(self) -> bool: ...
    @property
    def ttft_ms(self) -> float | None: ...
    @property
    def tokens_per_second(self) -> float | None: ...
    @property
    def text_sha256(self) -> str | None: ...
    @property
    def message(self) -> str: ...


class Health(Protocol):
    """Whether an engine can serve, and whether all its parts do, in words."""

    @property
    def ok(self) -> bool: ...
    @property
    def whole(self) -> bool: ...
    @property
    def message(self) -> str: ...


class Engine(Protocol):
    """Streams attempts; see `models.protocol` for what each call promises."""

    @property
    def name(self) -> str: ...
    async def start(self) -> None: ...
    async def close(self) -> None: ...
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
    ) -> AsyncIterator[Piece]: ...
    async def probe(self, adapter: str) -> Probe: ...
    async def health(self) -> Health: ...
    @property
    def log(self) -> tuple[str, ...]: ...


class JudgeVerdict(Protocol):
    @property
    def mark(self) -> object: ...
    @property
    def reason(self) -> str: ...


class JudgeExchangeMade(Protocol):
    """One request to the judge's model and what it replied."""

    @property
    def prompt(self) -> str: ...
    @property
    def reply(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def order(self) -> Sequence[str]: ...
    @property
    def ms(self) -> float: ...
    @property
    def error(self) -> str | None: ...


class Judgement(Protocol):
    """Verdicts for every entry, or the reason for abstaining; never both."""

    @property
    def verdicts(self) -> Mapping[str, JudgeVerdict] | None: ...
    @property
    def abstained(self) -> str | None: ...
    @property
    def requests(self) -> Sequence[JudgeExchangeMade]: ...


class Judge(Protocol):
    """One LLM judge."""

    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def demo(self) -> bool: ...
    @property
    def prompt_sha256(self) -> str: ...
    async def mark(
        self,
        *,
        question: str,
        criteria: Sequence[tuple[str, str]],
        entries: Mapping[str, str],
        reference: str | None,
        seed: int,
        weights: Mapping[str, Fraction] | None = None,
    ) -> Judgement: ...
