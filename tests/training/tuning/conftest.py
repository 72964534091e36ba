"""A tiny random base and rows for it, so that a whole run takes a second or two."""

from pathlib import Path

import pytest
import torch

from tests.models import tiny
from tests.training.tuning.small import rows_of
from training.data.rows import TrainingRow


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny base's folder."""
    torch.set_num_threads(1)
    return tiny.make_base(tmp_path_factory.mktemp("tiny") / "base")


@pytest.fixture(scope="session")
def rows() -> list[TrainingRow]:
    """24 short rows."""
    return rows_of(24)
