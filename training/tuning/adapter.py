"""RUN/adapter: the adapter that a run would hand in now, as PEFT saves one: at every instant whole, or not there.

Which weights are the best is decided in `callback`; whether they may be served, by `models.adapters`.
"""

import copy
import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save

from models.adapters import BASE_HASH_KEY
from training.tuning.adapter_file import FOLDER, SETTINGS, STEP_KEY, WEIGHTS
from training.tuning.disk import flush, in_words, is_about_writing, replace_with
from training.tuning.errors import LossDiverged, NotWritten


class AdapterFolder:
    """Keeps one adapter of a run."""

    def __init__(self, run: Path, config: Any, *, base_name: str, base_sha256: str, dtype: str) -> None:
        """`config` is PEFT's LoraConfig; the base's name in it is replaced by the portable `base_name`."""
        self.folder, self._part = run / FOLDER, run / f"{FOLDER}.part"
        self._config = _plain(config, base_name)
        self._base_sha256, self._dtype = base_sha256, getattr(torch, dtype)

    def keep(self, tensors: Mapping[str, torch.Tensor], step: int) -> str:
        """Replace the adapter by these tensors; the SHA-256 of the new weights file.

        Raises LossDiverged for weights that are not finite, NotWritten where the disk is full; the last one stays.
        """
        broken = [name for name, value in tensors.items() if not bool(torch.isfinite(value).all())]
        if broken:
            raise LossDiverged(f"The weights are NaN or infinite at step {step} ({broken[0]}); lower learning_rate.")
        data = self._as_file(tensors, step)
        try:
            self._put(data)
        except Exception as error:
            if not is_about_writing(error):
                raise
            shutil.rmtree(self._part, ignore_errors=True)
            left = "the one before is kept" if self.folder.exists() else "there was none before"
            raise NotWritten(
                f"The adapter of step {step} could not be written: {in_words(error)}; {left}. Free some space, then "
                "resume the run."
            ) from error
        return hashlib.sha256(data).hexdigest()

    def _put(self, data: bytes) -> None:
        shutil.rmtree(self._part, ignore_errors=True)
        self._part.mkdir()
        if self.folder.exists():  # its settings are the same, so that one rename replaces it
            replace_with(self.folder / WEIGHTS, data, self._part / WEIGHTS)
            self._part.rmdir()
            return
        (self._part / SETTINGS).write_text(self._config, encoding="utf-8")
        (self._part / WEIGHTS).write_bytes(data)
        flush(self._part)
        self._part.rename(self.folder)

    def _as_file(self, tensors: Mapping[str, torch.Tensor], step: int) -> bytes:
        told = {"format": "pt", BASE_HASH_KEY: self._base_sha256, STEP_KEY: str(step)}
        ready = {name: value.to(self._dtype).contiguous() for name, value in tensors.items()}
        return _with_metadata_in_order(save(ready, metadata=told))


def _plain(config: Any, base_name: str) -> str:
    given = copy.deepcopy(config)
    given.base_model_name_or_path, given.inference_mode = base_name, True
    told = {name: sorted(value) if isinstance(value, set) else value for name, value in given.to_dict().items()}
    return json.dumps(told, indent=2, sort_keys=True, default=str) + "\n"


def _with_metadata_in_order(data: bytes) -> bytes:
    """The same file with its remarks sorted: safetensors writes them in an order that differs from run to run."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    ordered = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode().ljust(length)
    assert len(ordered) == length, "safetensors' header is not compact JSON any more"
    return data[:8] + ordered + data[8 + length :]
