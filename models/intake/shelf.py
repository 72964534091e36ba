"""The shelf: every adapter that was accepted, by finalist and content, and the one way on to it.

    root/incoming/…                     quarantine, see `models.intake.quarantine`
    root/accepted/<finalist>@<hash12>/  the adapter's files and accepted.json

A folder appears under accepted/ by one rename, when everything in it was checked and is on the disk. Which events
play an adapter is not known here.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from models.adapter_settings import AdapterRefused
from models.adapters import SETTINGS, WEIGHTS, AdapterFacts, AdapterLimits, BaseFacts, check_adapter
from models.intake.card import CARD, Card, read_card
from models.intake.quarantine import quarantine, sweep
from models.intake.record import Record, read_record, write_record
from models.intake.unpacking import ArchiveLimits, copied, unpacked

KEPT = (SETTINGS, WEIGHTS, CARD, "README.md")
"""What goes on the shelf: a tokenizer or a template of a stranger's could change what an engine says."""
BESIDE_WEIGHTS_BYTES = 64 * 2**20
MOST_PER_FINALIST = 20

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_MATTERS = ("r", "lora_alpha", "target_modules", "use_rslora")


@dataclass(frozen=True, slots=True)
class Entry:
    """An adapter on the shelf."""

    folder: Path
    record: Record


@dataclass(frozen=True, slots=True)
class Stock:
    """What can be served, the newest of each finalist, and a sentence for everything that cannot."""

    served: tuple[Entry, ...]
    problems: tuple[str, ...]


