"""The API keeps what its OpenAPI description promises, whatever is sent."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance
from schemathesis.specs.openapi.checks import status_code_conformance as documented_status

from server.cli.openapi import description
from server.domain.actors import Role
from tests.live.server import LiveServer
from tests.players.hall import open_hall, short_event

DESCRIPTION = description()
schema = schemathesis.openapi.from_dict(DESCRIPTION)
CHECKS = (not_a_server_error, documented_status, content_type_conformance, response_schema_conformance)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    running = open_hall(tmp_path_factory.mktemp("schema"), short_event())
    yield running
    running.stop()


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    paths = DESCRIPTION["paths"].items()
    return [(path, verb, told) for path, verbs in paths for verb, told in verbs.items()]


@schema.exclude(path_regex="feed|probe|bots").parametrize()
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_one_that_is_described(case: Any, server: LiveServer) -> None:
    token = server.house.links.token(Role.ORGANISER, "organiser")
    case.call_and_validate(base_url=server.url, headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)


@pytest.mark.parametrize(
    ("path", "verb", "told"), operations(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_operation_says_what_it_does_and_how_it_fails(path: str, verb: str, told: dict[str, Any]) -> None:
    assert path.startswith("/api/v1/")
    assert told["summary"]
    assert told.get("description"), f"{verb} {path} has no description"
    assert "401" in told["responses"]
    assert told["security"] == [{"HTTPBearer": []}]


def test_every_error_is_one_sentence() -> None:
    for path, verb, told in operations():
        for status, answer in told["responses"].items():
            if int(status) >= 400:
                reference = answer["content"]["application/json"]["schema"]["$ref"]
                assert reference.endswith("/Problem"), f"{verb} {path} {status}"
