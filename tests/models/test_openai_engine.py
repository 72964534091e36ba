"""The OpenAI engine against a small server that misbehaves in every way an address can."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from models.openai import OpenAIEngine
from models.openai_address import Address
from models.openai_errors import AddressBusy, AddressWrong, ModelMissing
from models.protocol import EngineError, EngineUnavailable, Piece, PromptTooLong, UnknownAdapter
from models.sse import SseBroken, SseReader
from tests.models.fake_address import Answer, FakeAddress, Request, delta, events, fake_address, trickle, whole


def raw(head_and_body: bytes) -> Answer:
    """A reply as it goes over the wire, after the version."""

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 " + head_and_body if head_and_body else b"")

    return answer


ASK: dict[str, Any] = {
    "adapter": "mei@1",
    "system_prompt": "Be kind.",
    "question": "Why?",
    "temperature": 0.5,
    "top_p": 0.9,
    "max_tokens": 9,
    "seed": 4,
}


@contextlib.asynccontextmanager
async def engine_on(answer: Answer, **settings: Any) -> AsyncIterator[tuple[OpenAIEngine, FakeAddress]]:
    async with fake_address(answer) as server:
        address = Address(server.url, key_variable="TEST_ENGINE_KEY", read_s=5.0)
        engine = OpenAIEngine(address, {"mei@1": "mei@1"}, **settings)
        try:
            yield engine, server
        finally:
            await engine.close()


async def refusal(answer: Answer, kind: type[EngineError] = EngineError, **settings: Any) -> str:
    async with engine_on(answer, **settings) as (engine, _):
        with pytest.raises(kind) as caught:
            [piece async for piece in engine.stream(**ASK)]
        return str(caught.value)


async def test_text_tokens_and_finish_reason_come_through() -> None:
    usage = {"choices": [], "usage": {"completion_tokens": 3}}
    async with engine_on(events(delta("Be"), delta("cause"), delta("", "stop"), usage)) as (engine, server):
        pieces = [piece async for piece in engine.stream(**ASK)]
    assert "".join(piece.text for piece in pieces) == "Because"
    assert pieces[0] == Piece("", 0), "it says when it was taken up"
    assert [piece.finish_reason for piece in pieces] == [None, None, None, "stop"]
    assert sum(piece.tokens for piece in pieces) == 3
    sent = server.requests[0].body
    assert sent["messages"] == [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Why?"}]
    assert (sent["model"], sent["temperature"], sent["top_p"], sent["max_tokens"], sent["seed"]) == (
        "mei@1",
        0.5,
        0.9,
        9,
        4,
    )


async def test_the_key_comes_from_the_environment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_ENGINE_KEY", "s3cret")
    async with engine_on(events(delta("x", "stop"))) as (engine, server):
        [piece async for piece in engine.stream(**ASK)]
    assert (
        server.requests[0].headers["authorization"] == "bearer s3cret"
        or "s3cret" in server.requests[0].headers["authorization"]
    )


async def test_a_key_made_at_run_time_goes_before_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_ENGINE_KEY", "s3cret")
    async with fake_address(whole({"data": []})) as server:
        address = Address(server.url, key_variable="TEST_ENGINE_KEY", key="made-up")
        await address.get("/models")
        await address.close()
    assert server.requests[0].headers["authorization"] == "bearer made-up"
    assert "made-up" not in repr(vars(address))


@pytest.mark.parametrize("key", ["s3\ncret", "s3crét", "s3\x00"])
async def test_what_cannot_be_a_key_is_refused_unseen(key: str) -> None:
    message = await refusal_with_key(key)
    assert "holds characters that no key has" in message
    assert "s3" not in message


async def refusal_with_key(key: str) -> str:
    address = Address("http://127.0.0.1:9/v1", key=key)
    with pytest.raises(EngineError) as caught:
        await address.get("/models")
    await address.close()
    return str(caught.value)


async def test_a_key_that_the_address_repeats_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_ENGINE_KEY", "s3cret")
    message = await refusal(whole({"error": {"message": "you sent Bearer s3cret"}}, 500))
    assert "you sent Bearer [key]" in message


@pytest.mark.parametrize("before", [0, 70, 75, 290, 295, 299])
async def test_no_part_of_a_key_is_shown_where_words_are_cut(monkeypatch: pytest.MonkeyPatch, before: int) -> None:
    monkeypatch.setenv("TEST_ENGINE_KEY", "s3cret-and-long")
    told = "x" * before + " s3cret-and-long"
    answers = [whole({"error": {"message": told}}, 500), events(told.encode()), whole(told.encode())]
    answers += [events(b"data: " + told.encode() + b"\n\n"), events({"error": {"message": told}})]
    for answer in answers:
        assert "s3c" not in await refusal(answer)


async def test_a_wrong_key_is_named_by_its_variable_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_ENGINE_KEY", "s3cret")
    message = await refusal(whole({"error": {"message": "bad key"}}, 401))
    assert "TEST_ENGINE_KEY" in message
    assert "s3cret" not in message


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (whole({"error": {"message": "no such model"}}, 404), EngineError, "does not know this model"),
        (whole({"error": "busy"}, 429), EngineUnavailable, "overloaded"),
        (whole(b"<html>oops</html>", 502), EngineUnavailable, "overloaded or failing"),
        (whole({"error": {"message": "temperature?"}}, 400), EngineError, "refused the request"),
        (events(b"data: \xff\xfe\n\n"), EngineUnavailable, "not UTF-8"),
        (events(b"data: {half\n\n"), EngineUnavailable, "not a chat completion chunk"),
        (events(b"data: [1]\n\n"), EngineUnavailable, "not a chat completion chunk"),
        (events(delta("Be"), done=False), EngineUnavailable, "in mid-answer"),
        (events(), EngineUnavailable, "in mid-answer"),
        (events({"error": {"message": "CUDA out of memory"}}), EngineUnavailable, "CUDA out of memory"),
        (events(b"data: " + b"x" * 2_000_000), EngineUnavailable, "one event is longer"),
        (events({"error": {"message": "no such adapter", "code": 404}}), ModelMissing, "does not know this model"),
        (events({"error": "odd"}), EngineUnavailable, "reports an error in mid-answer: odd"),
        (events(b"data: " + b"[" * 100_000 + b"\n\n"), EngineUnavailable, "not a chat completion chunk"),
        (raw(b"200 OK\r\ncontent-type: text/html\r\n\r\n<h1>Log in</h1>"), AddressWrong, "text/html and not"),
        (whole({"choices": []}), AddressWrong, "application/json and not with a stream"),
        (raw(b"307 X\r\nlocation: https://u:pw@else.where/v1?key=k\r\n\r\n"), AddressWrong, "to else.where/v1 (HTTP"),
        (raw(b"200 OK\r\nno-colon\r\n\r\n"), EngineUnavailable, "broke"),
        (raw(b""), EngineUnavailable, "broke"),
    ],
)  # fmt: skip
async def test_a_misbehaving_address_is_refused_in_words(answer: Answer, kind: type[EngineError], says: str) -> None:
    assert says in await refusal(answer, kind)


async def test_a_reply_that_creeps_in_byte_by_byte_is_given_up() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
    creeping = [trickle(head, again=b"x: y\r\n"), trickle(head + b"\r\n", again=b": on and on\n\n")]
    creeping += [trickle(b"HTTP/1.1 503 X\r\n\r\n", again=b"sorry ")]
    for answer in creeping:
        assert "sent no text for 0.2 s" in await refusal(answer, EngineUnavailable, first_text_s=0.2)


async def test_a_silence_in_mid_answer_is_given_up() -> None:
    answer = events(delta("Be"), b": still here\n\n", done=False, then_hang=True)
    assert "sent no text for 0.2 s" in await refusal(answer, EngineUnavailable, text_within_s=0.2)


async def test_an_answer_that_has_ended_waits_for_nothing() -> None:
    async with engine_on(events(delta("x"), delta("", "stop"), done=False, then_hang=True)) as (engine, _):
        async with asyncio.timeout(5):
            pieces = [piece async for piece in engine.stream(**ASK)]
    assert pieces[-1].finish_reason == "stop"


async def test_a_refusal_without_end_is_read_to_its_first_words() -> None:
    endless = raw(b"503 X\r\n\r\n" + b"sorry " * 100_000)
    assert len(await refusal(endless, AddressBusy)) < 500


@pytest.mark.parametrize(
    "usage", [{"completion_tokens": "three"}, {"completion_tokens": -5}, {"completion_tokens": 10**9}]
)
async def test_counts_that_cannot_be_are_not_believed(usage: dict[str, Any]) -> None:
    async with engine_on(events(delta("x"), delta("", "stop"), {"choices": [], "usage": usage})) as (engine, _):
        pieces = [piece async for piece in engine.stream(**ASK)]
    assert 1 <= sum(piece.tokens for piece in pieces) <= ASK["max_tokens"]


async def test_text_is_sound_even_where_json_spells_half_a_character() -> None:
    half = b'data: {"choices": [{"delta": {"content": "a\\ud83d\\u0000b"}, "finish_reason": "stop"}]}\n\n'
    async with engine_on(events(half)) as (engine, _):
        text = "".join([piece.text async for piece in engine.stream(**ASK)])
    assert text == "ab"


async def test_a_single_text_without_end_is_cut() -> None:
    async with engine_on(events(*[delta("x" * 100_000)] * 5, done=False, then_hang=True)) as (engine, _):
        pieces = [piece async for piece in engine.stream(**ASK)]
    assert sum(len(piece.text) for piece in pieces) == 100_000
    assert pieces[-1].finish_reason == "length"


async def test_closing_the_engine_ends_what_is_under_way() -> None:
    async with engine_on(events(delta("Be"), done=False, then_hang=True)) as (engine, _):
        running = engine.stream(**ASK)
        assert [await anext(running), (await anext(running)).text] == [Piece("", 0), "Be"]
        waiting = asyncio.create_task(anext(running))
        await asyncio.sleep(0)
        await engine.close()
        with pytest.raises((EngineError, RuntimeError)):
            await asyncio.wait_for(waiting, 2)


@pytest.mark.parametrize("url", ["http://me:s3cret@a/v1", "http://a/v1?key=s3cret", "http://a/v1#s3cret", "s3cret@a"])
def test_an_address_with_a_secret_in_it_is_refused_unseen(url: str) -> None:
    with pytest.raises(EngineError, match="put the key into an environment variable") as caught:
        Address(url)
    assert "s3cret" not in str(caught.value)


async def test_a_prompt_too_long_by_its_letters_alone_claims_no_count_of_tokens() -> None:
    said = (
        "This model's maximum context length is 1024 tokens. However, your prompt contains 20035 characters (more than "
        "14336 characters, which is the upper bound for 1024 input tokens)."
    )
    async with engine_on(whole({"error": {"message": said}}, 400)) as (engine, _):
        with pytest.raises(EngineError, match="much longer than the 1,024 tokens that fit") as caught:
            [piece async for piece in engine.stream(**ASK)]
    assert caught.value.blames_request


async def test_a_prompt_too_long_gives_both_numbers() -> None:
    said = "This model's maximum context length is 1024 tokens. However, your request has 1400 input tokens."
    async with engine_on(whole({"error": {"message": said}}, 400)) as (engine, _):
        with pytest.raises(PromptTooLong) as caught:
            [piece async for piece in engine.stream(**ASK)]
    assert (caught.value.tokens, caught.value.fits) == (1400, 1024)


@pytest.mark.parametrize(
    ("said", "tokens", "fits"),
    [
        ("maximum context length is 8,192 tokens. However, your messages resulted in 9,000 tokens.", 9000, 8192),
        ("maximum context length is 1024 tokens. However, you requested 9 output tokens and your prompt contains at "
         "least 1016 input tokens, for a total of at least 1025 tokens.", 1016, 1015),
        ("maximum context length is 100 tokens, you requested 130 tokens (90 in the messages, 40 in the completion)",
         90, 60),
    ],
)  # fmt: skip
async def test_every_way_of_saying_too_long_is_understood(said: str, tokens: int, fits: int) -> None:
    answers = [whole({"error": {"message": said}}, 400), events({"error": {"message": said, "code": 400}})]
    for answer in answers:
        async with engine_on(answer) as (engine, _):
            with pytest.raises(PromptTooLong) as caught:
                [piece async for piece in engine.stream(**ASK)]
        assert (caught.value.tokens, caught.value.fits) == (tokens, fits)


async def test_an_address_that_is_down_says_so() -> None:
    engine = OpenAIEngine(Address("http://127.0.0.1:9/v1"), {"mei@1": "mei@1"})
    with pytest.raises(EngineUnavailable, match="Nothing answers at"):
        await engine.start()
    await engine.close()


async def test_a_stream_without_text_is_given_up() -> None:
    beats = [b": still here\n\n", delta("")] * 3
    assert "sent no text for 0.2 s" in await refusal(
        events(*beats, done=False, then_hang=True), EngineUnavailable, first_text_s=0.2
    )


async def test_an_address_that_ignores_the_limit_is_cut() -> None:
    async with engine_on(events(*[delta("x")] * 100, done=False, then_hang=True)) as (engine, _):
        pieces = [piece async for piece in engine.stream(**ASK)]
    assert len([piece for piece in pieces if piece.text]) == 2 * ASK["max_tokens"]
    assert pieces[-1].finish_reason == "length"


async def test_closing_the_stream_drops_the_connection() -> None:
    left = asyncio.Event()

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        await events(delta("Be"), done=False)(request, writer)
        await writer.wait_closed() if writer.is_closing() else None
        while not writer.transport.is_closing():
            writer.write(b": beat\n\n")
            await asyncio.sleep(0.005)
        left.set()

    async with engine_on(answer) as (engine, _):
        running = engine.stream(**ASK)
        await anext(running)
        await running.aclose()
        await asyncio.wait_for(left.wait(), 2)


async def test_an_unknown_adapter_is_refused_before_anything_is_sent() -> None:
    async with engine_on(whole({})) as (engine, server):
        with pytest.raises(UnknownAdapter):
            [piece async for piece in engine.stream(**ASK | {"adapter": "nobody"})]
        assert server.requests == []


@pytest.mark.parametrize(
    ("served", "ok", "says"),
    [(["base", "mei@1"], True, "is ready"), (["base"], False, "does not serve mei@1"), ([], False, "does not serve")],
)
async def test_health_says_which_adapters_are_missing(served: list[str], ok: bool, says: str) -> None:
    async with engine_on(whole({"data": [{"id": name} for name in served]})) as (engine, _):
        health = await engine.health()
    assert health.ok is ok
    assert says in health.message


async def test_health_of_something_that_is_not_an_engine_is_not_ok() -> None:
    async with engine_on(whole(b"<html>a router's login page</html>")) as (engine, _):
        assert "does not answer in JSON" in (await engine.health()).message


async def test_a_probe_measures_and_hashes() -> None:
    async with engine_on(events(delta("Laksa"), delta(".", "stop"))) as (engine, _):
        probe = await engine.probe("mei@1")
    assert probe.ok
    assert probe.ttft_ms is not None


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_events_are_the_same_however_the_bytes_are_cut(size: int) -> None:
    raw = "data: one\r\n\r\n: note\ndata: two\ndata: 2ü\n\nevent: x\rdata:three\r\r".encode()
    reader = SseReader()
    found = [data for start in range(0, len(raw), size) for data in reader.feed(raw[start : start + size])]
    found += list(reader.feed(b"\n"))
    assert found == ["one", "two\n2ü", "three"]


def test_an_unfinished_event_is_not_an_event() -> None:
    assert list(SseReader().feed(b"data: half\n")) == []


def test_broken_utf_8_is_an_error() -> None:
    with pytest.raises(SseBroken):
        list(SseReader().feed(b"data: \xc3\x28\n\n"))
