"""Exporting a run's adapter with its card: checked as the arena checks it, packed, unpacked and checked once more.

Nothing is left half done: `out` appears only when all of it holds.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from models.adapters import SETTINGS, WEIGHTS, AdapterFacts, AdapterLimits, BaseFacts, check_adapter
from models.intake.unpacking import unpacked
from training.handing_in import card as cards
from training.handing_in.card import Said
from training.handing_in.errors import HandingInRefused
from training.handing_in.finding import Found, base_of, check_same_base, of_run
from training.handing_in.packing import check_name, is_archive_name, pack
from training.runs.record import Status, is_held
from training.tuning.servable import read_base

LONGEST_LICENCE, LONGEST_DESCRIPTION = 100, 500


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and what the arena's check found in it. `bytes` is the size of the archive or of all files."""

    out: Path
    facts: AdapterFacts
    bytes: int


def export(
    run: Path, out: Path, said: Said, *, base: Path | None = None, limits: AdapterLimits | None = None
) -> Exported:
    """Write the adapter that the run in `run` has kept to `out`: an archive (.zip, .tar.gz), else a folder.

    The same run, words and base give the same bytes. Raises HandingInRefused, RunBroken, AdapterRefused; `out` is then
    as it was.
    """
    _check_said(said)
    check_name(out)
    if out.exists():
        raise HandingInRefused(f"{out} is there already; choose another name, or remove it.")
    adapter = _finished(run)
    assert adapter.run is not None
    place, limits = base_of(base, adapter.run), limits or AdapterLimits()
    facts = read_base(place)
    check_same_base(adapter.run, facts.sha256, place)
    with _beside(out) as work:
        folder = _with_card(adapter, place, facts, limits, said, work / out.name.split(".")[0])
        checked = check_adapter(folder, facts, limits=limits, inside=work)
        result = folder
        if is_archive_name(out):
            result = work / out.name
            pack(folder, result)
            _check_packed(result, work / "unpacked", facts, limits, checked)
        size = sum(file.stat().st_size for file in (folder.iterdir() if result is folder else [result]))
        result.rename(out)
    return Exported(out, checked, size)


def _finished(run: Path) -> Found:
    """The run's adapter. A run that still trains could replace it while it is read."""
    adapter = of_run(run)
    if is_held(run):
        raise HandingInRefused(f"The run in {run} is still training; wait for its end, or stop it first.")
    assert adapter.run is not None
    if adapter.run.status is Status.RUNNING:
        raise HandingInRefused(f"The run in {run} is still training; wait for its end, or stop it first.")
    return adapter


def _with_card(adapter: Found, base: Path, facts: BaseFacts, limits: AdapterLimits, said: Said, folder: Path) -> Path:
    checked = check_adapter(adapter.folder, facts, limits=limits, inside=adapter.folder.parent)
    assert adapter.run is not None
    folder.mkdir()
    for name in (SETTINGS, WEIGHTS):
        shutil.copyfile(adapter.folder / name, folder / name)
    settings = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    data = cards.card(adapter.run, checked, settings, base, said)
    (folder / cards.JSON).write_text(cards.as_json(data), encoding="utf-8")
    (folder / cards.PAGE).write_text(cards.as_page(data), encoding="utf-8")
    return folder


def _check_packed(archive: Path, into: Path, base: BaseFacts, limits: AdapterLimits, packed: AdapterFacts) -> None:
    into.mkdir()
    found = check_adapter(unpacked(archive, into), base, limits=limits, inside=into)
    if found != packed:
        raise HandingInRefused(
            f"{archive.name} does not hold what was packed; the disk may be failing: export it again."
        )


def _check_said(said: Said) -> None:
    for what, text, longest in (
        ("licence", said.licence, LONGEST_LICENCE),
        ("description", said.description, LONGEST_DESCRIPTION),
    ):
        if len(text) > longest or not text.isprintable():
            raise HandingInRefused(f"The {what} must be one line of at most {longest} characters; shorten it.")
    if not said.licence.strip():
        raise HandingInRefused("Say under which licence you hand the adapter in, for example --licence Apache-2.0.")


@contextmanager
def _beside(out: Path) -> Iterator[Path]:
    """A folder for what is not ready yet, on the same disk as `out`, so that one rename makes it so."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".finale-", dir=out.parent) as work:
        yield Path(work)
