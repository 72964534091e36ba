"""Packing a folder of plain files so that the same files give the same bytes: sorted, with no time, owner or rights.

A .zip is stored and the same everywhere; a .tar.gz is the same wherever zlib compresses the same way.
"""

import gzip
import shutil
import tarfile
import zipfile
from pathlib import Path

from models.intake.unpacking import TAR, ZIP
from training.handing_in.errors import HandingInRefused

_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can name
_RIGHTS = 0o644
_PLAIN_FILE = 0o100000
_ZIP64_FROM = 2**31 - 1


def check_name(out: Path) -> None:
    """Raise HandingInRefused unless the name is one of a folder (no suffix) or of an archive that can be made."""
    name = out.name.lower()
    if not name.endswith((*ZIP, *TAR)) and name.endswith((".tar", ".gz", ".bz2", ".xz", ".7z", ".rar")):
        raise HandingInRefused(f"{out.name} cannot be made; end the name in .zip or .tar.gz, or give a folder's name.")


def is_archive_name(out: Path) -> bool:
    """Whether `out` is to be an archive and not a folder."""
    return out.name.lower().endswith((*ZIP, *TAR))


def pack(folder: Path, out: Path) -> None:
    """Pack the files of `folder`, under the name that `out` has without its suffixes, into the new file `out`."""
    lowered = out.name.lower()
    suffix = next(one for one in (*ZIP, *TAR) if lowered.endswith(one))
    top = out.name[: -len(suffix)]
    if suffix in ZIP:
        _zip(folder, top, out)
    else:
        _tar(folder, top, out)


def _zip(folder: Path, top: str, out: Path) -> None:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(folder.iterdir()):
            info = zipfile.ZipInfo(f"{top}/{file.name}", _FIRST_DAY)
            info.create_system, info.external_attr = 3, (_PLAIN_FILE | _RIGHTS) << 16
            large = file.stat().st_size > _ZIP64_FROM
            with file.open("rb") as source, archive.open(info, "w", force_zip64=large) as target:
                shutil.copyfileobj(source, target)


def _tar(folder: Path, top: str, out: Path) -> None:
    with (
        out.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=raw, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for file in sorted(folder.iterdir()):
            info = tarfile.TarInfo(f"{top}/{file.name}")
            info.size, info.mode = file.stat().st_size, _RIGHTS
            with file.open("rb") as source:
                archive.addfile(info, source)
