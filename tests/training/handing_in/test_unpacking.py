"""Archives of strangers: each trick is refused in a sentence, and nothing is written outside the folder."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from training.handing_in.errors import HandingInRefused
from training.handing_in.unpacking import MOST_FILES, unpacked


def a_zip(path: Path, *names: str, data: bytes = b"x", mode: int = 0) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            info = zipfile.ZipInfo(name)
            info.filename = name  # as it is, with any backslash and dots
            info.external_attr = mode << 16
            archive.writestr(info, data)
    return path


def a_tar(path: Path, *members: tarfile.TarInfo, data: bytes = b"x") -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for member in members:
            plain = member.isreg()
            member.size = len(data) if plain else 0
            archive.addfile(member, io.BytesIO(data) if plain else None)
    return path


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


ODD: dict[str, tuple[Callable[[Path], Path], str]] = {
    "zip up": (lambda at: a_zip(at / "a.zip", "../evil"), "leads out"),
    "zip absolute": (lambda at: a_zip(at / "a.zip", "/evil"), "leads out"),
    "zip backslash": (lambda at: a_zip(at / "a.zip", "..\\evil"), "leads out"),
    "zip deep": (lambda at: a_zip(at / "a.zip", "a/b/c"), "too deep"),
    "zip two folders": (lambda at: a_zip(at / "a.zip", "a/x", "b/y"), "several folders"),
    "zip link": (lambda at: a_zip(at / "a.zip", "a/x", mode=0o120777), "link or a device"),
    "zip empty": (lambda at: a_zip(at / "a.zip"), "empty"),
    "zip many": (lambda at: a_zip(at / "a.zip", *[f"a/{n}" for n in range(MOST_FILES + 1)]), "more than"),
    "zip large": (lambda at: a_zip(at / "a.zip", "a/x", data=b"0" * 5000), "more than 4,096 bytes"),
    "tar up": (lambda at: a_tar(at / "a.tar.gz", entry("../evil")), "leads out"),
    "tar absolute": (lambda at: a_tar(at / "a.tar.gz", entry("/evil")), "leads out"),
    "tar link": (lambda at: a_tar(at / "a.tar.gz", entry("a/x", tarfile.SYMTYPE, "/etc/passwd")), "a link"),
    "tar hard link": (lambda at: a_tar(at / "a.tar.gz", entry("a/x", tarfile.LNKTYPE, "y")), "a link"),
    "tar device": (lambda at: a_tar(at / "a.tar.gz", entry("a/x", tarfile.CHRTYPE)), "a device"),
    "tar twice": (lambda at: a_tar(at / "a.tar.gz", entry("a/x"), entry("a/x")), "twice"),
    "tar large": (lambda at: a_tar(at / "a.tgz", entry("a/x"), data=b"0" * 5000), "more than 4,096 bytes"),
}


@pytest.mark.parametrize("trick", ODD)
def test_a_trick_is_refused_and_nothing_is_written(tmp_path: Path, trick: str) -> None:
    make, said = ODD[trick]
    into = tmp_path / "deep" / "into"
    into.mkdir(parents=True)
    archive = make(tmp_path)
    with pytest.raises(HandingInRefused, match=said):
        unpacked(archive, into, most_bytes=4096)
    assert not list(into.iterdir())
    assert sorted(one.name for one in tmp_path.rglob("*")) == sorted([archive.name, "deep", "into"])


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
@pytest.mark.parametrize("junk", [b"", b"not an archive", b"\x1f\x8b\x08\x00" + b"\x00" * 40])
def test_what_is_no_archive_is_told(tmp_path: Path, name: str, junk: bytes) -> None:
    (tmp_path / name).write_bytes(junk)
    (tmp_path / "into").mkdir()
    with pytest.raises(HandingInRefused, match=r"no sound archive|is empty"):
        unpacked(tmp_path / name, tmp_path / "into")


def test_a_cut_off_archive_is_told(tmp_path: Path) -> None:
    archive = a_tar(tmp_path / "a.tar.gz", entry("a/x"), data=bytes(range(256)) * 400)
    archive.write_bytes(archive.read_bytes()[:-200])
    (tmp_path / "into").mkdir()
    with pytest.raises(HandingInRefused, match="no sound archive"):
        unpacked(archive, tmp_path / "into")


def test_a_header_that_claims_gigabytes_is_not_read(tmp_path: Path) -> None:
    info = tarfile.TarInfo("a/x")
    info.type, info.size = tarfile.XHDTYPE, 6 * 2**30
    archive = tmp_path / "a.tar.gz"
    archive.write_bytes(gzip.compress(info.tobuf(tarfile.USTAR_FORMAT) + b"0" * 4096))
    (tmp_path / "into").mkdir()
    with pytest.raises(HandingInRefused, match="header is larger"):
        unpacked(archive, tmp_path / "into")


@pytest.mark.parametrize(
    "make", [lambda at: a_zip(at / "a.zip", "x", "y"), lambda at: a_zip(at / "a.zip", "k/x", "k/y")]
)
def test_files_may_lie_at_the_top_or_in_one_folder(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    (tmp_path / "into").mkdir()
    folder = unpacked(make(tmp_path), tmp_path / "into")
    assert sorted(file.name for file in folder.iterdir()) == ["x", "y"]
