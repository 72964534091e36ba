"""What all tests share: patience (how fast a machine draws examples, and how many it throws away, is no failure), and
a shelf of their own: what was handed in on this machine is no part of any test.
"""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
settings.load_profile("patient")


@pytest.fixture(scope="session", autouse=True)
def an_empty_shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Settings made by tests, and by the processes that they start, find nothing that was handed in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FINALE_ADAPTERS_DIR", str(tmp_path_factory.mktemp("adapters")))
        yield
