"""Several addresses behind one engine: who is asked, who is left alone, and what is tried again."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from models.fleet import Fleet
from models.protocol import EngineError, EngineUnavailable, Health, Piece, Probe, PromptTooLong, UnknownAdapter
from models.scripted import Script, ScriptedEngine
from tests.models.fleet.asking import ASK, MEI, pieces_of, text_of, until

NEVER = (3600.0,)


class Telling(ScriptedEngine):
    """Says when it takes a request up, counts requests and probes, and fails as it is told."""

    def __init__(self, text: str = "laksa and kopi", adapters: tuple[str, ...] = (MEI,), **script: Any) -> None:
        super().__init__({name: Script(text, **script) for name in adapters})
        self.is_up, self.asked, self.probed, self.error = True, 0, 0, None

    async def stream(self, **asked: Any) -> AsyncGenerator[Piece, None]:  # type: ignore[override]
        self.asked += 1
        yield Piece("", 0)
        if self.error is not None:
            raise self.error
        async with contextlib.aclosing(super().stream(**asked)) as pieces:
            async for piece in pieces:
                yield piece

    async def probe(self, adapter: str) -> Probe:
        self.probed += 1
        return await super().probe(adapter)

    error: EngineError | None


def fleet_of(*engines: Telling, pauses_s: tuple[float, ...] = NEVER, **settings: Any) -> Fleet:
    return Fleet(
        {f"http://{index}": engine for index, engine in enumerate(engines)}, [MEI], pauses_s=pauses_s, **settings
    )


def dies(after: int = 0) -> dict[str, Any]:
    return {"dies": True, "fault_after": after}


async def hold(fleet: Fleet) -> AsyncGenerator[Piece, None]:
    """A stream that is under way, with text."""
    running = fleet.stream(**ASK)
    while not (await anext(running)).text:
        pass
    return running


async def test_a_request_goes_where_the_fewest_streams_are_under_way() -> None:
    first, second, third = engines = [Telling(), Telling(), Telling()]
    fleet = fleet_of(*engines)
    running = [await hold(fleet) for _ in range(7)]
    assert [first.running, second.running, third.running] == [3, 2, 2]
    for stream in running[1::3]:
        await stream.aclose()
    running += [await hold(fleet) for _ in range(2)]
    assert [first.running, second.running, third.running] == [3, 2, 2]
    for stream in running:
        await stream.aclose()
    assert [first.running, second.running, third.running] == [0, 0, 0]


async def test_equally_busy_addresses_take_turns() -> None:
    engines = [Telling(), Telling(), Telling()]
    fleet = fleet_of(*engines)
    for _ in range(6):
        await text_of(fleet)
    assert [engine.asked for engine in engines] == [2, 2, 2]


async def test_what_has_not_streamed_is_tried_on_another_address_and_taken_up_is_said_once() -> None:
    broken, sound = Telling(**dies()), Telling()
    pieces = await pieces_of(fleet_of(broken, sound))
    assert "".join(piece.text for piece in pieces) == "laksa and kopi"
    assert pieces[0] == Piece("", 0)
    assert Piece("", 0) not in pieces[1:]
    assert (broken.asked, sound.asked) == (1, 1)


async def test_what_has_streamed_is_never_tried_again() -> None:
    broken, sound = Telling(**dies(after=1)), Telling()
    running = await hold(fleet_of(broken, sound))
    with pytest.raises(EngineUnavailable, match="as its script says"):
        await anext(running)
    assert sound.asked == 0


async def test_a_refusal_that_every_address_would_give_is_not_tried_elsewhere() -> None:
    first, second = Telling(), Telling()
    first.error = PromptTooLong(900, 800)
    with pytest.raises(PromptTooLong):
        await text_of(fleet_of(first, second))
    assert second.asked == 0


async def test_an_unknown_adapter_is_refused_by_name() -> None:
    fleet = fleet_of(Telling(), Telling())
    with pytest.raises(UnknownAdapter, match="nobody"):
        await text_of(fleet, adapter="nobody")


async def test_when_every_address_fails_the_words_of_each_are_given() -> None:
    first, second = Telling(), Telling()
    first.error, second.error = EngineUnavailable("One is down."), EngineUnavailable("Two is down.")
    with pytest.raises(EngineUnavailable, match=r"No address could answer\. One is down\. Two is down\."):
        await text_of(fleet_of(first, second))


async def test_an_address_that_failed_is_avoided_until_a_probe_goes_well() -> None:
    broken, sound = Telling(**dies()), Telling()
    fleet = fleet_of(broken, sound, pauses_s=(0.01,))
    await text_of(fleet)
    for _ in range(3):
        await text_of(fleet)
    assert (broken.asked - broken.probed, sound.asked) == (1, 4)
    await until(lambda: broken.probed > 2)
    broken.scripts = {MEI: Script()}
    await until(lambda: "http://0 answers again." in fleet.log[-1])
    asked = sound.asked
    for _ in range(2):
        await text_of(fleet)
    assert sound.asked == asked + 1
    await fleet.close()


async def test_the_pauses_grow_until_a_whole_answer_has_come() -> None:
    broken = Telling(**dies())
    fleet = fleet_of(broken, pauses_s=(0.0, 0.0, 3600.0))
    with pytest.raises(EngineUnavailable):
        await text_of(fleet)
    await until(lambda: broken.probed == 2)
    broken.scripts = {MEI: Script()}
    assert await text_of(fleet), "the only address is asked all the same"
    broken.scripts = {MEI: Script(dies=True)}
    with pytest.raises(EngineUnavailable):
        await text_of(fleet)
    await until(lambda: broken.probed == 4)
    await fleet.close()


async def test_an_address_without_text_is_left_in_a_hurry_while_another_stands_by() -> None:
    stuck, sound = Telling(stalls=True), Telling()
    fleet = fleet_of(stuck, sound, hurry_s=0.05)
    assert await text_of(fleet) == "laksa and kopi"
    assert "gave no text within 0.05 s" in (await fleet.health()).message
    await until(lambda: stuck.running == 0)
    await fleet.close()


async def test_the_last_address_is_given_its_time() -> None:
    slow = Telling(first_s=0.2)
    assert await text_of(fleet_of(slow, hurry_s=0.01)) == "laksa and kopi"


@pytest.mark.parametrize(("suspect_s", "is_avoided"), [(0.0, True), (3600.0, False)])
async def test_a_stream_given_up_after_a_silence_is_a_failure_of_its_address(
    suspect_s: float, is_avoided: bool
) -> None:
    stuck, sound = Telling(stalls=True, fault_after=1), Telling()
    fleet = fleet_of(stuck, sound, suspect_s=suspect_s)
    running = await hold(fleet)
    waiting = asyncio.create_task(anext(running))
    await until(lambda: not waiting.done())
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert any("was silent" in line for line in fleet.log) is is_avoided
    await fleet.close()


async def test_health_counts_the_addresses_and_names_those_that_fail() -> None:
    first, second = Telling(), Telling()
    fleet = fleet_of(first, second)
    health = await fleet.health()
    assert (health.message, health.whole) == ("All 2 addresses are ready.", True)
    await second.close()
    health = await fleet.health()
    assert health.ok
    assert not health.whole
    assert health.message.startswith("1 of 2 addresses ready. The scripted engine")
    await first.close()
    with pytest.raises(EngineUnavailable, match="0 of 2 addresses ready"):
        await fleet.start()
    await fleet.close()


async def test_an_address_that_does_not_say_how_it_is_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Mute(Telling):
        async def health(self) -> Health:
            await asyncio.Event().wait()
            raise AssertionError

    monkeypatch.setattr("models.fleet.member.HEALTH_WITHIN_S", 0.05)
    fleet = fleet_of(Mute(), Telling())
    health = await fleet.health()
    assert health.ok
    assert "http://0 does not answer within 0.05 s" in health.message
    await fleet.close()


async def test_an_address_comes_back_without_the_adapter_that_it_failed_with(tmp_path: Path) -> None:
    broken, sound = Telling(adapters=("a", "b"), **dies()), Telling(adapters=("a", "b"))
    fleet = Fleet({"broken": broken, "sound": sound}, ["a", "b"], pauses_s=(0.01,))
    await text_of(fleet, adapter="a")
    broken.scripts = {"b": Script("well again")}
    await until(lambda: "broken answers again." in fleet.log[-1])
    assert (await fleet.health()).ok
    assert {await text_of(fleet, adapter="b") for _ in range(2)} == {"well again", "laksa and kopi"}
    assert {await text_of(fleet, adapter="a") for _ in range(2)} == {"laksa and kopi"}
    await fleet.close()


async def test_a_probe_warms_every_address_and_gives_the_worst_figures() -> None:
    fast, slow = Telling(), Telling(first_s=0.05)
    fleet = fleet_of(fast, slow)
    probe = await fleet.probe(MEI)
    assert (fast.probed, slow.probed, probe.ok) == (1, 1, True)
    assert probe.ttft_ms is not None
    assert probe.ttft_ms >= 50
    assert probe.text_sha256 == (await fast.probe(MEI)).text_sha256


async def test_a_probe_notices_an_address_that_answers_otherwise() -> None:
    probe = await fleet_of(Telling(), Telling("another adapter's words")).probe(MEI)
    assert probe.ok
    assert probe.text_sha256 is None
    assert "http://0 and http://1 answer differently" in probe.message


async def test_a_probe_is_good_if_one_address_is_and_names_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    class Raising(Telling):
        async def probe(self, adapter: str) -> Probe:
            raise RuntimeError("out of its wits")

    monkeypatch.setattr("models.fleet.member.PROBE_WITHIN_S", 0.1)
    fleet = fleet_of(Telling(), Telling(**dies()), Telling(stalls=True), Raising())
    probe = await fleet.probe(MEI)
    assert probe.ok
    for words in ("http://1: The scripted engine died", "http://2: no complete probe", "http://3: RuntimeError"):
        assert words in probe.message
    assert not (await fleet_of(Telling(**dies())).probe(MEI)).ok
    await fleet.close()


async def test_addresses_may_share_the_adapters_out() -> None:
    here, there = Telling("from here", ("a", "b")), Telling("from there", ("c",))
    fleet = Fleet({"here": here, "there": there}, ["a", "b", "c"])
    await fleet.start()
    texts = [await text_of(fleet, adapter=name) for name in ("a", "b", "c", "c")]
    assert texts == ["from here", "from here", "from there", "from there"]
    assert (here.asked, there.asked) == (2, 2)


async def test_an_adapter_that_no_address_serves_fails_the_start() -> None:
    fleet = Fleet({"here": Telling(adapters=("a",))}, ["a", "b"])
    with pytest.raises(EngineUnavailable):
        await fleet.start()


async def test_an_adapter_is_loaded_wherever_it_is_taken(tmp_path: Path) -> None:
    class Closed(Telling):
        async def load(self, adapter: str, folder: Path) -> None:
            raise EngineError("Load it there by hand.")

    open_, closed = Telling(), Closed()
    fleet = fleet_of(closed, open_)
    await fleet.load("new@2", tmp_path)
    assert [await text_of(fleet, adapter="new@2") for _ in range(2)]
    assert closed.asked == 0
    await fleet.unload("new@2")
    with pytest.raises(UnknownAdapter):
        await text_of(fleet, adapter="new@2")
    with pytest.raises(EngineError, match="by hand"):
        await fleet_of(Closed(), Closed()).load("new@2", tmp_path)


async def test_after_closing_nothing_is_asked_and_nothing_is_probed() -> None:
    broken = Telling(**dies())
    fleet = fleet_of(broken, pauses_s=(0.0,))
    running = await hold(fleet_of(Telling()))
    await running.aclose()
    await fleet.close()
    with pytest.raises(EngineUnavailable, match="start it again"):
        await text_of(fleet)
    assert (broken.asked, broken.probed) == (0, 0)
