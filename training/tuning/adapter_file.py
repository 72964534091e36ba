"""What the adapter in a run's folder says of itself, read without torch. Writing it is `adapter`'s work."""

import hashlib
from pathlib import Path

from models.tensorfile import TensorFileBroken, read_header

FOLDER, WEIGHTS, SETTINGS = "adapter", "adapter_model.safetensors", "adapter_config.json"
STEP_KEY = "step"
"""Where the weights file's metadata names the step it was taken at."""


def step_of(run: Path) -> int | None:
    """The step at which the run's adapter was taken; None where there is no adapter."""
    try:
        return int(read_header(run / FOLDER / WEIGHTS).metadata[STEP_KEY])
    except (OSError, TensorFileBroken, KeyError, ValueError):
        return None


def sha256_of(run: Path) -> str:
    """The SHA-256 of the run's adapter weights; empty where there is none."""
    weights = run / FOLDER / WEIGHTS
    return hashlib.sha256(weights.read_bytes()).hexdigest() if weights.is_file() else ""
