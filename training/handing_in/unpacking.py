"""Unpacking an adapter that was handed in: plain files, flat, within limits, or nothing at all.

An archive is a stranger's: names that lead elsewhere, links, devices, doubles and bombs are refused by one sentence.
"""

import gzip
import stat
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from training.handing_in.errors import HandingInRefused

ZIP, TAR = (".zip",), (".tar.gz", ".tgz")
MOST_FILES = 32
MOST_BYTES = 4 * 2**30
CHUNK = 2**20


@dataclass(frozen=True, slots=True)
class _Member:
    """One entry: its path as the archive says it, its bytes, whether it is a folder, and what is odd about it."""

    path: str
    size: int
    is_folder: bool
    odd: str
    key: zipfile.ZipInfo | tarfile.TarInfo


def is_archive(path: Path) -> bool:
    """Whether the name says so; what is inside is seen when it is unpacked."""
    return path.is_file() and path.name.lower().endswith((*ZIP, *TAR))


def unpacked(archive: Path, into: Path, *, most_bytes: int = MOST_BYTES) -> Path:
    """Unpack into the empty folder `into` and return it. Raises HandingInRefused, OSError.

    The files may lie at the archive's top or in one folder there. Nothing is written unless every entry is sound.
    """
    try:
        with _opened(archive) as reader:
            files = _sound(archive, reader.members(), most_bytes)
            for name, member in files.items():
                with reader.open(member) as source, (into / name).open("xb") as target:
                    _copy(source, target, member.size, archive)
    except (zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, EOFError, RuntimeError, ValueError) as error:
        raise HandingInRefused(f"{archive.name} is no sound archive ({error}); pack it again.") from error
    return into


@dataclass(frozen=True, slots=True)
class _Zip:
    archive: zipfile.ZipFile

    def members(self) -> Iterator[_Member]:
        for info in self.archive.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            odd = "is a link or a device" if kind not in (0, stat.S_IFREG, stat.S_IFDIR) else ""
            odd = "is encrypted" if info.flag_bits & 0x1 else odd
            yield _Member(info.orig_filename, info.file_size, info.is_dir(), odd, info)

    def open(self, member: _Member) -> IO[bytes]:
        assert isinstance(member.key, zipfile.ZipInfo)
        return self.archive.open(member.key)


@dataclass(frozen=True, slots=True)
class _Tar:
    archive: tarfile.TarFile

    def members(self) -> Iterator[_Member]:
        for info in self.archive:
            plain = info.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not info.issparse()
            odd = "" if info.isdir() or plain else "is a link, a device or sparse"
            yield _Member(info.name, info.size, info.isdir(), odd, info)

    def open(self, member: _Member) -> IO[bytes]:
        assert isinstance(member.key, tarfile.TarInfo)
        file = self.archive.extractfile(member.key)
        assert file is not None, "only plain files are read"
        return file


class _InSmallReads:
    """A stream that refuses to be read in large pieces: tarfile reads a header whole, however long it claims to be."""

    def __init__(self, stream: gzip.GzipFile) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= CHUNK:
            raise ValueError("a header is larger than any should be")
        return self._stream.read(size)

    def seek(self, place: int) -> int:
        return self._stream.seek(place)

    def tell(self) -> int:
        return self._stream.tell()


@contextmanager
def _opened(archive: Path) -> Iterator[_Zip | _Tar]:
    if archive.name.lower().endswith(ZIP):
        with zipfile.ZipFile(archive) as opened:
            yield _Zip(opened)
    else:
        with gzip.open(archive) as stream, tarfile.open(fileobj=_InSmallReads(stream), mode="r:") as tar:  # type: ignore[call-overload]
            yield _Tar(tar)


def _sound(archive: Path, members: Iterable[_Member], most_bytes: int) -> dict[str, _Member]:
    """Plain file names to entries. Sizes are looked at before the next entry is, which a bomb would never reach."""
    found: dict[str, _Member] = {}
    tops, left = set[tuple[str, ...]](), most_bytes
    for count, member in enumerate(members, 1):
        left -= member.size
        _refuse_if(archive, left < 0, f"it unpacks to more than {most_bytes:,} bytes")
        _refuse_if(archive, count > MOST_FILES, f"it holds more than {MOST_FILES} entries, and an adapter has a few")
        parts = _parts(archive, member)
        if not member.is_folder:
            _refuse_if(archive, parts[-1] in found, f"it holds {parts[-1]!r} twice")
            tops.add(parts[:-1])
            found[parts[-1]] = member
    _refuse_if(archive, len(tops) > 1, "its files lie in several folders: hand in one folder of files")
    _refuse_if(archive, not found, "it is empty")
    return found


def _parts(archive: Path, member: _Member) -> tuple[str, ...]:
    parts, shown = PurePosixPath(member.path).parts, repr(member.path[:80])
    _refuse_if(archive, bool(member.odd), f"{shown} {member.odd}")
    outside = member.path.startswith("/") or "\\" in member.path or ".." in parts or "\0" in member.path
    _refuse_if(archive, outside, f"the path {shown} leads out of it")
    _refuse_if(archive, len(parts) > 2, f"{shown} lies too deep: hand in one folder of files")
    _refuse_if(archive, not parts and not member.is_folder, f"a file has the name {shown}")
    return parts


def _refuse_if(archive: Path, wrong: bool, why: str) -> None:
    if wrong:
        raise HandingInRefused(f"{archive.name} is refused: {why}; pack the adapter again with `finale train export`.")


def _copy(source: IO[bytes], target: IO[bytes], size: int, archive: Path) -> None:
    """Copy what the entry said it holds, no more and no less: a bomb says less."""
    left = size
    while chunk := source.read(min(CHUNK, left + 1)):
        left -= len(chunk)
        _refuse_if(archive, left < 0, "an entry is larger than it says")
        target.write(chunk)
    _refuse_if(archive, left > 0, "an entry is shorter than it says")
