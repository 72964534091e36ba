"""`finale adapters`: on this machine alone, and through a server that is running."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.cli import _models
from server.domain.event import Event, Finalist
from server.engines import Models, build_models
from server.settings import Settings
from tests import stagehand
from tests.cli.conftest import Finale, failed, put
from tests.live.acting import Director
from tests.live.server import LiveServer
from tests.live.taking_in import hall, models_folder
from tests.models import tiny
from tests.models.test_adapters import change_settings


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models_folder(tmp_path_factory.mktemp("models"))


@pytest.fixture(autouse=True)
def real_models(finale: Finale, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny models of this test, as the settings say them, and no judge."""
    monkeypatch.setattr(_models, "build_models", build_models)
    monkeypatch.setenv("FINALE_MODELS_DIR", str(models))
    monkeypatch.delenv("FINALE_ADAPTERS_DIR", raising=False)
    monkeypatch.setenv("FINALE_JUDGE", "none")


@pytest.fixture
def new(models: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(models / "adapters" / "f5", tmp_path / "kaya"))


def names(finale: Finale) -> list[str]:
    return [line.split()[0] for line in finale("adapters", "list").stdout.splitlines()[1:]]


def test_a_model_is_checked_added_listed_and_removed(finale: Finale, new: Path, tmp_path: Path) -> None:
    assert "Nothing was handed in yet" in finale("adapters", "list").stdout
    sha = tiny.sha256_of(new)
    assert "would be accepted: rank 8" in finale("adapters", "check", new).stdout
    assert "Nothing was handed in yet" in finale("adapters", "list").stdout
    archive = shutil.make_archive(str(new), "gztar", new.parent, new.name)
    added = finale("adapters", "add", "mei-ling", archive)
    assert added.exit_code == 0, added.output
    assert "no event names it yet" in added.stdout
    assert names(finale) == [f"mei-ling@{sha[:12]}"]
    assert (tmp_path / "var/adapters/accepted" / f"mei-ling@{sha[:12]}" / "adapter_model.safetensors").exists()
    assert "is off the shelf" in finale("adapters", "remove", f"mei-ling@{sha[:12]}").stdout
    assert "finale adapters list" in failed(finale("adapters", "remove", f"mei-ling@{sha[:12]}"))


def test_what_is_refused_is_one_sentence(finale: Finale, new: Path) -> None:
    change_settings(new, r=256)
    assert "rank is 256, above the limit of 64" in failed(finale("adapters", "check", new))
    assert "rank is 256" in failed(finale("adapters", "add", "mei-ling", new))
    assert "There is no nothing.zip" in failed(finale("adapters", "check", "nothing.zip"))
    assert "no finalist's id" in failed(finale("adapters", "add", "Mei Ling", new))


def test_the_limit_of_rank_is_a_setting(finale: Finale, new: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINALE_ADAPTER_RANK_LIMIT", "4")
    assert "rank is 8, above the limit of 4" in failed(finale("adapters", "check", new))


def test_an_event_that_is_not_locked_plays_the_new_model_and_keeps_it(finale: Finale, waiting: str, new: Path) -> None:
    name = f"arjun@{tiny.sha256_of(new)[:12]}"
    assert "the event demo plays it" in finale("adapters", "add", "arjun", new).stdout
    shown = json.loads(finale("event", "show", "demo", "--json").stdout)
    assert [one["adapter"] for one in shown["finalists"] if one["id"] == "arjun"] == [name]
    assert "named by the event demo" in failed(finale("adapters", "remove", name))
    assert "demo has no finalist 'bob'" in failed(finale("adapters", "add", "bob", new, "--event", "demo"))


def test_an_event_that_was_played_takes_no_other_model(finale: Finale, played: str, new: Path) -> None:
    assert "is locked" in failed(finale("adapters", "add", "arjun", new))
    assert "Nothing was handed in yet" in finale("adapters", "list").stdout


def test_a_new_event_takes_the_newest_model_of_the_shelf(finale: Finale, new: Path, models: Path) -> None:
    finale("adapters", "add", "f0", new)
    made = finale("event", "new", "--finalist", "F0", "--finalist", "F1", "--question", "Why?")
    assert made.exit_code == 0, made.output
    shown = json.loads(finale("event", "show", "grand-finale", "--json").stdout)
    wanted = [tiny.sha256_of(new), tiny.sha256_of(models / "adapters" / "f1")]
    assert [one["adapter_sha256"] for one in shown["finalists"]] == wanted


@pytest.fixture
def running(tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveServer]:
    (tmp_path / "var").mkdir()
    server = hall(tmp_path / "var", models).start()
    monkeypatch.setenv("FINALE_PORT", str(server.port))
    monkeypatch.setenv("FINALE_SECRET_FILE", str(tmp_path / "var" / "secret"))
    yield server
    server.stop()


@pytest.mark.parametrize("as_folder", [True, False])
def test_a_running_server_takes_the_model_in(finale: Finale, running: LiveServer, new: Path, as_folder: bool) -> None:
    given = new if as_folder else Path(shutil.make_archive(str(new), "zip", new.parent, new.name))
    name = f"priya@{tiny.sha256_of(new)[:12]}"
    assert f"{name} is in, rank 8." in finale("adapters", "add", "priya", given).stdout
    Director(running).until(lambda: name in running.engine.scripts)
    assert running.house.arena.state.event.finalists[4].adapter == name
    assert "named by the event demo" in failed(finale("adapters", "remove", name))
    assert names(finale) == [name]
    (new / "link").symlink_to("/etc/hostname")
    assert "not a plain file" in failed(finale("adapters", "add", "priya", new))


def test_a_database_keeps_what_its_other_events_play(finale: Finale, waiting: str, new: Path) -> None:
    name = f"arjun@{tiny.sha256_of(new)[:12]}"
    finale("adapters", "add", "arjun", new)
    put(
        waiting,
        Event("next", "Next", "seed", finalists=(Finalist("arjun", "Arjun"),), questions=stagehand.event().questions),
    )
    assert "named by the event demo" in failed(finale("adapters", "remove", name))


def test_models_of_settings_have_a_shelf(models: Path, tmp_path: Path) -> None:
    made: Models = build_models(Settings(models_dir=models, judge="none", adapters_dir=tmp_path / "shelf"))
    assert made.intake is not None
    assert not (tmp_path / "shelf").exists()


def test_what_a_stranger_wrote_on_the_card_is_shown_as_it_is(finale: Finale, new: Path) -> None:
    (new / "card.json").write_text(json.dumps({"name": "[/red]Kaya [bold]toast"}))
    finale("adapters", "add", "mei-ling", new)
    assert "[/red]Kaya [bold]toast (kaya)" in finale("adapters", "list").stdout
