"""A shelf for a tiny base, and sound adapters to hand in."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from models.adapters import AdapterLimits, BaseFacts, describe_base
from models.catalogue import Catalogue
from models.intake.shelf import Shelf


@pytest.fixture
def base(catalogue: Catalogue) -> BaseFacts:
    """The tiny base's facts."""
    return describe_base(catalogue.base)


@pytest.fixture
def shelf(tmp_path: Path, base: BaseFacts) -> Shelf:
    """An empty shelf."""
    return Shelf(tmp_path / "shelf", base, AdapterLimits())


@pytest.fixture
def adapter(catalogue: Catalogue, tmp_path: Path) -> Callable[..., Path]:
    """`adapter()` is a copy of a sound adapter's folder, to be spoiled; `adapter(3)` of another one."""

    def made(number: int = 0) -> Path:
        target = tmp_path / "mine" / f"kaya-{len(list(tmp_path.glob('mine/*')))}"
        return Path(shutil.copytree(catalogue.adapters[number].path, target))

    return made
