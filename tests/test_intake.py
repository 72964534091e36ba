"""The intake of a server: what the board says, what full disks and broken engines do, and one real engine."""

import errno
from dataclasses import replace
from pathlib import Path

import pytest

from models.adapters import AdapterLimits, describe_base
from models.catalogue import Catalogue, load_catalogue
from models.intake.shelf import Shelf
from models.local.engine import LocalEngine
from models.protocol import EngineUnavailable
from models.scripted import ScriptedEngine
from server.arena.readiness import Result
from server.domain.errors import NotFound, NotWritten, Refused
from server.domain.event import Event
from server.intake import HandedIn, Intake, with_model, with_stock
from server.store.errors import StoreFull
from tests.live.taking_in import event_of, models_folder


class CannotLoad(ScriptedEngine):
    """An engine that serves what it was started with and nothing else."""

    async def load(self, adapter: str, folder: Path) -> None:
        raise EngineUnavailable("This engine cannot load while it runs; restart it.")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models_folder(tmp_path_factory.mktemp("models"))


@pytest.fixture
def catalogue(models: Path) -> Catalogue:
    return load_catalogue(models / "catalogue.json")


@pytest.fixture
def event(catalogue: Catalogue) -> Event:
    return event_of(catalogue)


@pytest.fixture
def shelf(tmp_path: Path, catalogue: Catalogue) -> Shelf:
    return Shelf(tmp_path / "shelf", describe_base(catalogue.base), AdapterLimits())


@pytest.fixture
def new(models: Path) -> Path:
    return models / "adapters" / "f5"


async def up(intake: Intake, event: Event) -> Intake:
    await intake.engines_started(event)
    return intake


async def hand_in(intake: Intake, new: Path, finalist: str = "farah") -> HandedIn:
    return await intake.receive(finalist, new, "mine.zip", at_ms=7)


async def test_the_board_is_green_while_everything_that_the_event_plays_is_served(
    shelf: Shelf, catalogue: Catalogue, event: Event, new: Path
) -> None:
    intake = await up(Intake(shelf, (ScriptedEngine({}),), catalogue), event)
    assert intake.look(event) == Result("green", "every finalist's model is served; 0 on the shelf")
    entry = await hand_in(intake, new)
    assert await intake.serve(entry.name) == ""
    assert intake.look(with_model(event, entry))[0] == "green"
    await intake.withdraw(entry.name)
    found = intake.look(with_model(event, entry))
    assert found.level == "red"
    assert f"The model of Farah, {entry.name}, is not served" in found.detail
    assert found.remedy


async def test_the_board_names_what_an_event_names_and_nobody_has(
    shelf: Shelf, catalogue: Catalogue, event: Event
) -> None:
    intake = await up(Intake(shelf, (ScriptedEngine({}),), catalogue), event)
    first, second, *others = event.finalists
    spoiled = (replace(first, adapter="", adapter_sha256=""), replace(second, adapter_sha256="0" * 64), *others)
    found = intake.look(replace(event, finalists=spoiled))
    assert found.level == "red"
    assert found.detail == (
        "Mei Ling has no model. The model of Arjun has other weights here than those the event names."
    )


async def test_what_is_not_served_of_the_shelf_is_said_and_does_not_stop_the_show(
    shelf: Shelf, catalogue: Catalogue, event: Event, new: Path
) -> None:
    other = Shelf(shelf.root, replace(shelf.base, sha256="f" * 64), AdapterLimits())
    other.receive("farah", new, at_ms=1)
    stock = shelf.stock()
    assert with_stock(catalogue, stock) == catalogue
    intake = await up(Intake(shelf, (ScriptedEngine({}),), catalogue, stock.problems), event)
    found = intake.look(event)
    assert found.level == "amber"
    assert "was accepted for another base" in found.detail
    assert [entry.problem for entry in intake.listed()] == ["of another base"]


