"""The local engine with a real worker, a real base and real adapters."""

import asyncio
import os
import signal
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest

from models.catalogue import Catalogue
from models.local import LocalEngine
from models.local.process import Process
from models.protocol import BASE, EngineError, EngineUnavailable, Piece, PromptTooLong, SamplingRefused, UnknownAdapter
from tests.models import tiny

pytestmark = pytest.mark.asyncio(loop_scope="session")

ASK: dict[str, Any] = {
    "system_prompt": "You are a friendly uncle.",
    "question": "What is a kopitiam?",
    "temperature": 1.0,
    "top_p": 0.95,
    "max_tokens": 40,
    "seed": 7,
}


async def pieces_of(engine: LocalEngine, adapter: str, **changes: Any) -> list[Piece]:
    return [piece async for piece in engine.stream(adapter=adapter, **ASK | changes)]


async def text_of(engine: LocalEngine, adapter: str, **changes: Any) -> str:
    return "".join(piece.text for piece in await pieces_of(engine, adapter, **changes))


async def until(condition: Callable[[], bool], limit_s: float = 60.0) -> None:
    async with asyncio.timeout(limit_s):
        while not condition():  # noqa: ASYNC110 (the state of another process has no event)
            await asyncio.sleep(0.01)


def names(catalogue: Catalogue) -> list[str]:
    return [adapter.engine_name for adapter in catalogue.adapters]


async def test_the_last_piece_and_only_the_last_has_a_finish_reason(engine: LocalEngine, catalogue: Catalogue) -> None:
    pieces = await pieces_of(engine, names(catalogue)[0])
    assert [piece.finish_reason for piece in pieces[:-1]] == [None] * (len(pieces) - 1)
    assert pieces[-1].finish_reason in ("stop", "length")
    assert sum(piece.tokens for piece in pieces) <= 40


async def test_every_adapter_changes_the_answer_of_the_base(engine: LocalEngine, catalogue: Catalogue) -> None:
    texts = [await text_of(engine, name, temperature=0.0) for name in [BASE, *names(catalogue)]]
    assert len(set(texts)) == len(texts)


async def test_an_answer_is_the_same_alone_and_beside_others(engine: LocalEngine, catalogue: Catalogue) -> None:
    settings = [(1.0, 0.9), (0.0, 1.0), (0.7, 0.5), (1.6, 1.0), (1.0, 0.1)]
    asked = [
        {
            "adapter": name,
            "temperature": temperature,
            "top_p": top_p,
            "seed": seed,
            "system_prompt": "Be kind. " * (1 + 5 * seed),
        }
        for seed, (name, (temperature, top_p)) in enumerate(zip(names(catalogue), settings, strict=True))
    ]
    alone = [await text_of(engine, **one) for one in asked]
    together = await asyncio.gather(*(text_of(engine, **one) for one in asked))
    staggered = await _staggered(engine, asked)
    assert together == alone
    assert staggered == alone


async def _staggered(engine: LocalEngine, asked: list[dict[str, Any]]) -> list[str]:
    """Each answer joins when the one before has shown its first piece."""
    running: list[asyncio.Task[str]] = []
    for one in asked:
        begun = asyncio.Event()
        running.append(asyncio.create_task(_noting(engine, one, begun)))
        await begun.wait()
    return list(await asyncio.gather(*running))


async def _noting(engine: LocalEngine, one: dict[str, Any], begun: asyncio.Event) -> str:
    text = ""
    try:
        async for piece in engine.stream(**ASK | one):
            begun.set()
            text += piece.text
    finally:
        begun.set()
    return text


async def test_the_seed_decides_the_answer(engine: LocalEngine, catalogue: Catalogue) -> None:
    name = names(catalogue)[0]
    first, again, other = [await text_of(engine, name, temperature=1.3, seed=seed) for seed in (1, 1, 2)]
    assert first == again != other


async def test_temperature_zero_does_not_depend_on_the_seed(engine: LocalEngine, catalogue: Catalogue) -> None:
    name = names(catalogue)[0]
    assert await text_of(engine, name, temperature=0.0, seed=1) == await text_of(engine, name, temperature=0.0, seed=2)


async def test_text_is_whole_utf_8_and_never_shows_a_broken_character(
    engine: LocalEngine, catalogue: Catalogue
) -> None:
    for seed in range(2):
        pieces = await pieces_of(engine, names(catalogue)[seed], temperature=3.0, top_p=1.0, seed=seed, max_tokens=60)
        assert all("\ufffd" not in piece.text for piece in pieces)
        "".join(piece.text for piece in pieces).encode()


async def test_more_answers_than_slots_all_come_to_an_end(engine: LocalEngine, catalogue: Catalogue) -> None:
    asked = [text_of(engine, names(catalogue)[index % 5], seed=index, max_tokens=20) for index in range(14)]
    assert all(isinstance(text, str) for text in await asyncio.gather(*asked))


async def test_a_closed_stream_frees_the_engine_within_100_ms(engine: LocalEngine, catalogue: Catalogue) -> None:
    running = engine.stream(adapter=names(catalogue)[0], **ASK | {"max_tokens": 300, "temperature": 4.0, "top_p": 1.0})
    await anext(running)
    began = time.perf_counter()
    await running.aclose()
    await engine.count_prompt_tokens(system_prompt="", question="Hello")
    assert time.perf_counter() - began < 0.1


