"""A fleet as an organiser writes it down, against addresses that misbehave: another one answers, and words say why."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from models.fleet.addresses import fleet_at
from models.protocol import BASE, EngineError, EngineUnavailable
from tests.models.fake_address import Answer, FakeAddress, Request, delta, events, fake_address, trickle, whole
from tests.models.fleet.asking import MEI, pieces_of, text_of

NAMES = [MEI]
SOUND = events(delta("laksa"), delta("", "stop"))
DOWN = "http://127.0.0.1:9/v1"


def serving(answer: Answer, models: tuple[str, ...] = (MEI,)) -> Answer:
    """`answer` to requests for text; the list of models to whoever asks for it."""

    async def both(request: Request, writer: object) -> None:
        listed = whole({"data": [{"id": name} for name in models]})
        await (listed if request.method == "GET" else answer)(request, writer)  # type: ignore[arg-type]

    return both


@contextlib.asynccontextmanager
async def addresses(*answers: Answer) -> AsyncIterator[list[FakeAddress]]:
    async with contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(fake_address(serving(answer))) for answer in answers]


def urls(servers: list[FakeAddress]) -> str:
    return " , ".join(server.url for server in servers)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (whole({"error": "bad key"}, 401), "refuses the key"),
        (whole({"error": "no such model"}, 404), ""),
        (whole({"error": "busy"}, 429), "overloaded"),
        (whole({"error": "down"}, 503), "overloaded"),
        (whole(b"<html>", 308), "redirects"),
        (whole({"choices": []}), "not with a stream of events"),
        (events(b"data: \xff\n\n"), "not UTF-8"),
        (events(b": beat\n\n", delta(""), done=False), "in mid-answer"),
        (events(b"data: " + b"x" * 2_000_000), "one event is longer"),
        (trickle(b"HTTP/1.1 200 OK\r\n", again=b"x: y\r\n"), "gave no text within 0.2 s"),
        (events(b": beat\n\n", delta(""), done=False, then_hang=True), "gave no text within 0.2 s"),
    ],
)
async def test_where_one_address_misbehaves_another_one_answers(answer: Answer, says: str) -> None:
    async with addresses(answer, SOUND) as servers:
        fleet = fleet_at(urls(servers), "", NAMES, hurry_s=0.2)
        assert [await text_of(fleet) for _ in range(2)] == ["laksa", "laksa"]
        assert says in " ".join(fleet.log)
        assert len([asked for asked in servers[0].requests if asked.method == "POST"]) == 1
        await fleet.close()


async def test_an_address_that_is_down_is_told_and_done_without() -> None:
    async with addresses(SOUND) as servers:
        fleet = fleet_at(f"{DOWN},{servers[0].url}", "", NAMES)
        await fleet.start()
        assert f"1 of 2 addresses ready. Nothing answers at {DOWN}" in (await fleet.health()).message
        assert await text_of(fleet) == "laksa"
        await fleet.close()


async def test_addresses_may_name_adapters_in_their_own_way(tmp_path: Path) -> None:
    listed = ("base", f"base:{MEI}", "base:new@2")
    async with fake_address(serving(SOUND, listed)) as server:
        fleet = fleet_at(server.url, "", NAMES, name_there="base:{adapter}")
        await fleet.start()
        await fleet.load("new@2", tmp_path)
        with pytest.raises(EngineError, match="does not serve base:old@1"):
            await fleet.load("old@1", tmp_path)
        for name in (MEI, "new@2"):
            await text_of(fleet, adapter=name)
        assert [asked.body["model"] for asked in server.requests if asked.body] == [f"base:{MEI}", "base:new@2"]
        await fleet.close()


def test_a_way_of_naming_that_names_all_alike_is_refused() -> None:
    with pytest.raises(EngineError, match=r"must hold \{adapter\}"):
        fleet_at(DOWN, "", NAMES, name_there="base")


async def test_the_bare_base_goes_by_its_own_name() -> None:
    async with addresses(SOUND) as servers:
        fleet = fleet_at(urls(servers), "", NAMES)
        await pieces_of(fleet, adapter=BASE)
        assert servers[0].requests[0].body["model"] == BASE
        await fleet.close()


async def test_each_address_gets_its_own_key_and_nothing_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY_A", "s3cret-a")
    monkeypatch.setenv("KEY_B", "s3cret-b")
    echo = whole({"error": {"message": "bad key s3cret-b"}}, 500)
    async with addresses(whole({"error": "s3cret-a"}, 401), echo) as servers:
        fleet = fleet_at(urls(servers), "KEY_A,KEY_B", NAMES)
        with pytest.raises(EngineUnavailable) as caught:
            await text_of(fleet)
        shown = [str(caught.value), repr(caught.value.__cause__), repr(caught.value.__context__), *fleet.log]
        shown += [(await fleet.health()).message, repr(fleet), repr(fleet._members), repr(vars(fleet))]
        shown += [repr(vars(member.engine)) for member in fleet._members]
        shown += [repr(vars(vars(member.engine)["_address"])) for member in fleet._members]
        await fleet.close()
        keys = [[asked.headers["authorization"] for asked in server.requests] for server in servers]
    assert {key for sent in keys for key in sent} == {"bearer s3cret-a", "bearer s3cret-b"}
    assert set(keys[0]) == {"bearer s3cret-a"}
    assert "KEY_A" in " ".join(shown)
    assert "s3cret" not in " ".join(shown)


@pytest.mark.parametrize(
    ("written", "variables", "says"),
    [
        ("", "", "No address"),
        (f"{DOWN},,{DOWN}", "", "No address between two commas"),
        (f"{DOWN},{DOWN}", "", "given twice"),
        (f"{DOWN},127.0.0.1", "", "is no address"),
        (f"{DOWN},http://b/v1,http://c/v1", "A,B", "3 addresses and 2 variables"),
        (DOWN, "sk-s3cret", "put the key itself into the variable"),
        ("http://me:s3cret@a/v1", "", "put the key into an environment variable"),
    ],
)
def test_what_makes_no_fleet_is_refused_in_words(written: str, variables: str, says: str) -> None:
    with pytest.raises(EngineError, match=says) as caught:
        fleet_at(written, variables, NAMES)
    assert "s3cret" not in str(caught.value)


async def test_one_variable_may_hold_the_key_of_all_and_a_place_may_be_left_empty(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KEY", "abc")
    async with addresses(SOUND, SOUND) as servers:
        for variables, keyed in (("KEY", [True, True]), ("KEY,", [True, False])):
            fleet = fleet_at(urls(servers), variables, NAMES)
            for _ in range(2):
                await text_of(fleet)
            assert ["authorization" in server.requests[-1].headers for server in servers] == keyed
            await fleet.close()
