"""One tiny catalogue and one running local engine for all tests of `models`; the shipped demo models where present."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from models.catalogue import Catalogue, load_catalogue
from models.local import LocalEngine
from tests.models import tiny

DEMO = Path(__file__).resolve().parents[2] / "models" / "demo" / "catalogue.json"


@pytest.fixture(scope="session")
def catalogue_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """catalogue.json of a tiny base with five adapters and a judge."""
    return tiny.make_catalogue(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def catalogue(catalogue_file: Path) -> Catalogue:
    """The tiny catalogue, checked."""
    return load_catalogue(catalogue_file)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def engine(catalogue: Catalogue) -> AsyncIterator[LocalEngine]:
    """A started local engine on the tiny models."""
    engine = LocalEngine(base=catalogue.base, adapters=catalogue.served, threads=1)
    await engine.start()
    yield engine
    await engine.close()


@pytest.fixture(scope="session")
def demo_catalogue() -> Catalogue:
    """The shipped demo models."""
    if not DEMO.exists():
        pytest.skip("the demo models have not been made yet: python -m training.demo")
    return load_catalogue(DEMO)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def demo_engine(demo_catalogue: Catalogue) -> AsyncIterator[LocalEngine]:
    """A started local engine on the shipped demo models."""
    engine = LocalEngine(base=demo_catalogue.base, adapters=demo_catalogue.served, threads=1)
    await engine.start()
    yield engine
    await engine.close()
