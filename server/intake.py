"""The models that finalists hand in, as the show sees them: taken in, served, and told in words of the show.

What is checked and where it lies is `models.intake`'s; which event plays what is the arena's.
"""

import asyncio
import errno
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from models.adapters import AdapterLimits, AdapterRefused, describe_base
from models.catalogue import Adapter, Catalogue
from models.intake.shelf import Entry, Shelf, Stock, free_bytes
from models.protocol import BASE, Engine, EngineError
from server.arena.readiness import Result, Task
from server.arena.room import Model
from server.domain.errors import NotFound, NotWritten, Refused
from server.domain.event import Event, Finalist
from server.settings import Settings
from server.store.errors import StoreFull

LEAST_FREE_BYTES = 2**30
"""What must stay free beside an upload: a full disk would stop votes from being saved."""


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A model on the shelf. `name`: on the engine. `problem`: why it cannot be served here, "" if it can."""

    finalist: str
    name: str
    sha256: str
    rank: int
    bytes: int
    received_ms: int
    file_name: str
    title: str
    problem: str = ""


def shelf_of(settings: Settings, catalogue: Catalogue) -> Shelf:
    """The shelf of these settings for the catalogue's base. Hashes the base."""
    limits = AdapterLimits(settings.adapter_rank_limit, settings.adapter_bytes_limit)
    return Shelf(settings.adapters_dir, describe_base(catalogue.base), limits)


def with_stock(catalogue: Catalogue, stock: Stock) -> Catalogue:
    """The catalogue with what was handed in: later entries stand for their finalists, earlier ones stay served."""
    known = {adapter.engine_name for adapter in catalogue.adapters}
    handed_in = tuple(_adapter(entry) for entry in stock.served if entry.record.name not in known)
    return replace(catalogue, adapters=(*catalogue.adapters, *handed_in))


def _adapter(entry: Entry) -> Adapter:
    record = entry.record
    return Adapter(record.finalist, record.title or record.finalist, "", entry.folder, record.sha256, record.rank)


