"""One tiny base with adapters for the tests of trying; the shipped demo models where a judge is needed."""

from pathlib import Path

import pytest
import torch

from tests.training.handing_in.made_up import a_catalogue

DEMO = Path(__file__).resolve().parents[3] / "models" / "demo"


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder: tiny base, adapters f0 to f2, a judge."""
    torch.set_num_threads(1)
    return a_catalogue(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def demo() -> Path:
    """The shipped demo models."""
    torch.set_num_threads(1)
    return DEMO
