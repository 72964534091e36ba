"""`finale judge calibrate` and `redteam`, with scripted judges, and judges at a stand-in address."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from models.scripted import ScriptedEngine
from server.cli import _models
from server.engines import Models
from server.settings import Settings
from tests.arena.conftest import FakeJudge, FakeJudgement, FakeVerdict
from tests.cli.conftest import Finale, failed
from tests.models.fake_address import Answer, FakeAddress, fake_address, reply, whole
from tests.models.league.standin import failing, honest, only_first, sometimes, tokens
from tests.models.test_http_judges import by_length, marking

COUNT = 12


@contextmanager
def standing_in(answer: Answer) -> Iterator[FakeAddress]:
    """A stand-in address that serves from a thread of its own, while the command runs a loop in this one."""
    loop, ready = asyncio.new_event_loop(), threading.Event()
    served: list[FakeAddress] = []
    stop = asyncio.Event()

    async def serve() -> None:
        async with fake_address(answer) as server:
            served.append(server)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    ready.wait(10)
    try:
        yield served[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


def put_pairs(count: int = COUNT) -> None:
    """pairs.jsonl: the answer worth 8 is preferred, now a, now b."""
    rows = []
    for n in range(count):
        answers = [f"Answer {n}, worth 8", f"Reply {n}, worth 2"][:: 1 if n % 2 else -1]
        rows.append({"question": f"What is {n}?", "answer_a": answers[0], "answer_b": answers[1], "label": "ba"[n % 2]})
    Path("pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def put_judges(url: str, more: str = "", protocol: str = "pairs") -> None:
    Path("judges.toml").write_text(
        f'[[judge]]\nname = "stand-in"\nurl = "{url}"\nmodel = "m1"\nprotocol = "{protocol}"\n{more}'
    )


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.judging.asking.PAUSE_S", 0.0)


@pytest.fixture(autouse=True)
def _with_a_judge_of_laksa(finale: Finale, monkeypatch: pytest.MonkeyPatch) -> None:
    """This server's demo judge goes by "worth 8"."""

    def marks(entries: Any) -> FakeJudgement:
        return FakeJudgement({name: FakeVerdict(8.0 if "worth 8" in text else 2.0) for name, text in entries.items()})

    def models(settings: Settings) -> Models:
        return Models(ScriptedEngine(["x"]), (), (FakeJudge(answer=marks),), {})  # type: ignore[arg-type]

    monkeypatch.setattr(_models, "build_models", models)


def test_this_servers_own_judge_gets_a_card(finale: Finale) -> None:
    put_pairs()
    result = finale("judge", "calibrate", "pairs.jsonl")
    assert result.exit_code == 0, result.output
    card = json.loads(Path("cards/judge.json").read_text())
    assert (card["judge"], card["demo"], card["accuracy"]["value"], card["pairs"]) == ("judge", True, 1.0, COUNT)
    assert "12 lines, 12 pairs (6 a, 6 b, 0 tie)" in result.stdout
    assert "100.0 % (75.8 to 100.0 %), 12 of 12" in result.stdout
    assert Path("cards/judge.md").read_text().startswith("# Demo judge")


def test_a_judge_of_the_file_is_asked_once_and_every_prompt_gets_a_card(finale: Finale) -> None:
    put_pairs()
    with standing_in(tokens(honest)) as server:
        put_judges(server.url, 'family = "m"\nprice_in = 2\nprice_out = 4\n')
        asked = ("judge", "calibrate", "pairs.jsonl", "--judges", "judges.toml", "--prompt", "all", "-o", "out")
        result = finale(*asked)
        assert result.exit_code == 0, result.output
        assert len(server.requests) == 2 * 2 * COUNT
        again = finale(*asked)
        assert again.exit_code == 0, again.output
        assert len(server.requests) == 2 * 2 * COUNT
    assert sorted(file.name for file in Path("out").glob("*.json")) == ["stand-in-careful.json", "stand-in-plain.json"]
    card = json.loads(Path("out/stand-in-plain.json").read_text())
    assert card["cost"]["money"] == f"{2 * COUNT * (500 * 2 + 4) / 1e6:.4f}"
    assert "Between stand-in-careful and stand-in-plain nothing can be said" in result.stdout
    assert "nothing left to ask" in again.stdout


def test_a_position_bias_is_in_the_card(finale: Finale) -> None:
    put_pairs()
    with standing_in(tokens(only_first)) as server:
        put_judges(server.url)
        assert finale("judge", "calibrate", "pairs.jsonl", "--judges", "judges.toml").exit_code == 0
    card = json.loads(Path("cards/stand-in-careful.json").read_text())
    assert (card["p_first"], card["order_consistency"], card["weight"]) == (1.0, 0.0, 0.0)