class Intake:
    """Takes models in while a server runs. `served`: name on the engine → hash of the weights."""

    def __init__(self, shelf: Shelf, engines: Sequence[Engine], catalogue: Catalogue, problems: Sequence[str] = ()):
        """`engines`: those that play for finalists, the serving one first. `problems`: of what is on the shelf."""
        self._shelf, self._engines, self._problems = shelf, tuple(engines), tuple(problems)
        self._checking = asyncio.Lock()  # one check at a time: it keeps a core busy
        self.changing = asyncio.Lock()
        self._waiting: dict[str, str] = {}
        self.engines_are_up, self._until_up = False, list[str]()
        self.served = {adapter.engine_name: adapter.sha256 for adapter in catalogue.adapters}
        self.served[BASE] = catalogue.base_sha256  # a finalist may play with the bare base
        self.models = {adapter.engine_name: Model(adapter.rank) for adapter in catalogue.adapters}
        self.models |= {entry.record.name: _model(entry) for entry in shelf.entries()}

    @property
    def most_bytes(self) -> int:
        """The largest upload that is taken."""
        return self._shelf.archive_limits.bytes

    @contextmanager
    def quarantine(self, bytes_: int) -> Iterator[Path]:
        """A folder for an upload of so many bytes. Raises StoreFull, NotWritten."""
        with _in_words(), self._shelf.quarantine() as place:
            if free_bytes(place) < 2 * bytes_ + LEAST_FREE_BYTES:
                raise StoreFull("The disk has no room for this model. Ask the organiser to free some space.")
            yield place

    def check(self, file: Path) -> tuple[int, int, str]:
        """Rank, bytes and hash of the weights in an archive or folder; nothing is kept. Raises Refused, NotWritten."""
        with _in_words():
            facts, _ = self._shelf.check(file)
        return facts.rank, facts.bytes, facts.sha256

    async def receive(self, finalist: str, file: Path, name: str, at_ms: int) -> HandedIn:
        """Check an upload and put it on the shelf. Raises Refused with one sentence, StoreFull, NotWritten."""
        async with self._checking:
            with _in_words():
                entry = await asyncio.to_thread(self._shelf.receive, finalist, file, at_ms=at_ms, name=name)
        self.models[entry.record.name] = _model(entry)
        return _told(entry)

    async def serve(self, name: str) -> str:
        """Let every engine serve a model of the shelf; gives "" or why that must wait. Raises NotFound.

        While the engines start it is only noted down: `engines_started` does it.
        """
        entry = self._shelf.entry(name)
        if entry is None:
            raise NotFound(f"There is no {name!r} on the shelf; `finale adapters list` shows what there is.")
        if not self.engines_are_up:
            self._until_up.append(name)
            return ""
        serving, *spares = self._engines
        try:
            await asyncio.to_thread(self._shelf.verify, entry)
            await serving.load(name, entry.folder)
        except EngineError as error:
            self._waiting[name] = f"it is kept on the shelf and served after the next start of the server ({error})"
            return f"Not served yet: {self._waiting[name]}"
        self.served[name] = entry.record.sha256
        self._waiting.pop(name, None)
        for spare in spares:
            await self._load_into_spare(spare, entry)
        return ""

    async def _load_into_spare(self, spare: Engine, entry: Entry) -> None:
        """A spare that cannot is a matter for the board: the model plays all the same."""
        try:
            await spare.load(entry.record.name, entry.folder)
        except EngineError as error:
            self._problems += (f"The spare engine {spare.name} does not serve {entry.record.name}: {error}",)

    async def engines_started(self, event: Event) -> None:
        """Let the engines serve what came in meanwhile, and what the event names and only the shelf has."""
        self.engines_are_up = True
        named = (one.adapter for one in event.finalists if one.adapter not in self.served)
        waited, self._until_up = self._until_up, []
        for name in dict.fromkeys((*waited, *named)):
            if self._shelf.entry(name) is not None:
                await self.serve(name)

    async def withdraw(self, name: str) -> None:
        """Let the engines forget a model; it stays on the shelf."""
        self.served.pop(name, None)
        self._until_up = [other for other in self._until_up if other != name]
        for engine in self._engines:
            with suppress(EngineError):
                await engine.unload(name)

    def listed(self) -> tuple[HandedIn, ...]:
        """Everything on the shelf, the oldest first. Nothing is hashed: whether weights changed is seen at a start."""
        return tuple(self._judged(entry) for entry in self._shelf.entries())

    def _judged(self, entry: Entry) -> HandedIn:
        foreign = entry.record.base_sha256 != self._shelf.base.sha256
        return replace(_told(entry), problem="of another base" if foreign else "")

    async def remove(self, name: str, named_by: Mapping[str, Sequence[str]]) -> None:
        """Take a model off the shelf for good. `named_by`: name → events that play it. Raises Refused, NotFound."""
        if self._shelf.entry(name) is None:
            raise NotFound(f"There is no {name!r} on the shelf; `finale adapters list` shows what there is.")
        check_removable(name, named_by)
        with _in_words():
            self._shelf.remove(name)
        await self.withdraw(name)

    def tasks(self, event: Event) -> tuple[Task, ...]:
        """The board's row: whether everything that the event plays is served, and what on the shelf is not."""

        async def run() -> Result:
            return self.look(event)

        return (Task("shelf", "Models handed in", run),)

    def look(self, event: Event) -> Result:
        """What is so of everything handed in."""
        wrong = [sentence for finalist in event.finalists if (sentence := self._wrong_with(finalist))]
        if wrong:
            remedy = "Hand it in, or start the server with the models that the event names."
            return Result("red", " ".join(wrong), remedy)
        if self._problems:
            return Result("amber", " ".join(self._problems), "What the event plays is served all the same.")
        return Result("green", f"every finalist's model is served; {len(self._shelf.entries())} on the shelf")

    def _wrong_with(self, finalist: Finalist) -> str:
        if not finalist.adapter:
            return f"{finalist.name} has no model."
        if finalist.adapter in self._until_up:
            return ""
        sha256 = self.served.get(finalist.adapter)
        if sha256 is None:
            why = self._waiting.get(finalist.adapter, "it is neither in the catalogue nor on the shelf")
            return f"The model of {finalist.name}, {finalist.adapter}, is not served: {why}."
        if finalist.adapter_sha256 not in ("", sha256):
            return f"The model of {finalist.name} has other weights here than those the event names."
        return ""


def with_model(event: Event, entry: HandedIn) -> Event:
    """The event in which the model's finalist plays it."""
    finalists = tuple(
        replace(one, adapter=entry.name, adapter_sha256=entry.sha256) if one.id == entry.finalist else one
        for one in event.finalists
    )
    return replace(event, finalists=finalists)


def check_removable(name: str, named_by: Mapping[str, Sequence[str]]) -> None:
    """Raise Refused if an event names the model: its results must stay attributable."""
    if events := named_by.get(name):
        raise Refused(
            f"{name} is named by the event {', '.join(events)} and stays on the shelf: its results say what played. "
            "Where nothing was played yet, hand in another model for it first."
        )


def _model(entry: Entry) -> Model:
    return Model(entry.record.rank, entry.record.title)


def _told(entry: Entry) -> HandedIn:
    r = entry.record
    return HandedIn(r.finalist, r.name, r.sha256, r.rank, r.bytes, r.received_ms, r.file_name, r.title)


@contextmanager
def _in_words() -> Iterator[None]:
    """The models' own errors and the disk's as errors of the show."""
    try:
        yield
    except AdapterRefused as error:
        raise Refused(str(error)) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreFull("The disk is full. Nothing was kept; ask the organiser to free some space.") from error
        raise NotWritten(f"The model could not be kept: {error.strerror or error}. Try again.") from error