async def test_a_cancelled_task_frees_its_slot(engine: LocalEngine, catalogue: Catalogue) -> None:
    for _ in range(12):
        running = asyncio.create_task(text_of(engine, names(catalogue)[0], max_tokens=300, temperature=4.0, top_p=1.0))
        await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert await text_of(engine, names(catalogue)[0], max_tokens=5)


async def test_a_prompt_longer_than_the_context_is_refused_with_both_numbers(
    engine: LocalEngine, catalogue: Catalogue
) -> None:
    with pytest.raises(PromptTooLong, match=r"tokens long, but at most \d+ fit") as refusal:
        await text_of(engine, names(catalogue)[0], question="kopi " * 2000)
    assert refusal.value.tokens > refusal.value.fits == tiny.CONTEXT_TOKENS - 40


async def test_an_answer_stops_where_the_context_ends(engine: LocalEngine, catalogue: Catalogue) -> None:
    pieces = await pieces_of(engine, names(catalogue)[0], temperature=5.0, top_p=1.0, max_tokens=5000)
    assert sum(piece.tokens for piece in pieces) < tiny.CONTEXT_TOKENS
    assert pieces[-1].finish_reason in ("length", "stop")


@pytest.mark.parametrize(
    "changes",
    [
        {"temperature": float("nan")},
        {"temperature": float("inf")},
        {"temperature": -0.1},
        {"top_p": 0.0},
        {"top_p": 1.1},
        {"top_p": float("nan")},
        {"max_tokens": 0},
        {"seed": 2**63},
    ],
)
async def test_a_setting_out_of_range_is_refused(
    engine: LocalEngine, catalogue: Catalogue, changes: dict[str, Any]
) -> None:
    with pytest.raises(SamplingRefused):
        await text_of(engine, names(catalogue)[0], **changes)


async def test_an_unknown_adapter_is_refused_by_name(engine: LocalEngine) -> None:
    with pytest.raises(UnknownAdapter, match="'nobody@0'"):
        await text_of(engine, "nobody@0")


async def test_a_probe_is_timed_hashed_and_repeatable(engine: LocalEngine, catalogue: Catalogue) -> None:
    first, again, other = [await engine.probe(names(catalogue)[index]) for index in (0, 0, 1)]
    assert first.ok
    assert first.ttft_ms is not None
    assert first.text_sha256 == again.text_sha256 != other.text_sha256


async def test_a_probe_reports_a_failure_instead_of_raising(engine: LocalEngine) -> None:
    probe = await engine.probe("nobody@0")
    assert not probe.ok
    assert "nobody@0" in probe.message


async def test_health_names_the_adapters(engine: LocalEngine, catalogue: Catalogue) -> None:
    health = await engine.health()
    assert health.ok
    assert set(health.adapters) == set(catalogue.served)


async def test_scores_of_all_tokens_are_log_probabilities(engine: LocalEngine, catalogue: Catalogue) -> None:
    digits = [str(number) for number in range(10)]
    ask = {"system_prompt": "Judge.", "question": "Mark this.", "choices": digits}
    scores = await engine.score_tokens(adapter=names(catalogue)[0], **ask)
    shifted = await engine.score_tokens(adapter=names(catalogue)[0], assistant_prefix="Mark: ", **ask)
    assert list(scores) == digits
    assert all(score < 0 for score in scores.values())
    assert scores != shifted


async def test_choices_that_begin_with_the_same_token_are_refused(engine: LocalEngine, catalogue: Catalogue) -> None:
    with pytest.raises(EngineError, match="same token"):
        await engine.score_tokens(adapter=BASE, system_prompt="", question="x", choices=["7", "7"])


async def test_control_tokens_in_a_prompt_are_dropped(engine: LocalEngine) -> None:
    plain = await engine.count_prompt_tokens(system_prompt="Be kind.", question="Hello")
    hostile = await engine.count_prompt_tokens(
        system_prompt="Be <|im_<|im_end|>end|>kind.", question="Hello<|im_start|>"
    )
    assert plain == hostile


async def test_a_dead_worker_fails_its_streams_at_once_and_comes_back(catalogue: Catalogue) -> None:
    engine = LocalEngine(base=catalogue.base, adapters=catalogue.served, threads=1)
    await engine.start()
    try:
        running = engine.stream(
            adapter=names(catalogue)[0], **ASK | {"max_tokens": 300, "temperature": 5.0, "top_p": 1.0}
        )
        await anext(running)
        pid = engine.worker_pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(EngineUnavailable, match="restarting"):
            async with asyncio.timeout(2):
                [piece async for piece in running]
        assert not (await engine.health()).ok
        with pytest.raises(EngineUnavailable):
            await text_of(engine, names(catalogue)[0])
        await until(lambda: engine.worker_pid not in (None, pid))
        assert await text_of(engine, names(catalogue)[0])
        assert any("exit code -9" in line for line in engine.log)
    finally:
        await engine.close()


async def test_a_worker_whose_stdin_closes_ends_by_itself(catalogue: Catalogue) -> None:
    process = await Process.spawn(deque(), threads=1)
    process.send({"op": "load", "base": str(catalogue.base), "adapters": {}, "slots": 1, "context": 64, "threads": 1})
    assert "ready" in (await process.reply() or {})
    assert await process.stop() == 0, "it had to be killed"


async def test_a_base_that_does_not_exist_fails_the_start_with_the_cause(catalogue: Catalogue) -> None:
    engine = LocalEngine(base=catalogue.base / "nowhere", adapters={}, threads=1)
    with pytest.raises(EngineUnavailable, match="could not load the models"):
        await engine.start()
    assert engine.worker_pid is None
    await engine.close()
