"""One resumable step of a build: skipped until what it was made from changes. What the steps are is `demo`'s."""

import hashlib
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

RECORD = "made.json"


def step(folder: Path, made_from: dict[str, Any], make: Callable[[Path], dict[str, Any]]) -> bool:
    """Fill `folder` by `make(scratch)`, unless its record says that it was made from the same things.

    The folder is replaced only after `make` returned, so an interrupt leaves the last good one. `make` returns figures
    worth keeping; they go into made.json with `made_from` and the seconds it took. True if anything was made.
    """
    key = hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()
    if _recorded_key(folder) == key:
        return False
    scratch = folder.with_name(folder.name + ".part")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    started = time.monotonic()
    figures = make(scratch)
    record = {"key": key, "made_from": made_from, "figures": figures, "seconds": round(time.monotonic() - started)}
    (scratch / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    for path in scratch.iterdir():
        path.chmod(0o644)  # safetensors writes for the owner alone; a server may run as somebody else
    shutil.rmtree(folder, ignore_errors=True)
    scratch.rename(folder)
    return True


def _recorded_key(folder: Path) -> str:
    path = folder / RECORD
    return str(json.loads(path.read_text(encoding="utf-8"))["key"]) if path.exists() else ""
