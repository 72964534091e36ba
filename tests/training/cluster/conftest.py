"""A tiny base and rows for it in files, as a cluster's processes read them."""

from pathlib import Path

import pytest
import torch

from tests.models import tiny
from tests.training.tuning.small import rows_of
from training.data.jsonl import write_rows


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny base's folder."""
    torch.set_num_threads(1)
    return tiny.make_base(tmp_path_factory.mktemp("tiny") / "base")


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with rows.jsonl, 24 rows, and held.jsonl, 5 others: two processes cannot share them evenly."""
    folder = tmp_path_factory.mktemp("data")
    rows = rows_of(29)
    write_rows(folder / "rows.jsonl", rows[:24])
    write_rows(folder / "held.jsonl", rows[24:])
    return folder