async def test_an_engine_that_cannot_load_now_is_no_reason_to_refuse(
    shelf: Shelf, catalogue: Catalogue, event: Event, new: Path
) -> None:
    intake = await up(Intake(shelf, (CannotLoad({}),), catalogue), event)
    entry = await hand_in(intake, new)
    assert "kept on the shelf and served after the next start" in await intake.serve(entry.name)
    assert "after the next start" in intake.look(with_model(event, entry))[1]
    again = with_stock(catalogue, shelf.stock())
    assert {adapter.id: adapter.engine_name for adapter in again.adapters}["farah"] == entry.name
    restarted = await up(Intake(shelf, (CannotLoad({}),), again), event)
    assert restarted.look(with_model(event, entry))[0] == "green"


async def test_a_spare_that_cannot_load_is_told_and_the_model_plays(
    shelf: Shelf, catalogue: Catalogue, event: Event, new: Path
) -> None:
    serving = ScriptedEngine({})
    intake = await up(Intake(shelf, (serving, CannotLoad({})), catalogue), event)
    entry = await hand_in(intake, new)
    assert await intake.serve(entry.name) == ""
    assert entry.name in serving.scripts
    found = intake.look(with_model(event, entry))
    assert found.level == "amber"
    assert f"The spare engine scripted does not serve {entry.name}: This engine cannot load" in found.detail


async def test_a_model_is_withdrawn_from_the_shelf_only_where_no_event_names_it(
    shelf: Shelf, catalogue: Catalogue, event: Event, new: Path
) -> None:
    engine = ScriptedEngine({})
    intake = await up(Intake(shelf, (engine,), catalogue), event)
    entry = await hand_in(intake, new)
    await intake.serve(entry.name)
    with pytest.raises(Refused, match="named by the event final, demo and stays"):
        await intake.remove(entry.name, {entry.name: ["final", "demo"]})
    await intake.remove(entry.name, {"other@000000000000": ["final"]})
    assert entry.name not in engine.scripts
    with pytest.raises(NotFound, match="no 'farah@"):
        await intake.remove(entry.name, {})
    with pytest.raises(NotFound):
        await intake.serve(entry.name)


async def test_a_disk_without_room_is_said_before_a_byte_is_taken(
    shelf: Shelf, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = Intake(shelf, (ScriptedEngine({}),), catalogue)
    monkeypatch.setattr("server.intake.free_bytes", lambda place: 2**30 + 100)
    with intake.quarantine(50) as place:
        assert place.is_dir()
    with pytest.raises(StoreFull, match="no room for this model"), intake.quarantine(51):
        pytest.fail("it was let in")
    assert not list((shelf.root / "incoming").iterdir())


@pytest.mark.parametrize(("code", "kind"), [(errno.ENOSPC, StoreFull), (errno.EIO, NotWritten)])
async def test_a_disk_that_fails_is_an_error_of_the_show(
    shelf: Shelf, catalogue: Catalogue, new: Path, monkeypatch: pytest.MonkeyPatch, code: int, kind: type[Exception]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(code, "it failed")

    monkeypatch.setattr(Shelf, "receive", fail)
    with pytest.raises(kind):
        await hand_in(Intake(shelf, (ScriptedEngine({}),), catalogue), new)


async def test_the_local_engine_answers_with_a_model_that_came_in_while_it_ran(
    shelf: Shelf, catalogue: Catalogue, event: Event, new: Path
) -> None:
    engine = LocalEngine(base=catalogue.base, adapters=catalogue.served, threads=1)
    intake = Intake(shelf, (engine,), catalogue)
    await engine.start()
    try:
        await intake.engines_started(event)
        entry = await hand_in(intake, new)
        assert await intake.serve(entry.name) == ""
        probes = [await engine.probe(name) for name in (entry.name, event.finalists[2].adapter)]
    finally:
        await engine.close()
    assert [probe.ok for probe in probes] == [True, True]
    assert probes[0].text_sha256 != probes[1].text_sha256
