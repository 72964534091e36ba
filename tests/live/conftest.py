"""One server for the tests of a module; each test plays on from wherever the show is, or opens a new round."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from server.domain.actors import Role
from tests.live.server import LiveServer
from tests.live.taking_in import MB, hall, models_folder


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    running = LiveServer(tmp_path).start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of tiny models; see `models_folder`."""
    return models_folder(tmp_path_factory.mktemp("models"))


@pytest.fixture
def new(models: Path) -> Path:
    """A sound adapter that the catalogue does not have."""
    return models / "adapters" / "f5"


@pytest.fixture
def taking(tmp_path: Path, models: Path) -> Iterator[LiveServer]:
    """A server that takes models in, of one megabyte at most."""
    running = hall(tmp_path, models, adapter_bytes_limit=MB).start()
    yield running
    running.stop()


@pytest.fixture
def farah(taking: LiveServer) -> httpx.Client:
    """A finalist's laptop."""
    return taking.client(Role.FINALIST, "farah")


@pytest.fixture
def organiser(taking: LiveServer) -> httpx.Client:
    """The organiser's laptop."""
    return taking.client(Role.ORGANISER, "organiser")
