"""`finale serve`, `finale demo`, `finale openapi`: starting, and failing to start in one sentence."""

import itertools
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from server.cli import _serving
from server.store.database import open_database
from tests.cli.conftest import Finale, failed

ROOT = Path(__file__).parents[2]
FIRST_PAGE_SECONDS = 10


def test_a_port_in_use_is_one_sentence(finale: Finale, waiting: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for command in ("serve", "demo"):
            assert f"Port {port} is in use" in failed(finale(command, "--port", port))


def test_an_unknown_event_and_an_empty_database_are_told(finale: Finale, url: str) -> None:
    assert "no event in this database yet" in failed(finale("serve", "--port", "0"))


def test_an_address_that_is_not_ours_is_told(finale: Finale, waiting: str) -> None:
    assert "cannot be listened on" in failed(finale("serve", "--host", "192.0.2.1", "--port", "0"))


def test_a_database_of_a_newer_version_is_left_alone(finale: Finale, waiting: str) -> None:
    with open_database(waiting).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert "newer version" in failed(finale("serve", "--port", "0"))


def test_a_file_that_is_no_database_is_told(finale: Finale) -> None:
    Path("notes.txt").write_text("not a database" * 200)
    assert "not a database" in failed(finale("event", "list", "--database", "sqlite:///notes.txt"))


def test_a_setting_that_is_wrong_is_named(finale: Finale, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINALE_STALL_SECONDS", "soon")
    assert "FINALE_STALL_SECONDS" in failed(finale("event", "list"))


def test_a_demo_makes_its_event_once_and_shows_all_links_before_it_serves(
    finale: Finale, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[str] = []
    monkeypatch.setattr(_serving, "run", lambda settings, taken: (served.append(settings.event), taken.close()))
    first = finale("demo", "--port", "0")
    assert first.exit_code == 0, first.output
    assert first.stdout.count("/enter/") == 12
    assert [line for line in first.stdout.splitlines() if line.startswith("Organiser") and "/enter/" in line]
    for name in ("Organiser", "Stage screen", "Mei Ling", "Audience"):  # a QR code stands under each
        assert re.search(rf"{name}[^\n]*\n[^\n]*█████", first.stdout), name
    again = finale("demo", "--port", "0")
    assert served == ["demo", "demo"]
    assert re.findall(r"code (\d{4})", first.stdout) == re.findall(r"code (\d{4})", again.stdout)
    finale("demo", "--port", "0", "--fresh")
    assert served[-1] == "demo-2"


def test_the_description_of_the_api_is_printed_as_json(finale: Finale) -> None:
    told = json.loads(finale("openapi").stdout)
    assert "/api/v1/acts/{name}" in told["paths"]


def test_every_command_has_a_help_text_worth_reading(finale: Finale) -> None:
    listed = re.findall(r"│ ([a-z]+) ", finale("--help").stdout)
    assert len(listed) >= 12
    for command in listed:
        text_ = finale(command, "--help").stdout
        assert len(text_.split()) > 30, command


@pytest.mark.skipif(not (ROOT / "models/demo/catalogue.json").exists(), reason="the demo models are not made yet")
def test_the_first_page_is_up_within_ten_seconds_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    environment = os.environ | {
        "FINALE_DATABASE": f"sqlite:///{tmp_path}/finale.db",
        "FINALE_SECRET_FILE": str(tmp_path / "secret"),
        "PYTHONUNBUFFERED": "1",
    }
    started = time.monotonic()
    command = [sys.executable, "-m", "server.cli", "demo", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        organisers = next(line.split()[-1] for line in lines if "/enter/" in line)
        assert not any("Traceback" in line for line in itertools.takewhile(lambda x: "Ctrl+C" not in x, lines))
        while not is_up(organisers) and time.monotonic() - started < FIRST_PAGE_SECONDS:
            assert process.poll() is None
        took = time.monotonic() - started
        process.send_signal(signal.SIGINT)
        assert process.wait(20) in (0, -signal.SIGINT)
    assert took < FIRST_PAGE_SECONDS


def is_up(link: str) -> bool:
    try:
        return httpx.get(link, follow_redirects=True, timeout=5).is_success
    except httpx.TransportError:
        return False