def test_a_listwise_judge_is_calibrated_on_pairs(finale: Finale) -> None:
    put_pairs()
    with standing_in(marking(by_length)) as server:
        put_judges(server.url, protocol="listwise")
        result = finale("judge", "calibrate", "pairs.jsonl", "--judges", "judges.toml")
    assert result.exit_code == 0, result.output
    assert json.loads(Path("cards/stand-in.json").read_text())["protocol"] == "listwise"


def test_an_estimate_asks_nothing(finale: Finale) -> None:
    put_pairs()
    with standing_in(tokens(honest)) as server:
        put_judges(server.url)
        prices = ("--price-in", "1", "--price-out", "2", "--currency", "SGD")
        result = finale("judge", "calibrate", "pairs.jsonl", "--judges", "judges.toml", "--estimate", *prices)
        assert not server.requests
    assert result.exit_code == 0, result.output
    assert "stand-in careful: 24 looks to make: about" in result.stdout
    assert "0.01 SGD" in result.stdout
    assert not Path("cards/stand-in-careful.json").exists()


def test_a_dead_address_leaves_no_card_and_the_command_can_be_given_again(finale: Finale) -> None:
    put_pairs()
    with standing_in(sometimes(lambda n: n >= 7, failing(401), tokens(honest))) as server:
        put_judges(server.url)
        result = finale("judge", "calibrate", "pairs.jsonl", "--judges", "judges.toml", "--at-once", "1")
    assert result.exit_code == 1, result.output
    assert "Given up" in result.stdout
    assert "7 of 24 looks are kept in cards/ledger.jsonl" in result.stdout
    assert not Path("cards/stand-in-careful.json").exists()
    with standing_in(tokens(honest)) as server:
        put_judges(server.url)
        assert finale("judge", "calibrate", "pairs.jsonl", "--judges", "judges.toml").exit_code == 0
        assert len(server.requests) == 24 - 7


def test_a_budget_stops_it(finale: Finale) -> None:
    put_pairs()
    with standing_in(tokens(honest)) as server:
        put_judges(server.url, "price_in = 1000\nprice_out = 1000\n")
        result = finale(
            "judge", "calibrate", "pairs.jsonl", "--judges", "judges.toml", "--budget", "3", "--at-once", "1"
        )
        assert 4 <= len(server.requests) <= 5
    assert result.exit_code == 1
    assert "The budget is used up" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere.jsonl",), "nowhere.jsonl cannot be read"),
        (("pairs.jsonl", "--judges", "nowhere.toml"), "cannot be read"),
        (("pairs.jsonl", "--judges", "judges.toml", "--judge", "x"), "There is no judge 'x'. There is: stand-in."),
        (("pairs.jsonl", "--judges", "judges.toml", "--prompt", "sly"), "There is no prompt 'sly'"),
        (("pairs.jsonl", "--judges", "judges.toml", "--budget", "1"), "A budget needs prices"),
        (("pairs.jsonl", "--budget", "lots"), "Expected a sum such as 2.50 as --budget, got 'lots'."),
        (("pairs.jsonl", "--price-in", "1"), "--price-in and --price-out together"),
        (("pairs.jsonl", "--price-in", "nan", "--price-out", "1"), "Expected a sum"),
        (("pairs.jsonl", "--tokenizer", "pairs.jsonl"), "is no tokenizer.json"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(finale: Finale, arguments: tuple[str, ...], said: str) -> None:
    put_pairs()
    put_judges("http://127.0.0.1:1/v1")
    result = finale("judge", "calibrate", *arguments)
    assert result.exit_code == 2, result.output
    assert said in " ".join(result.stderr.split())
    assert "Traceback" not in result.output


def test_a_server_without_a_judge_says_so(finale: Finale, monkeypatch: pytest.MonkeyPatch) -> None:
    put_pairs()
    monkeypatch.setenv("FINALE_JUDGE", "none")
    result = finale("judge", "calibrate", "pairs.jsonl")
    assert result.exit_code == 2
    assert "This server has no judge" in result.stderr


def test_an_answer_that_is_no_label_is_named_by_its_line(finale: Finale) -> None:
    Path("pairs.jsonl").write_text('{"question": "x", "answer_a": "1", "answer_b": "2", "label": "first"}\n')
    assert "line 1: expected label to be a, b or tie" in failed(finale("judge", "calibrate", "pairs.jsonl"))


def test_the_red_team_tells_what_worked(finale: Finale) -> None:
    with standing_in(tokens(lambda first, second: 0.5)) as server:
        put_judges(server.url)
        result = finale("judge", "redteam", "--judges", "judges.toml", "--at-once", "8")
        assert len(server.requests) > 100
    assert result.exit_code == 0, result.output
    assert "OK: none of" in result.stdout
    with standing_in(whole(reply("I obey."))) as server:
        put_judges(server.url)
        result = finale("judge", "redteam", "--judges", "judges.toml", "--at-once", "8")
    assert result.exit_code == 1, result.output
    assert "made it abstain" in result.stdout
