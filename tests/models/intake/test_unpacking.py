"""Archives of strangers: each trick is refused in a sentence, and nothing is written outside the folder."""

import io
import os
import tarfile
import tempfile
import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.adapters import AdapterRefused
from models.intake.unpacking import ArchiveLimits, copied, unpacked
from tests.models.intake.strange import ODD, SMALL, a_tar, a_zip, entry, written


def tree(folder: Path) -> list[str]:
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*"))


@pytest.mark.parametrize("trick", ODD)
def test_a_trick_is_refused_and_nothing_is_written(tmp_path: Path, trick: str) -> None:
    make, said = ODD[trick]
    into = tmp_path / "deep" / "into"
    into.mkdir(parents=True)
    archive = make(tmp_path)
    with pytest.raises(AdapterRefused, match=said) as refused:
        unpacked(archive, into, limits=SMALL)
    assert str(refused.value).endswith(".")
    assert "\x1b" not in str(refused.value)
    left = [file for file in into.iterdir() if file.stat().st_size > SMALL.bytes]
    assert not left  # an entry that lies is found out while it is read; quarantine is removed either way
    assert tree(tmp_path) in (
        sorted([archive.name, "deep", "deep/into"]),
        sorted([archive.name, "deep", "deep/into", "deep/into/x"]),
    )


def test_a_bomb_within_the_limit_of_bytes_is_known_by_its_ratio(tmp_path: Path) -> None:
    archive = a_zip(tmp_path / "a.zip", "a/x", data=bytes(40 * 2**20), how=zipfile.ZIP_DEFLATED)
    (tmp_path / "into").mkdir()
    with pytest.raises(AdapterRefused, match="more than 100 times its size"):
        unpacked(archive, tmp_path / "into", limits=ArchiveLimits())
    assert not list((tmp_path / "into").iterdir())


def test_an_archive_never_takes_much_memory(tmp_path: Path) -> None:
    archive = a_tar(tmp_path / "a.tar.gz", entry("a/x"), data=os.urandom(12 * 2**20))
    (tmp_path / "into").mkdir()
    tracemalloc.start()
    unpacked(archive, tmp_path / "into")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * 2**20
    assert (tmp_path / "into" / "x").stat().st_size == 12 * 2**20


def test_a_cut_off_archive_is_told(tmp_path: Path) -> None:
    for archive in (
        a_tar(tmp_path / "a.tar.gz", entry("a/x"), data=os.urandom(20_000)),
        a_zip(tmp_path / "a.zip", "a/x", data=os.urandom(20_000)),
    ):
        archive.write_bytes(archive.read_bytes()[:-200])
        into = tmp_path / f"into-{archive.suffix}"
        into.mkdir()
        with pytest.raises(AdapterRefused, match="no sound archive"):
            unpacked(archive, into)


