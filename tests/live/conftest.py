"""One server for the tests of a module; each test plays on from wherever the show is, or opens a new round."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.server import LiveServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    running = LiveServer(tmp_path).start()
    yield running
    running.stop()
