"""Where answers come from: files, models at addresses, adapters that are here."""

from pathlib import Path

import pytest

from models.judging.league import Question
from models.judging.league.answers import Sampling, answered
from models.judging.league.sources import House, Source, SourceRefused, elsewhere, read_sources
from models.protocol import UnknownAdapter
from models.scripted import ScriptedEngine
from tests.models.fake_address import delta, events, fake_address


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("mei=a.jsonl", Source("mei", Path("a.jsonl"))),
        ("mei=folder@home/a=b.jsonl", Source("mei", Path("folder@home/a=b.jsonl"))),
        ("gpt=org/gpt-4@https://api.example/v1", Source("gpt", model="org/gpt-4", url="https://api.example/v1")),
        ("base", Source("base")),
    ],
)
def test_a_model_is_named_with_where_its_answers_are(text: str, source: Source) -> None:
    (found,) = read_sources([text])
    assert found == source
    assert found.is_here == (text == "base")


@pytest.mark.parametrize("texts", [["../x=a.jsonl"], ["=a.jsonl"], ["two words"], [""], ["a", "a=b.jsonl"]])
def test_names_that_cannot_name_files_are_refused(texts: list[str]) -> None:
    with pytest.raises(SourceRefused):
        read_sources(texts)


def test_whoever_is_not_here_is_told_who_is() -> None:
    house = House(ScriptedEngine(["mei@1"]), {"mei": "mei@1"}, "hash")
    assert house.author("mei").identity == "hash/mei@1"
    assert house.author("base").adapter == "base"
    with pytest.raises(UnknownAdapter, match="mei, base"):
        house.author("nobody")


async def test_a_model_at_an_address_answers_and_its_cut_answers_are_counted(tmp_path: Path) -> None:
    async with fake_address(events(delta("A soup."), delta("", "length"))) as server:
        source = Source("gpt", model="m1", url=server.url)
        async with elsewhere(source, None) as author:
            answers = await answered(author, (Question("1", "Laksa?"),), Sampling(), tmp_path / "a.jsonl")
        assert server.requests[0].body["model"] == "m1"
    assert (answers.model, answers.by_question, answers.cut) == ("gpt", {"1": "A soup."}, 1)


async def test_only_what_is_kept_needs_no_engine(tmp_path: Path) -> None:
    async with elsewhere(Source("gpt", model="m1", url="http://127.0.0.1:1/v1"), None) as author:
        question = (Question("1", "Laksa?"),)
        answers = await answered(author, question, Sampling(), tmp_path / "a.jsonl", only_kept=True)
    assert answers.by_question == {}
