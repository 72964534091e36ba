"""Putting an adapter on the demo's stage: a copy of a models folder in which it replaces one finalist.

The copy is a whole catalogue that an arena can be started with; the original is never touched.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from models.adapters import AdapterFacts, AdapterLimits, check_adapter, describe_base
from models.catalogue import Catalogue, load_catalogue
from training.handing_in.errors import HandingInRefused
from training.handing_in.finding import check_same_base, found

CATALOGUE = "catalogue.json"
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class OnStage:
    """A models folder in which `adapter` plays as the finalist `id`."""

    models: Path
    id: str
    adapter: AdapterFacts
    catalogue: Catalogue


def put_on_stage(
    place: Path, finalist: str, out: Path, *, models: Path, limits: AdapterLimits | None = None
) -> OnStage:
    """Let the adapter at `place` (run, folder or archive) play as `finalist` in a copy of `models` at `out`.

    An `out` that holds a models folder already is changed, so that several adapters can play together. Raises
    HandingInRefused, AdapterRefused, CatalogueError; `out` is then as it was.
    """
    limits = limits or AdapterLimits()
    source = out if (out / CATALOGUE).is_file() else models
    catalogue = load_catalogue(source / CATALOGUE, limits=limits)
    _check_finalist(catalogue, finalist)
    base = describe_base(catalogue.base)
    with found(place) as adapter, TemporaryDirectory(prefix="finale-") as work:
        check_same_base(adapter.run, base.sha256, catalogue.base)
        copy = Path(work) / "adapter"  # what is checked is what will play, though a run may go on meanwhile
        shutil.copytree(adapter.folder, copy, symlinks=True)
        facts = check_adapter(copy, base, limits=limits, inside=Path(work))
        if source is not out:
            _copy(models, out)
        _replace(out, finalist, adapter.name, copy, facts)
    return OnStage(out, finalist, facts, load_catalogue(out / CATALOGUE, limits=limits))


def _check_finalist(catalogue: Catalogue, finalist: str) -> None:
    ids = [one.id for one in catalogue.adapters]
    if finalist not in ids:
        raise HandingInRefused(f"There is no finalist {finalist!r} in the catalogue; choose one of {', '.join(ids)}.")


def _copy(models: Path, out: Path) -> None:
    """A copy, whole or not at all."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise HandingInRefused(f"{out} is there and holds no {CATALOGUE}; choose a new folder with --out.")
    if out.resolve().is_relative_to(models.resolve()):
        raise HandingInRefused(f"{out} lies inside {models}; choose a folder outside it with --out.")
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(f".{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        shutil.copytree(models, part)
        if out.exists():
            out.rmdir()
        part.rename(out)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _replace(out: Path, finalist: str, name: str, adapter: Path, facts: AdapterFacts) -> None:
    """A new folder first, then the catalogue at one stroke: whoever reads it in between sees the old finalist."""
    data: dict[str, Any] = json.loads((out / CATALOGUE).read_text(encoding="utf-8"))
    entry = next(one for one in data["adapters"] if one["id"] == finalist)
    before, path = entry["path"], f"adapters/{finalist}-{facts.sha256[:_SHOWN]}"
    entry |= {
        "description": f"Played by {name}.",
        "path": path,
        "sha256": facts.sha256,
        "rank": facts.rank,
    }
    shutil.rmtree(out / path, ignore_errors=True)
    shutil.copytree(adapter, out / path)
    _write(out / CATALOGUE, json.dumps(data, indent=2, ensure_ascii=False) + "\n")
    if before != path:
        shutil.rmtree(out / before, ignore_errors=True)


def _write(file: Path, text: str) -> None:
    part = file.with_name(f".{file.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(file)
