"""One real vLLM for all tests that need it: a start takes a minute."""

from collections.abc import Iterator

import pytest

from tests.vllm import real


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[real.VllmServer]:
    """The arena with a real vLLM that answers; in the end nothing of it is left."""
    real.skip_without_vllm()
    running = real.started(tmp_path_factory.mktemp("vllm"))
    yield running
    running.do(running.vllm.close())
    assert running.vllm.pids == ()
    running.stop()