class Shelf:
    """The accepted adapters under `root`, for one base. Several processes may use the same folder."""

    def __init__(self, root: Path, base: BaseFacts, limits: AdapterLimits) -> None:
        """What a crash left in quarantine is swept away."""
        self.root, self.base, self.limits = root, base, limits
        self.archive_limits = ArchiveLimits(bytes=limits.max_bytes + BESIDE_WEIGHTS_BYTES)
        self._incoming, self._accepted = root / "incoming", root / "accepted"
        sweep(self._incoming)

    def quarantine(self) -> AbstractContextManager[Path]:
        """A folder for an upload while it comes in, on the shelf's own disk; see `quarantine`."""
        return quarantine(self._incoming)

    def check(self, source: Path, *, name: str = "") -> tuple[AdapterFacts, Card]:
        """What `receive` would find in an archive or folder; nothing is kept. Raises AdapterRefused, OSError."""
        with self.quarantine() as place:
            return self._opened(source, place, name)

    def receive(self, finalist: str, source: Path, *, at_ms: int, name: str = "") -> Entry:
        """Take in an archive or a folder for `finalist`. `name`: what the file was called where it came from.

        The same content again is the same entry, now the newest. Raises AdapterRefused, OSError; nothing is kept then.
        """
        if not _ID.fullmatch(finalist):
            raise AdapterRefused(f"{finalist!r} is no finalist's id: use small letters, digits and hyphens.")
        name = name or source.name
        with self.quarantine() as place:
            facts, card = self._opened(source, place, name)
            record = Record(
                finalist, facts.sha256, facts.rank, facts.bytes, self.base.sha256, at_ms, name[-200:], card.title
            )
            return self._accept(place / "adapter", record)

    def _opened(self, source: Path, place: Path, name: str) -> tuple[AdapterFacts, Card]:
        folder = place / "adapter"
        folder.mkdir()
        take = copied if source.is_dir() else unpacked
        take(source, folder, limits=self.archive_limits, name=name)
        facts = check_adapter(folder, self.base, limits=self.limits, inside=place)
        card = read_card(folder)
        card.check(facts, self.base)
        return facts, card

    def _accept(self, folder: Path, record: Record) -> Entry:
        target = self._accepted / record.name
        if target.is_dir():
            return self._again(folder, target, record)
        if sum(entry.record.finalist == record.finalist for entry in self.entries()) >= MOST_PER_FINALIST:
            raise AdapterRefused(
                f"{MOST_PER_FINALIST} models of {record.finalist} are on the shelf already; ask the organiser to take "
                "some off with `finale adapters remove`."
            )
        _keep_known_files(folder)
        write_record(folder, record)
        _put_on_disk(folder)
        self._accepted.mkdir(parents=True, exist_ok=True)
        folder.rename(target)
        _sync_folder(self._accepted)
        return Entry(target, record)

    def _again(self, folder: Path, target: Path, record: Record) -> Entry:
        """The same weights once more: the same entry, unless their settings changed, which its name would not show."""
        if _what_matters(target) != _what_matters(folder) or read_record(target).sha256 != record.sha256:
            raise AdapterRefused(
                f"These weights are on the shelf already as {record.name} with other settings; remove that one first "
                f"with `finale adapters remove {record.name}`, or train again."
            )
        write_record(target, replace(record, base_sha256=self.base.sha256))
        return Entry(target, record)

    def entries(self) -> tuple[Entry, ...]:
        """Everything on the shelf whose record can be read, the oldest first."""
        found = (entry for entry in self._read() if isinstance(entry, Entry))
        return tuple(sorted(found, key=lambda entry: (entry.record.received_ms, entry.record.name)))

    def entry(self, name: str) -> Entry | None:
        """The entry of this name on the engine, if it is on the shelf."""
        return next((entry for entry in self.entries() if entry.record.name == name), None)

    def stock(self) -> Stock:
        """The newest adapter of each finalist that is of this base and still what was accepted; all are hashed anew."""
        problems = [str(error) for error in self._read() if isinstance(error, AdapterRefused)]
        newest: dict[str, Entry] = {}
        for entry in self.entries():
            if entry.record.base_sha256 == self.base.sha256:
                newest[entry.record.finalist] = entry
            else:
                problems.append(_foreign(entry.record))
        served = []
        for entry in newest.values():
            try:
                self.verify(entry)
                served.append(entry)
            except AdapterRefused as error:
                problems.append(f"{entry.record.name} is on the shelf and not served: {error}")
        return Stock(tuple(served), tuple(problems))

    def verify(self, entry: Entry) -> None:
        """Raise AdapterRefused unless the entry is of this base, within the limits, and still what was accepted."""
        if entry.record.base_sha256 != self.base.sha256:
            raise AdapterRefused(_foreign(entry.record))
        facts = check_adapter(entry.folder, self.base, limits=self.limits, inside=self._accepted)
        if facts.sha256 != entry.record.sha256:
            raise AdapterRefused("its weights are not those that were accepted; hand it in again.")

    def remove(self, name: str) -> None:
        """Take an entry off the shelf for good. Raises AdapterRefused if there is none of this name."""
        target = self._accepted / name
        if name not in {entry.name for entry in self._folders()}:
            raise AdapterRefused(f"There is no {name!r} on the shelf; `finale adapters list` shows what there is.")
        with self.quarantine() as place:
            target.rename(place / "removed")

    def _read(self) -> Iterator[Entry | AdapterRefused]:
        for folder in self._folders():
            try:
                yield Entry(folder, read_record(folder))
            except AdapterRefused as error:
                yield error

    def _folders(self) -> list[Path]:
        return sorted(place for place in self._accepted.iterdir() if place.is_dir()) if self._accepted.is_dir() else []


def _foreign(record: Record) -> str:
    return (
        f"{record.name} was accepted for another base ({record.base_sha256[:12]}) and is not served; hand in one that "
        "was trained on this base."
    )


def _what_matters(folder: Path) -> tuple[object, ...]:
    settings = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    values = (settings.get(key) or False for key in _MATTERS)
    return tuple(sorted(value) if isinstance(value, list) else value for value in values)


def _keep_known_files(folder: Path) -> None:
    for file in folder.iterdir():
        if file.name not in KEPT:
            file.unlink()


def _put_on_disk(folder: Path) -> None:
    for file in folder.iterdir():
        with file.open("rb") as opened:
            os.fsync(opened.fileno())
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def free_bytes(root: Path) -> int:
    """What is free on the disk of a folder that may not be there yet."""
    place = next(parent for parent in (root, *root.absolute().parents) if parent.exists())
    return shutil.disk_usage(place).free
