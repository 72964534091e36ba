"""One tiny models folder for the tests of handing in, and a finished run on its base."""

from pathlib import Path

import pytest

from tests.training.handing_in.made_up import a_catalogue, a_run


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder: tiny base, finalists f0 to f2, a judge."""
    return a_catalogue(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def run(models: Path, tmp_path: Path) -> Path:
    """A finished run with the weights of f1."""
    return a_run(tmp_path / "runs" / "kaya", models / "base", models / "adapters" / "f1")
