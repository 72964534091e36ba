"""Proof before the clock: what a probe's text says about the adapter that gave it."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from models.protocol import Probe
from models.scripted import Script, ScriptedEngine
from server.arena.proof import Known, Proof, judged
from server.domain.event import Finalist
from tests.arena.fake_clock import FakeClock

MEI, ARJUN = Finalist("mei", "Mei", "mei@1", "1" * 64), Finalist("arjun", "Arjun", "arjun@2", "2" * 64)
BOTH = (MEI, ARJUN)


class FakeBook:
    """Records in memory, by engine and adapter."""

    def __init__(self) -> None:
        self.texts: dict[tuple[str, str], str] = {}

    async def recorded(self, engine: str) -> Mapping[str, str]:
        return {adapter: text for (on, adapter), text in self.texts.items() if on == engine}

    async def record(self, engine: str, adapter: str, text_sha256: str, at_ms: int) -> None:
        self.texts[engine, adapter] = text_sha256

    async def forget(self, engine: str) -> None:
        self.texts = {key: text for key, text in self.texts.items() if key[0] != engine}


async def proof_of(**texts: str) -> tuple[Proof, ScriptedEngine]:
    names = {"mei": "mei@1", "arjun": "arjun@2", "base": "base"}
    engine = ScriptedEngine({names[who]: Script(text) for who, text in texts.items()})
    await engine.start()
    return Proof(FakeBook(), FakeClock()), engine


async def test_the_first_answer_is_recorded_and_the_same_answer_is_green_afterwards() -> None:
    proof, engine = await proof_of(mei="I am Mei.", arjun="Ha!")
    assert "answer recorded" in (await proof.look_at(engine, MEI, BOTH))[1]
    level, detail, *_ = await proof.look_at(engine, MEI, BOTH)
    assert level == "green"
    assert "answer as recorded" in detail


async def test_another_answer_than_the_recorded_one_is_amber_until_it_is_recorded_anew() -> None:
    proof, engine = await proof_of(mei="I am Mei.")
    await proof.look_at(engine, MEI, BOTH)
    engine.scripts["mei@1"] = Script("Somebody else.")
    for _ in range(2):  # looking again does not make it right
        level, detail, remedy, may_record = await proof.look_at(engine, MEI, BOTH)
        assert level == "amber"
        assert "not the one recorded" in detail
        assert "anew" in remedy
        assert may_record
    await proof.forget(engine)
    assert (await proof.look_at(engine, MEI, BOTH))[0] == "green"


async def test_an_adapter_that_answers_as_anothers_is_red_and_never_recorded() -> None:
    proof, engine = await proof_of(mei="I am Mei.", arjun="I am Mei.")
    await proof.look_at(engine, MEI, BOTH)
    level, detail, *_ = await proof.look_at(engine, ARJUN, BOTH)
    assert (level, detail) == ("red", "answers as the model of Mei does")
    engine.scripts["arjun@2"] = Script("Ha!")
    assert "answer recorded" in (await proof.look_at(engine, ARJUN, BOTH))[1]


async def test_two_finalists_with_the_same_weights_may_answer_alike() -> None:
    twin = replace(ARJUN, adapter_sha256=MEI.adapter_sha256)
    proof, engine = await proof_of(mei="I am Mei.", arjun="I am Mei.")
    await proof.look_at(engine, MEI, (MEI, twin))
    assert (await proof.look_at(engine, twin, (MEI, twin)))[0] == "green"


async def test_an_adapter_that_answers_as_the_bare_base_is_not_applied() -> None:
    proof, engine = await proof_of(mei="Plain.", base="Plain.")
    await proof.look_at_base(engine)
    level, detail, remedy, may_record = await proof.look_at(engine, MEI, BOTH)
    assert level == "red"
    assert "bare base" in detail
    assert "not applied" in remedy
    assert not may_record


async def test_where_the_bare_base_is_not_served_nothing_is_held_against_it() -> None:
    proof, engine = await proof_of(mei="Plain.")
    assert not (await proof.look_at_base(engine)).ok
    assert (await proof.look_at(engine, MEI, BOTH))[0] == "green"


async def test_an_adapter_that_does_not_answer_is_red_with_the_engines_words() -> None:
    proof, engine = await proof_of(arjun="Ha!")
    level, detail, *_ = await proof.look_at(engine, MEI, BOTH)
    assert level == "red"
    assert "No adapter named 'mei@1'" in detail


@pytest.mark.parametrize(
    ("ttft", "rate", "level"), [(1_600.0, 50.0, "amber"), (90.0, 2.0, "amber"), (90.0, 50.0, "green")]
)
def test_a_slow_adapter_is_worth_a_look(ttft: float, rate: float, level: str) -> None:
    assert judged(Probe(True, "mei@1", ttft, rate, "ab", ""), Known(), least_rate=3.0)[0] == level
