"""Unpacking an adapter that was handed in: plain files, flat, within limits, or nothing at all.

An archive is a stranger's: names that lead elsewhere, links, devices, doubles and bombs are refused by one sentence.
"""

import os
import stat
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from models.adapters import AdapterRefused
from models.intake.archives import CHUNK, READ_AS_ARCHIVE, Member, opened

ZIP, TAR = (".zip",), (".tar.gz", ".tgz")
INNER = (*ZIP, *TAR, ".tar", ".gz", ".bz2", ".xz", ".zst", ".7z", ".rar")
LONGEST_NAME = 100
RATIO_COUNTS_FROM = 16 * 2**20


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """How many entries, how many bytes in all, and how many times larger than the archive they may be."""

    entries: int = 32
    bytes: int = 4 * 2**30
    ratio: int = 100


def is_archive(path: Path) -> bool:
    """Whether the name says so; what is inside is seen when it is unpacked."""
    return path.is_file() and path.name.lower().endswith((*ZIP, *TAR))


def unpacked(archive: Path, into: Path, *, limits: ArchiveLimits | None = None, name: str = "") -> Path:
    """Unpack into the empty folder `into` and return it. `name`: what the sentences call it, else its file's name.

    The files may lie at the archive's top or in one folder there. Nothing is written unless every entry is sound.
    Raises AdapterRefused, OSError.
    """
    checks = _Checks(name or archive.name, limits or ArchiveLimits(), archive.stat().st_size)
    try:
        with opened(archive) as reader:
            for file, member in checks.sound(reader.members()).items():
                with reader.open(member) as source, (into / file).open("xb") as target:
                    checks.copy(source, target, member.size)
    except READ_AS_ARCHIVE as error:
        raise AdapterRefused(
            f"{checks.name} is no sound archive ({error}); pack the adapter's folder again as .zip or .tar.gz."
        ) from error
    return into


def copied(folder: Path, into: Path, *, limits: ArchiveLimits | None = None, name: str = "") -> Path:
    """Copy a folder's plain files into the empty folder `into` and return it; no link is followed.

    Raises AdapterRefused, OSError.
    """
    checks = _Checks(name or folder.name, limits or ArchiveLimits(), 0)
    left = checks.limits.bytes
    for count, file in enumerate(sorted(folder.iterdir()), 1):
        checks.refuse_if(count > checks.limits.entries, f"it holds more than {checks.limits.entries} files")
        checks.refuse_if(file.is_symlink() or not file.is_file(), f"{file.name!r} is not a plain file")
        with _plainly(file) as source, (into / file.name).open("xb") as target:
            size = os.fstat(source.fileno()).st_size
            left -= size
            checks.refuse_if(left < 0, f"it holds more than {checks.limits.bytes:,} bytes")
            checks.copy(source, target, size)
    return into


def _plainly(file: Path) -> IO[bytes]:
    """The file opened so that neither a link is followed nor a pipe waited for, should it have become one."""
    handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise AdapterRefused(f"{file.name!r} is not a plain file; hand in the adapter's files alone.")
    return os.fdopen(handle, "rb")


@dataclass(frozen=True, slots=True)
class _Checks:
    name: str
    limits: ArchiveLimits
    packed_bytes: int

    def sound(self, members: Iterable[Member]) -> dict[str, Member]:
        """Plain file names to entries. Sizes are looked at before the next entry is, which a bomb would not reach."""
        found: dict[str, Member] = {}
        names, tops, total = set[str](), set[tuple[str, ...]](), 0
        for count, member in enumerate(members, 1):
            total += member.size
            self._check_sizes(member.size, total, count)
            parts = self._parts(member)
            if member.is_folder or _is_left_by_a_mac(parts):
                continue
            key = unicodedata.normalize("NFC", parts[-1]).casefold()
            self.refuse_if(key in names, f"it holds {parts[-1]!r} twice, or in two spellings")
            names.add(key)
            tops.add(parts[:-1])
            found[parts[-1]] = member
        self.refuse_if(len(tops) > 1, "its files lie in several folders: hand in one folder of files")
        self.refuse_if(not found, "it is empty")
        return found

    def _check_sizes(self, size: int, total: int, count: int) -> None:
        most = self.limits.bytes
        self.refuse_if(size < 0 or total > most, f"it unpacks to more than {most:,} bytes")
        bomb = total > max(RATIO_COUNTS_FROM, self.limits.ratio * self.packed_bytes)
        self.refuse_if(bomb, f"it unpacks to more than {self.limits.ratio} times its size")
        self.refuse_if(
            count > self.limits.entries, f"it holds more than {self.limits.entries} entries, and an adapter has a few"
        )

    def _parts(self, member: Member) -> tuple[str, ...]:
        parts, shown = PurePosixPath(member.path).parts, repr(member.path[:80])
        self.refuse_if(bool(member.odd), f"{shown} {member.odd}")
        outside = member.path.startswith("/") or "\\" in member.path or ".." in parts or "\0" in member.path
        self.refuse_if(outside, f"the path {shown} leads out of it")
        self.refuse_if(not parts and not member.is_folder, f"a file has the name {shown}")
        self.refuse_if(
            len(member.path) > 2 * LONGEST_NAME or not member.path.isprintable(), f"{shown} is no plain name"
        )
        if _is_left_by_a_mac(parts) or member.is_folder:
            return parts
        self.refuse_if(len(parts) > 2, f"{shown} lies too deep: hand in one folder of files")
        self.refuse_if(len(parts[-1].encode()) > LONGEST_NAME, f"the name {shown} is too long")
        self.refuse_if(parts[-1].lower().endswith(INNER), f"{shown} is an archive itself: hand in plain files")
        return parts

    def copy(self, source: IO[bytes], target: IO[bytes], size: int) -> None:
        """Copy what the entry said it holds, no more and no less: a bomb says less."""
        left = size
        while chunk := source.read(min(CHUNK, left + 1)):
            left -= len(chunk)
            self.refuse_if(left < 0, "an entry is larger than it says")
            target.write(chunk)
        self.refuse_if(left > 0, "an entry is shorter than it says")

    def refuse_if(self, wrong: bool, why: str) -> None:
        """Raise AdapterRefused with the next step."""
        if wrong:
            raise AdapterRefused(f"{self.name} is refused: {why}; pack the adapter again with `finale train export`.")


def _is_left_by_a_mac(parts: tuple[str, ...]) -> bool:
    """What a Mac adds to every archive beside the files: looked at, never unpacked."""
    return parts[:1] == ("__MACOSX",) or "".join(parts[-1:]).startswith((".DS_Store", "._"))
