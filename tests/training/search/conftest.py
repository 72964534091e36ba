"""A tiny base, rows for it, and a search that trains nothing."""

from pathlib import Path

import pytest
import torch

from tests.models import tiny
from tests.training.search.scripted import Scripted
from tests.training.tuning.small import rows_of
from training.data.rows import TrainingRow
from training.search import Means


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny base's folder."""
    torch.set_num_threads(1)
    return tiny.make_base(tmp_path_factory.mktemp("tiny") / "base")


@pytest.fixture(scope="session")
def rows() -> list[TrainingRow]:
    """24 short rows."""
    return rows_of(24)


@pytest.fixture
def means(base: Path, rows: list[TrainingRow]) -> Means:
    """What every try is made with."""
    return Means(rows, (), base=base)


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    """A `tune` that trains nothing."""
    made = Scripted()
    monkeypatch.setattr("training.search.trying.tune", made)
    monkeypatch.setattr("training.search.trying._let_go", lambda: None)  # there is no model, and it takes 0.3 s
    return made
