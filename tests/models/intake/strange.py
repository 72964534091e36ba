"""Archives as strangers make them: every trick in one place, for the tests of unpacking and of the shelf."""

import gzip
import io
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from models.intake.unpacking import ArchiveLimits

SMALL = ArchiveLimits(entries=8, bytes=4096)


def a_zip(path: Path, *names: str, data: bytes = b"x", mode: int = 0, how: int = zipfile.ZIP_STORED) -> Path:
    """A zip of `names`, each as it is, with any backslash and dots."""
    with zipfile.ZipFile(path, "w", how) as archive:
        for name in names:
            info = zipfile.ZipInfo(name)
            info.filename = name
            info.compress_type = how
            info.external_attr = mode << 16
            archive.writestr(info, data)
    return path


def a_tar(path: Path, *members: tarfile.TarInfo, data: bytes = b"x") -> Path:
    """A gzipped tar of `members`; plain ones hold `data`."""
    with tarfile.open(path, "w:gz") as archive:
        for member in members:
            plain = member.isreg()
            member.size = len(data) if plain else 0
            archive.addfile(member, io.BytesIO(data) if plain else None)
    return path


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    """One member of a tar."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def patched(path: Path, old: bytes, new: bytes, which: int) -> Path:
    """The file with one occurrence of `old` replaced by as many bytes."""
    data, at = bytearray(path.read_bytes()), -1
    for _ in range(which + 1):
        at = data.index(old, at + 1)
    data[at : at + len(old)] = new
    path.write_bytes(data)
    return path


def encrypted(path: Path) -> Path:
    """A zip that says its entry is encrypted."""
    a_zip(path, "a/x")
    data = bytearray(path.read_bytes())
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + offset] |= 1
    path.write_bytes(data)
    return path


def lying(path: Path, said: int) -> Path:
    """A zip whose list and header say another size than its entry has."""
    a_zip(path, "a/x", data=bytes(range(250)) * 12, how=zipfile.ZIP_DEFLATED)
    real = struct.pack("<I", 3000)
    for which in (0, 0):
        patched(path, real, struct.pack("<I", said), which)
    return path


def with_tail(path: Path, tail: bytes) -> Path:
    """The file with something after its end."""
    path.write_bytes(path.read_bytes() + tail)
    return path


def huge_header(path: Path) -> Path:
    """A tar whose first extended header claims six gigabytes."""
    info = tarfile.TarInfo("a/x")
    info.type, info.size = tarfile.XHDTYPE, 6 * 2**30
    path.write_bytes(gzip.compress(info.tobuf(tarfile.USTAR_FORMAT) + b"0" * 4096))
    return path


def negative(path: Path) -> Path:
    """A tar whose first entry has less than nothing, so that the second seems to fit."""
    first, second = entry("a/x"), entry("a/y")
    raw = bytearray(first.tobuf(tarfile.USTAR_FORMAT))
    raw[124:136] = b"\xff" * 11 + b"\x00"  # base 256: -256
    raw[148:156] = b" " * 8
    raw[148:156] = b"%06o\0 " % sum(raw[:512])
    path.write_bytes(gzip.compress(bytes(raw) + second.tobuf(tarfile.USTAR_FORMAT) + bytes(1024)))
    return path


def after_its_end(path: Path, tail: bytes) -> Path:
    """A tar with something after its last block, inside the compression."""
    a_tar(path, entry("a/x"))
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()) + tail))
    return path


def renamed(path: Path) -> Path:
    """A zip whose list calls an entry otherwise than its own header does."""
    return patched(a_zip(path, "a/good"), b"a/good", b"../bad", 1)


def large_list(path: Path) -> Path:
    """A zip whose list is two megabytes of one entry's remarks."""
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(40):
            info = zipfile.ZipInfo(f"a/{number}")
            info.comment = b"x" * 60_000
            archive.writestr(info, b"x")
    return path


