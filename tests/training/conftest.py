"""The shipped demo models, loaded once for the tests of `training`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from training import base, tokenizer

DEMO = Path(__file__).resolve().parents[2] / "models" / "demo"
FINALISTS = ["mei-ling", "arjun", "farah", "wei-jie", "priya"]


@pytest.fixture(scope="session")
def words() -> Any:
    """The shipped tokenizer."""
    torch.set_num_threads(1)
    return tokenizer.load(DEMO / "base")


@pytest.fixture(scope="session")
def model_of() -> Callable[[str], Any]:
    """Gives the base (for "base") or a fresh base with the named adapter, each loaded once."""
    loaded: dict[str, Any] = {}

    def give(name: str) -> Any:
        if name not in loaded:
            is_base = name == "base"
            loaded[name] = (
                base.load(DEMO / "base") if is_base else base.load_with(DEMO / "base", DEMO / "adapters" / name)
            )
        return loaded[name]

    return give
