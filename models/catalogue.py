"""The catalogue: which base, which adapters and which demo judge an engine serves, read from catalogue.json and
checked.

Everything in it is held against the files: paths stay inside the catalogue's folder, hashes match, adapters pass the
validator. Writing the file is `training`'s work.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.adapters import AdapterFacts, AdapterLimits, BaseFacts, check_adapter, describe_base, engine_name
from models.protocol import EngineError

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


class CatalogueError(EngineError):
    """The catalogue cannot be used; the message names the entry and the next step."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """One adapter of the catalogue. `path` is absolute, `sha256` that of its weights file."""

    id: str
    name: str
    description: str
    path: Path
    sha256: str
    rank: int

    @property
    def engine_name(self) -> str:
        """The name it is served under: id and content hash."""
        return engine_name(self.id, self.sha256)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A checked catalogue. `judge` is the demo judge's adapter, `judge_prompt` its prompt file."""

    base: Path
    base_sha256: str
    adapters: tuple[Adapter, ...]
    judge: Adapter | None
    judge_prompt: Path | None

    @property
    def served(self) -> dict[str, Path]:
        """Engine name to folder, of every adapter and the judge: what LocalEngine takes."""
        judges = (self.judge,) if self.judge else ()
        return {adapter.engine_name: adapter.path for adapter in (*self.adapters, *judges)}


def load_catalogue(file: Path, *, limits: AdapterLimits | None = None) -> Catalogue:
    """Read and check catalogue.json (hashing every weights file). Raises CatalogueError or AdapterRefused."""
    root = file.resolve().parent
    data = _parsed(file)
    base_path = _inside(root, _text(_table(data, "base"), "path", "base"))
    base = describe_base(base_path)
    _check_hash("base", _text(data["base"], "sha256", "base"), base.sha256)
    reader = _Reader(root, base, limits or AdapterLimits())
    adapters = tuple(reader.adapter(entry) for entry in _list(data, "adapters"))
    judge_entry = _table(data, "judge") if data.get("judge") else None
    judge = reader.adapter(judge_entry) if judge_entry else None
    prompt = (
        _inside(root, str(judge_entry.get("prompt", f"{judge_entry['path']}/prompt.json"))) if judge_entry else None
    )
    _check_unique([adapter.id for adapter in (*adapters, *((judge,) if judge else ()))])
    return Catalogue(base_path, base.sha256, adapters, judge, prompt)


@dataclass(frozen=True, slots=True)
class _Reader:
    root: Path
    base: BaseFacts
    limits: AdapterLimits

    def adapter(self, entry: Mapping[str, Any]) -> Adapter:
        """One checked entry."""
        adapter_id = _text(entry, "id", "adapter")
        if not _ID.fullmatch(adapter_id):
            raise CatalogueError(f"The adapter id {adapter_id!r} may only have lower-case letters, digits and hyphens.")
        path = _inside(self.root, _text(entry, "path", adapter_id))
        facts = self._facts(adapter_id, path)
        _check_hash(adapter_id, _text(entry, "sha256", adapter_id), facts.sha256)
        name, description = str(entry.get("name", adapter_id)), str(entry.get("description", ""))
        return Adapter(adapter_id, name, description, path, facts.sha256, facts.rank)

    def _facts(self, adapter_id: str, path: Path) -> AdapterFacts:
        return check_adapter(path, self.base, limits=self.limits, inside=self.root)


def _parsed(file: Path) -> dict[str, Any]:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CatalogueError(f"There is no catalogue at {file}; make the demo models or give another path.") from None
    except (OSError, ValueError) as error:
        raise CatalogueError(f"The catalogue {file} cannot be read: {error}; write it again.") from error
    if not isinstance(data, dict):
        raise CatalogueError(f"The catalogue {file} must hold a JSON object; write it again.")
    return data


def _table(data: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = data.get(key)
    if not isinstance(value, dict):
        raise CatalogueError(f"The catalogue has no table {key!r}; write it again.")
    return value


def _list(data: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    value = data.get(key)
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise CatalogueError(f"The catalogue has no list {key!r}; write it again.")
    return value


def _text(entry: Mapping[str, Any], key: str, owner: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value:
        raise CatalogueError(f"The catalogue's entry {owner!r} has no {key!r}; write it again.")
    return value


def _inside(root: Path, path: str) -> Path:
    place = root / path
    if not place.resolve().is_relative_to(root):
        raise CatalogueError(f"The path {path!r} leads out of the catalogue's folder; use a path inside it.")
    return place


def _check_hash(owner: str, claimed: str, found: str) -> None:
    if claimed != found:
        raise CatalogueError(
            f"The weights of {owner!r} have the hash {found[:12]}, but the catalogue says {claimed[:12]}; "
            "restore the file or write the catalogue again."
        )


def _check_unique(ids: list[str]) -> None:
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise CatalogueError(f"The catalogue names {', '.join(twice)} more than once; give each adapter its own id.")
