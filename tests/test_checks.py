"""Rows of the readiness board about engines, as a running server puts them together."""

from typing import Any

import pytest

from models.fleet.engine import Fleet
from models.scripted import Script, ScriptedEngine
from server.arena.proof import Proof
from server.arena.readiness import Result
from server.checks import checks
from server.settings import Settings
from tests.arena.fake_clock import FakeClock
from tests.arena.test_proof import FakeBook
from tests.stagehand import event


async def canaries(name: str) -> tuple[bool, str]:
    return True, name


def engine() -> ScriptedEngine:
    return ScriptedEngine({finalist.adapter: Script(f"I am {finalist.name}.") for finalist in event().finalists})


async def row(key: str, *engines: Any) -> Result:
    """What the board finds of one row."""
    tasks = checks(event(judges=()), engines, (), canaries, Settings(), Proof(FakeBook(), FakeClock()))
    return await next(task for task in tasks if task.key == key).run()


@pytest.mark.parametrize("key", ["engine", "engine-spare-1"])
async def test_a_fleet_that_has_lost_an_address_is_amber_and_says_which(key: str) -> None:
    lost, left, other = engine(), engine(), engine()
    fleet = Fleet({"http://lost": lost, "http://left": left}, left.scripts)
    for one in (lost, left, other):
        await one.start()
    engines = (fleet, other) if key == "engine" else (other, fleet)
    assert (await row(key, *engines)).level == "green"
    await lost.close()
    found = await row(key, *engines)
    assert found.level == "amber"
    assert "1 of 2 addresses ready" in found.detail
    assert "Bring back" in found.remedy
    await left.close()
    assert (await row(key, *engines)).level == ("red" if key == "engine" else "amber")
    await fleet.close()


async def test_a_spare_that_answers_wrongly_keeps_the_words_of_its_probe() -> None:
    serving, spare = engine(), ScriptedEngine({event().finalists[0].adapter: Script(dies=True)})
    await serving.start()
    await spare.start()
    assert (await row("engine-spare-1", serving, spare)).level == "red"