DEVICES = {"tar device": tarfile.CHRTYPE, "tar block device": tarfile.BLKTYPE, "tar pipe": tarfile.FIFOTYPE}
ODD: dict[str, tuple[Callable[[Path], Path], str]] = {
    "zip up": (lambda at: a_zip(at / "a.zip", "../evil"), "leads out"),
    "zip absolute": (lambda at: a_zip(at / "a.zip", "/evil"), "leads out"),
    "zip backslash": (lambda at: a_zip(at / "a.zip", "..\\evil"), "leads out"),
    "zip deep": (lambda at: a_zip(at / "a.zip", "a/b/c"), "too deep"),
    "zip two folders": (lambda at: a_zip(at / "a.zip", "a/x", "b/y"), "several folders"),
    "zip link": (lambda at: a_zip(at / "a.zip", "a/x", mode=0o120777), "link or a device"),
    "zip device": (lambda at: a_zip(at / "a.zip", "a/x", mode=stat.S_IFCHR | 0o666), "link or a device"),
    "zip empty": (lambda at: a_zip(at / "a.zip"), "empty"),
    "zip many": (lambda at: a_zip(at / "a.zip", *[f"a/{n}" for n in range(9)]), "more than 8 entries"),
    "zip large": (lambda at: a_zip(at / "a.zip", "a/x", data=b"0" * 5000), "more than 4,096 bytes"),
    "zip bomb": (lambda at: a_zip(at / "a.zip", "a/x", data=bytes(10**7), how=zipfile.ZIP_DEFLATED), "more than 4,096"),
    "zip in zip": (lambda at: a_zip(at / "a.zip", "a/inner.zip"), "an archive itself"),
    "zip twice": (lambda at: a_zip(at / "a.zip", "a/x", "a/x"), "twice"),
    "zip two cases": (lambda at: a_zip(at / "a.zip", "a/File", "a/fILE"), "two spellings"),
    "zip two accents": (lambda at: a_zip(at / "a.zip", "a/\u00e9", "a/e\u0301"), "two spellings"),
    "zip encrypted": (lambda at: encrypted(at / "a.zip"), "is encrypted"),
    "zip lzma": (lambda at: a_zip(at / "a.zip", "a/x", how=zipfile.ZIP_LZMA), "unusual way"),
    "zip bzip2": (lambda at: a_zip(at / "a.zip", "a/x", how=zipfile.ZIP_BZIP2), "unusual way"),
    "zip says less": (lambda at: lying(at / "a.zip", 100), "no sound archive"),
    "zip says more": (lambda at: lying(at / "a.zip", 4000), "no sound archive|shorter than it says"),
    "zip two names": (lambda at: renamed(at / "a.zip"), "leads out"),
    "zip tail": (lambda at: with_tail(a_zip(at / "a.zip", "a/x"), b"MZ and more"), "something follows"),
    "zip head": (lambda at: headed(a_zip(at / "a.zip", "a/x"), b"#!/bin/sh\n"), "neither a .zip"),
    "zip large list": (lambda at: large_list(at / "a.zip"), "header is larger"),
    "zip odd name": (lambda at: a_zip(at / "a.zip", "a/\x1b[2J"), "no plain name"),
    "zip long name": (lambda at: a_zip(at / "a.zip", "a/" + "x" * 150), "too long"),
    "tar up": (lambda at: a_tar(at / "a.tar.gz", entry("../evil")), "leads out"),
    "tar absolute": (lambda at: a_tar(at / "a.tar.gz", entry("/evil")), "leads out"),
    "tar link": (lambda at: a_tar(at / "a.tar.gz", entry("a/x", tarfile.SYMTYPE, "/etc/passwd")), "a link"),
    "tar hard link": (lambda at: a_tar(at / "a.tar.gz", entry("a/x", tarfile.LNKTYPE, "y")), "a link"),
    **{
        name: (lambda at, kind=kind: a_tar(at / "a.tar.gz", entry("a/x", kind)), "a device")  # type: ignore[misc]
        for name, kind in DEVICES.items()
    },
    "tar twice": (lambda at: a_tar(at / "a.tar.gz", entry("a/x"), entry("a/x")), "twice"),
    "tar two cases": (lambda at: a_tar(at / "a.tar.gz", entry("a/X"), entry("a/x")), "two spellings"),
    "tar large": (lambda at: a_tar(at / "a.tgz", entry("a/x"), data=b"0" * 5000), "more than 4,096 bytes"),
    "tar in tar": (lambda at: a_tar(at / "a.tgz", entry("a/inner.tar.gz")), "an archive itself"),
    "tar header": (lambda at: huge_header(at / "a.tar.gz"), "header is larger"),
    "tar below zero": (lambda at: negative(at / "a.tar.gz"), "more than 4,096 bytes|no sound archive"),
    "tar tail": (lambda at: with_tail(a_tar(at / "a.tar.gz", entry("a/x")), b"more"), "no sound archive"),
    "tar inner tail": (lambda at: after_its_end(at / "a.tar.gz", b"x" * 600), "something follows"),
    "tar padded": (lambda at: after_its_end(at / "a.tar.gz", bytes(3 * 2**20)), "something follows"),
    "text": (lambda at: written(at / "a.zip", b"not an archive"), "neither a .zip"),
    "nothing": (lambda at: written(at / "a.tar.gz", b""), "neither a .zip"),
    "weights alone": (lambda at: written(at / "a.safetensors", b"\x40" + bytes(70)), "neither a .zip"),
    "gzip of nothing": (lambda at: written(at / "a.tar.gz", b"\x1f\x8b\x08\x00" + bytes(40)), "no sound archive|empty"),
    "gzip of text": (lambda at: written(at / "a.tar.gz", gzip.compress(b"text")), "no sound archive"),
}


def written(path: Path, data: bytes) -> Path:
    """A file of these bytes."""
    path.write_bytes(data)
    return path


def headed(path: Path, head: bytes) -> Path:
    """The file with something before its beginning."""
    return written(path, head + path.read_bytes())
