"""Checkpoints on the disk: each is whole or not there at all, and proves it by a list of its files' hashes.

What a checkpoint holds is the trainer's matter; here it is put in place, found again and cleared away.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.tuning.disk import flush, in_words, is_about_writing
from training.tuning.errors import NotWritten

LIST = "whole.json"
PREFIX = "checkpoint-"
PART = "part"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A whole checkpoint: training seconds and tokens until its step, over all attempts."""

    folder: Path
    step: int
    seconds: float
    tokens: int


class Checkpoints:
    """The checkpoints of one run. `part` is where the trainer writes before a checkpoint is put in place."""

    def __init__(self, folder: Path, keep: int) -> None:
        self.folder, self.part, self._keep = folder, folder / PART, keep

    @contextmanager
    def writing(self, step: int, seconds: float, tokens: int, trainer: Any) -> Iterator[None]:
        """While the trainer writes a checkpoint; put it in place afterwards. Raises NotWritten, the last one kept."""
        try:
            if trainer.is_world_process_zero():
                shutil.rmtree(self.part, ignore_errors=True)
            trainer.accelerator.wait_for_everyone()
            yield
            trainer.accelerator.wait_for_everyone()
            if trainer.is_world_process_zero():
                self._put_in_place(step, seconds, tokens)
        except Exception as error:
            if not is_about_writing(error):
                raise
            shutil.rmtree(self.part, ignore_errors=True)
            raise NotWritten(
                f"The checkpoint of step {step} could not be written: {in_words(error)}. {self._left()} Free some "
                "space, then resume the run."
            ) from error
        trainer.accelerator.wait_for_everyone()

    def newest(self) -> Checkpoint | None:
        """The newest checkpoint that is whole, every hash compared."""
        for folder in self._in_order():
            found = _whole(folder)
            if found is not None:
                return found
        return None

    def clear_up(self) -> None:
        """Take away what was not put in place."""
        shutil.rmtree(self.part, ignore_errors=True)

    def _put_in_place(self, step: int, seconds: float, tokens: int) -> None:
        made = self.part / f"{PREFIX}{step}"
        files = {str(path.relative_to(made)): _hash(path) for path in sorted(made.rglob("*")) if path.is_file()}
        facts = {"step": step, "seconds": round(seconds, 3), "tokens": tokens, "files": files}
        (made / LIST).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
        flush(made)
        place = self.folder / made.name
        shutil.rmtree(place, ignore_errors=True)
        made.rename(place)
        flush(self.folder)
        for old in self._in_order()[self._keep :]:
            shutil.rmtree(old, ignore_errors=True)

    def _in_order(self) -> list[Path]:
        found = [path for path in self.folder.glob(f"{PREFIX}*") if path.name.removeprefix(PREFIX).isdecimal()]
        return sorted(found, key=lambda path: -int(path.name.removeprefix(PREFIX)))

    def _left(self) -> str:
        last = self.newest()
        return f"The checkpoint of step {last.step} is kept." if last else "There was no checkpoint before it."


def _whole(folder: Path) -> Checkpoint | None:
    try:
        facts = json.loads((folder / LIST).read_text(encoding="utf-8"))
        if any(_hash(folder / name) != digest for name, digest in facts["files"].items()):
            return None
        return Checkpoint(folder, int(facts["step"]), float(facts["seconds"]), int(facts["tokens"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # torn by a crash


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