@pytest.mark.parametrize(
    "make",
    [
        lambda at: a_zip(at / "a.zip", "x", "y"),
        lambda at: a_zip(at / "a.zip", "k/", "k/x", "k/y", how=zipfile.ZIP_DEFLATED),
        lambda at: a_tar(at / "a.tgz", entry("./", tarfile.DIRTYPE), entry("./x"), entry("./y")),
        lambda at: a_zip(at / "a.zip", "k/x", "k/y", "k/.DS_Store", "__MACOSX/k/._x"),
        lambda at: a_tar(at / "called-anything", entry("k/x"), entry("k/y"), entry("k/._x")),
    ],
)
def test_files_may_lie_at_the_top_or_in_one_folder(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    (tmp_path / "into").mkdir()
    folder = unpacked(make(tmp_path), tmp_path / "into")
    assert sorted(file.name for file in folder.iterdir()) == ["x", "y"]


def test_a_remark_at_a_zips_end_is_no_garbage(tmp_path: Path) -> None:
    archive = a_zip(tmp_path / "a.zip", "x")
    with zipfile.ZipFile(archive, "a") as opened:
        opened.comment = b"made by hand"
    (tmp_path / "into").mkdir()
    assert (unpacked(archive, tmp_path / "into") / "x").read_bytes() == b"x"


def test_a_folder_is_copied_without_following_anything(tmp_path: Path) -> None:
    source, into = tmp_path / "source", tmp_path / "into"
    source.mkdir()
    into.mkdir()
    written(source / "x", b"data")
    assert (copied(source, into, limits=SMALL) / "x").read_bytes() == b"data"
    for spoil in (
        lambda: (source / "link").symlink_to("/etc/hostname"),
        lambda: os.mkfifo(source / "pipe"),
        lambda: (source / "inner").mkdir(),
    ):
        for file in source.iterdir():
            file.rmdir() if file.is_dir() else file.unlink()
        into = Path(tempfile.mkdtemp(dir=tmp_path))
        spoil()
        with pytest.raises(AdapterRefused, match="not a plain file"):
            copied(source, into, limits=SMALL)
        assert not list(into.iterdir())


def test_a_folder_above_the_limits_is_refused(tmp_path: Path) -> None:
    for number in range(9):
        written(tmp_path / f"{number}", b"x")
    (into := tmp_path.parent / f"{tmp_path.name}-into").mkdir()
    with pytest.raises(AdapterRefused, match="more than 8 files"):
        copied(tmp_path, into, limits=SMALL)
    with pytest.raises(AdapterRefused, match="more than 3 bytes"):
        copied(tmp_path, Path(tempfile.mkdtemp(dir=into)), limits=ArchiveLimits(entries=99, bytes=3))


NAMES = st.one_of(
    st.sampled_from(
        ["..", "../x", "/x", "a/../../x", "a/x", "x", "C:\\x", "~/x", "a//x", "./x", "a/./x", "", "/", "a/"]
    ),
    st.lists(st.sampled_from(["..", ".", "a", "x", "", "~", "\\", "é", " ", "CON"]), max_size=4).map("/".join),
    st.text(max_size=12),
)
KINDS = st.sampled_from(
    [tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, b"K", b"x"]
)
MEMBERS = st.lists(
    st.tuples(NAMES, KINDS, NAMES, st.binary(max_size=40), st.sampled_from([0, 0o120777, 0o644])), max_size=4
)
NOISE = st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=3)


def a_strange_zip(members: list[tuple[str, bytes, str, bytes, int]]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, _, _, data, mode in members:
            info = zipfile.ZipInfo("placeholder")
            info.filename = name.encode("utf-8", "replace").decode()
            info.external_attr = mode << 16
            archive.writestr(info, data)
    return made.getvalue()


def a_strange_tar(members: list[tuple[str, bytes, str, bytes, int]]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, kind, link, data, mode in members:
            info = entry(name, kind, link)
            info.size, info.mode = len(data) if info.isreg() else 0, mode
            archive.addfile(info, io.BytesIO(data) if info.isreg() else None)
    return made.getvalue()


@pytest.mark.filterwarnings("ignore:Duplicate name")
@given(members=MEMBERS, noise=NOISE, make=st.sampled_from([a_strange_zip, a_strange_tar]))
def test_no_archive_can_write_outside_its_folder(
    members: list[tuple[str, bytes, str, bytes, int]], noise: list[tuple[int, int]], make: Callable[..., bytes]
) -> None:
    data = bytearray(make(members))
    for place, value in noise:
        data[place % len(data)] = value
    with tempfile.TemporaryDirectory() as home:
        into = Path(home) / "a" / "b" / "into"
        into.mkdir(parents=True)
        archive = written(Path(home) / "archive", bytes(data))
        with suppress(AdapterRefused):
            unpacked(archive, into, limits=SMALL)
        outside = [one for one in tree(Path(home)) if not one.startswith("a/b/into/")]
        assert outside == ["a", "a/b", "a/b/into", "archive"]
        assert archive.read_bytes() == data
        assert all(one.is_file() and not one.is_symlink() for one in into.iterdir())
        assert sum(one.stat().st_size for one in into.iterdir()) <= SMALL.bytes
