"""Opening an archive that a stranger made: what it says of its entries, and their bytes; nothing is written here.

Only stored and deflated zips and gzipped tars are opened: other compressions let a few bytes ask for gigabytes of
memory. Every read is small, however long a header claims to be.
"""

import gzip
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

CHUNK = 2**20
READ_AS_ARCHIVE = (
    zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, RuntimeError, ValueError,
    OverflowError, KeyError,
)  # fmt: skip
"""What the standard library raises on archives that are broken, each in its own way."""

_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ZIP_BEGINS, _ZIP_ENDS, _ZIP_END_BYTES = (b"PK\x03\x04", b"PK\x05\x06"), b"PK\x05\x06", 22
_GZIP_BEGINS = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Member:
    """One entry: its path as the archive says it, its bytes, whether it is a folder, and what is odd about it."""

    path: str
    size: int
    is_folder: bool
    odd: str
    key: zipfile.ZipInfo | tarfile.TarInfo


class InSmallReads:
    """A file that refuses to be read in large pieces: the standard library reads a header whole, at any length."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """`size` bytes, or all that is left. Raises ValueError for more than CHUNK."""
        data = self._stream.read(size if 0 <= size <= CHUNK else CHUNK + 1)
        if size > CHUNK or len(data) > CHUNK:
            raise ValueError("a header is larger than any should be")
        return data

    def seek(self, place: int, whence: int = 0) -> int:
        """As of the stream."""
        return self._stream.seek(place, whence)

    def tell(self) -> int:
        """As of the stream."""
        return self._stream.tell()

    def seekable(self) -> bool:
        """Always."""
        return True


@dataclass(frozen=True, slots=True)
class ZipReader:
    """The entries of a zip."""

    archive: zipfile.ZipFile

    def members(self) -> Iterator[Member]:
        """Every entry, in the order of the archive's list."""
        for info in self.archive.infolist():
            yield Member(info.orig_filename, info.file_size, info.filename.endswith("/"), _odd_in_zip(info), info)

    def open(self, member: Member) -> IO[bytes]:
        """The entry's bytes."""
        assert isinstance(member.key, zipfile.ZipInfo)
        return self.archive.open(member.key)


@dataclass(frozen=True, slots=True)
class TarReader:
    """The entries of a gzipped tar; `stream` is what the tar is read from."""

    archive: tarfile.TarFile
    stream: InSmallReads

    def members(self) -> Iterator[Member]:
        """Every entry in order. Raises ValueError at the end if something other than padding follows."""
        for info in self.archive:
            plain = info.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not info.issparse()
            odd = "" if info.isdir() or plain else "is a link, a device or sparse"
            yield Member(info.name, info.size, info.isdir(), odd, info)
        self.stream.seek(self.archive.offset)
        padding = self.stream.read(CHUNK)
        if padding.strip(b"\0") or self.stream.read(1):  # the read to the end lets gzip check its sum
            raise ValueError("something follows its end")

    def open(self, member: Member) -> IO[bytes]:
        """The entry's bytes."""
        assert isinstance(member.key, tarfile.TarInfo)
        file = self.archive.extractfile(member.key)
        assert file is not None, "only plain files are read"
        return file


@contextmanager
def opened(archive: Path) -> Iterator[ZipReader | TarReader]:
    """The archive, known by its content and not by its name. Raises one of READ_AS_ARCHIVE, OSError."""
    with archive.open("rb") as file:
        begins = file.read(4)
        file.seek(0)
        if begins in _ZIP_BEGINS:
            _check_ends(file)
            with zipfile.ZipFile(InSmallReads(file)) as zipped:
                yield ZipReader(zipped)
        elif begins.startswith(_GZIP_BEGINS):
            with gzip.open(file) as stream:
                small = InSmallReads(stream)  # type: ignore[arg-type]
                with tarfile.open(fileobj=small, mode="r:") as tar:  # type: ignore[call-overload]
                    yield TarReader(tar, small)
        else:
            raise ValueError("neither a .zip nor a .tar.gz")


def _odd_in_zip(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & 0x1:
        return "is encrypted"
    if info.compress_type not in _COMPRESSIONS:
        return "is compressed in an unusual way"
    kind = stat.S_IFMT(info.external_attr >> 16)
    return "" if kind in (0, stat.S_IFREG, stat.S_IFDIR) else "is a link or a device"


def _check_ends(file: IO[bytes]) -> None:
    """A zip's list is found from its end: nothing may follow it, or two readers find two different lists."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _ZIP_END_BYTES - 0xFFFF))
    tail = file.read()
    end = tail.rfind(_ZIP_ENDS)
    comment = int.from_bytes(tail[end + 20 : end + 22], "little")
    if end < 0 or len(tail) - end != _ZIP_END_BYTES + comment:
        raise ValueError("it is cut off, or something follows its end")
    file.seek(0)
