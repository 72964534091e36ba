"""An engine under another's names: the same finalist's smaller adapter, or the bare base, but always an answer."""

from pathlib import Path

from models.protocol import BASE
from models.scripted import Script, ScriptedEngine
from models.standin import StandIn
from tests.models.fleet.asking import text_of

SMALL = {"mei@small": Script("mei, small"), BASE: Script("the bare base")}
NAMES = {"mei@large": "mei@small", "ravi@large": BASE}


def standin() -> StandIn:
    return StandIn(ScriptedEngine(SMALL), NAMES, name="scripted (smaller base)")


async def test_each_name_answers_with_what_there_is_of_the_same_finalist() -> None:
    engine = standin()
    await engine.start()
    texts = [await text_of(engine, adapter=name) for name in ("mei@large", "ravi@large", "stranger@1")]
    assert texts == ["mei, small", "the bare base", "the bare base"]


async def test_its_name_says_that_it_is_another_base() -> None:
    assert standin().name == "scripted (smaller base)"
    assert StandIn(ScriptedEngine(SMALL), NAMES).name == "scripted (another base)"


async def test_a_probe_says_what_stands_in() -> None:
    engine = standin()
    await engine.start()
    own, bare = [await engine.probe(name) for name in NAMES]
    assert (own.ok, own.adapter, bare.adapter) == (True, "mei@large", "ravi@large")
    assert own.message.startswith("mei@small stands in: First token")
    assert bare.message.startswith("The bare base stands in: First token")
    assert own.text_sha256 != bare.text_sha256


async def test_health_is_the_engines_under_the_names_that_are_asked_for() -> None:
    engine = standin()
    assert not (await engine.health()).ok
    assert (await engine.health()).adapters == ()
    await engine.start()
    assert (await engine.health()).adapters == ("mei@large", "ravi@large")
    await engine.close()
    assert not (await engine.health()).ok


async def test_a_finalists_new_upload_is_stood_in_for_as_the_old_one_was(tmp_path: Path) -> None:
    engine = standin()
    await engine.start()
    for name in ("mei@larger", "lee@large"):
        await engine.load(name, tmp_path)
    assert [await text_of(engine, adapter=name) for name in ("mei@larger", "lee@large")] == [
        "mei, small",
        "the bare base",
    ]
    await engine.unload("mei@large")
    assert (await engine.health()).adapters == ("ravi@large", "mei@larger", "lee@large")


async def test_closing_an_answer_closes_the_engines() -> None:
    inner = ScriptedEngine(SMALL)
    engine = StandIn(inner, NAMES)
    await engine.start()
    running = engine.stream(
        adapter="mei@large", system_prompt="", question="?", temperature=0.0, top_p=1.0, max_tokens=9, seed=1
    )
    await anext(running)
    assert inner.running == 1
    await running.aclose()
    assert inner.running == 0
