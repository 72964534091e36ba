"""The results as files, and their verification. Made once for a state: a hall may ask for a finished show at once."""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from threading import RLock
from typing import Any, TypeVar, cast

from server.domain.bundle_csv import tables
from server.domain.derived import Json
from server.domain.state import EventState
from server.domain.verify import Report, verify
from server.results import HasJournal, bundle_of
from server.retelling import retold

T = TypeVar("T")
BYTE_ORDER_MARK = "\ufeff"  # without it spreadsheets take the texts for another encoding


@dataclass(frozen=True, slots=True)
class Packed:
    """A body, and the same compressed: a hall that opens the results at once must not have it done for each phone."""

    plain: bytes
    gzipped: bytes


def packed(body: bytes) -> Packed:
    return Packed(body, gzip.compress(body, 6, mtime=0))


class Kept:
    """What was made of the latest state. Safe to use from several threads."""

    def __init__(self) -> None:
        self._state: EventState | None = None
        self._made: dict[str, Any] = {}
        self._lock = RLock()

    def of(self, state: EventState, name: str, make: Callable[[], T]) -> T:
        """What `make` gives for this state; the second caller waits for the first, and gets the same."""
        with self._lock:
            if self._state is not state:
                self._state, self._made = state, {}
            if name not in self._made:
                self._made[name] = make()
            return cast(T, self._made[name])


class ResultsFiles:
    """The files of one event."""

    def __init__(self, archive: HasJournal) -> None:
        self._archive = archive
        self.kept = Kept()

    def bundle(self, state: EventState) -> Json:
        """The bundle as a reader of the file gets it."""
        return self.kept.of(state, "bundle", lambda: cast(Json, json.loads(self.text(state))))

    def text(self, state: EventState) -> str:
        """The JSON file, ASCII only: a text may hold half a character, which no encoding has."""
        return self.kept.of(state, "text", lambda: json.dumps(bundle_of(self._archive, state), indent=1) + "\n")

    def table(self, state: EventState, name: str) -> bytes | None:
        """One CSV file as a spreadsheet opens it; None if there is no table of that name."""
        texts = self.kept.of(state, "tables", lambda: tables(self.bundle(state)))
        text = texts.get(f"{name}.csv")
        return None if text is None else (BYTE_ORDER_MARK + text).encode("utf-8", "replace")

    def report(self, state: EventState) -> Report:
        """Every check on the very file that is offered, with its journal replayed."""
        return self.kept.of(state, "report", lambda: verify(self.bundle(state), retold))
