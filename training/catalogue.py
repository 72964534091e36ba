"""catalogue.json: what the demo models are, with the SHA-256 of every weights file. Reading it is `models`' work."""

import hashlib
import json
from pathlib import Path
from typing import Any

from training.finalists import FINALISTS

FORMAT = "finale-models/1"
JUDGE = {
    "id": "judge",
    "name": "Demo judge",
    "description": "Marks one entry at a time by rating tokens. For demonstration only.",
}


def write(folder: Path) -> Path:
    """Write catalogue.json into `folder` from the files that lie there; FileNotFoundError if a model is missing."""
    path = folder / "catalogue.json"
    path.write_text(json.dumps(catalogue(folder), indent=2) + "\n", encoding="utf-8")
    return path


def catalogue(folder: Path) -> dict[str, Any]:
    """The catalogue as data; every path in it is relative to `folder`."""
    base = {"path": "base", "name": "finale-demo-base", "sha256": sha256(folder / "base/model.safetensors")}
    people = [_adapter(folder, {"id": one.id, "name": one.name, "description": one.description}) for one in FINALISTS]
    judge = _adapter(folder, JUDGE) | {"prompt": "adapters/judge/prompt.json"}
    return {"format": FORMAT, "base": base, "adapters": people, "judge": judge}


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _adapter(folder: Path, who: dict[str, str]) -> dict[str, Any]:
    place = f"adapters/{who['id']}"
    rank = json.loads((folder / place / "adapter_config.json").read_text(encoding="utf-8"))["r"]
    return {**who, "path": place, "sha256": sha256(folder / place / "adapter_model.safetensors"), "rank": rank}
