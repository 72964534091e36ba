"""Where a model's answers come from: a file, a model at any OpenAI-compatible address, or an adapter that is here."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from models.judging.league.answers import Author
from models.openai import OpenAIEngine
from models.openai_address import Address
from models.protocol import BASE, Engine, EngineError, UnknownAdapter

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SERVED = re.compile(r"(?P<model>.+?)@(?P<url>https?://.+)")


class SourceRefused(EngineError):
    """A model is named in a way that cannot be used; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class Source:
    """A model of the league; its `name` also names its files. It answers from `file`, as `model` at `url`, or here."""

    name: str
    file: Path | None = None
    model: str = ""
    url: str = ""

    @property
    def is_here(self) -> bool:
        """Whether an adapter of this machine's engine is meant."""
        return self.file is None and not self.url


@dataclass(frozen=True, slots=True)
class House:
    """The models that can answer here: an engine, adapters by id (to their name on the engine), and what tells their
    base from any other."""

    engine: Engine
    adapters: Mapping[str, str]
    base: str

    def author(self, name: str) -> Author:
        """Who answers under `name`: an adapter, or the base alone. Raises UnknownAdapter."""
        if name != BASE and name not in self.adapters:
            raise UnknownAdapter(name, (*self.adapters, BASE))
        adapter = self.adapters.get(name, BASE)
        return Author(self.engine, adapter, f"{self.base}/{adapter}", name)


def read_sources(texts: Sequence[str]) -> tuple[Source, ...]:
    """Each "NAME=FILE", "NAME=MODEL@URL" or adapter's id. Raises SourceRefused for names that are wrong or repeated."""
    sources = tuple(map(_source, texts))
    names = [source.name for source in sources]
    if wrong := [name for name in names if not _NAME.fullmatch(name)]:
        raise SourceRefused(
            f"A model's name has letters, digits, dots and hyphens, for it names its files; not {wrong[0]!r}."
        )
    if twice := [name for name in names if names.count(name) > 1]:
        raise SourceRefused(f"Give each candidate and the reference a name of its own; {twice[0]!r} is there twice.")
    return sources


@asynccontextmanager
async def elsewhere(source: Source, key_variable: str | None) -> AsyncIterator[Author]:
    """The author of a source with an address; its connections are closed at the end."""
    address = Address(source.url, key_variable=key_variable)
    engine = OpenAIEngine(address, {source.model: source.model})
    try:
        yield Author(engine, source.model, f"{source.url}/{source.model}", source.name)
    finally:
        await engine.close()


def _source(text: str) -> Source:
    name, is_given, where = text.partition("=")
    served = _SERVED.fullmatch(where)
    if served is not None:
        return Source(name, model=served["model"], url=served["url"])
    return Source(name, Path(where)) if is_given else Source(name)
