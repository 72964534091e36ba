"""The command line on a folder of its own, with a played event in the database and scripted models."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result as ClickResult
from typer.testing import CliRunner

from models.scripted import Script, ScriptedEngine
from server.cli import _models, app
from server.domain.event import Event
from server.engines import Models
from server.settings import Settings
from server.store import journal
from server.store.database import open_database
from server.store.founding import found
from server.store.writer import Writer
from tests.arena.conftest import FakeJudge
from tests.players.hall import short_event
from tests.stagehand import START, Stagehand

Finale = Callable[..., ClickResult]


def put(url: str, event: Event, *, played: bool = False) -> None:
    """Write an event, and perhaps a whole show of it."""
    engine = open_database(url)
    writer = Writer(engine)
    writer.do_now(lambda connection: found(connection, event, START, code="4821"))
    if played:
        hand, entries = Stagehand(event).play_out(), writer.do_now(lambda c: journal.read(c, event.id))
        for at, happening in hand.journal:
            entries += journal.chained(journal.tip_of(entries), [(at, happening)])
        writer.do_now(lambda connection: journal.append(connection, event.id, entries[1:]))
    writer.close()
    engine.dispose()


@pytest.fixture
def finale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Finale:
    """Runs `finale ARGUMENTS` in a fresh folder; `exit_code`, `stdout` and `stderr` are what it gives."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FINALE_PORT", "1")  # no server is found there
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(_models, "build_models", scripted)
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


def scripted(settings: Settings) -> Models:
    """The models of the demo's names, with a script instead of weights."""
    names = {f.id: (f.adapter, f.adapter_sha256) for f in short_event().finalists}
    engine = ScriptedEngine({name: Script(f"{name} has a fixed answer.") for name, _ in names.values()})
    return Models(engine, (), (FakeJudge(),), names)  # type: ignore[arg-type]


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Where the settings look for the database by default."""
    (tmp_path / "var").mkdir()
    return f"sqlite:///{tmp_path}/var/finale.db"


@pytest.fixture
def played(url: str) -> str:
    """A database with an event, played to its end."""
    put(url, replace(short_event(), judges=()), played=True)
    return url


@pytest.fixture
def waiting(url: str) -> str:
    """A database with an event that has not begun."""
    put(url, short_event())
    return url


def failed(result: ClickResult) -> str:
    """The one sentence of a command that could not be done: exit code 2, no traceback."""
    assert result.exit_code == 2, (result.exit_code, result.output, result.exception)
    assert "Traceback" not in result.output
    assert not result.stdout
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, lines
    return lines[0]
