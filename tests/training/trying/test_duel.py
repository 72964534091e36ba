"""Win rates: the league's own arithmetic on our answers, nothing paid twice, and a judge that does not answer."""

import asyncio
import json
from decimal import Decimal
from pathlib import Path

import pytest

from models.judging.judges_file import JudgesFileRefused
from models.judging.league.running import Ending, Plan
from models.judging.league.season import Season
from models.judging.lines import LinesRefused
from models.judging.statistics.intervals import wilson_interval
from tests.models.fake_address import fake_address, reply, whole
from tests.models.league.standin import first_lover, honest, only_first, shown, tokens
from training.trying.duel import LEDGER, estimate, fought, season_of, spoken, written
from training.trying.errors import TryingRefused
from training.trying.keeping import kept_answers
from training.trying.prompts import Asked
from training.trying.seating import DEMO, judge_named, judging, warnings_of
from training.trying.voices import Voice
from training.tuning.sampling import HowToSample, Prompt

ASKED = tuple(
    Asked(str(n), Prompt(f"Question {n}?", "Be brief." * (n % 2)), "A fact." if n == 2 else None) for n in range(6)
)
PLAN = Plan(at_once=2)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.judging.asking.PAUSE_S", 0.0)


def a_season(worths: list[int], against: int = 5, *warnings: str) -> Season:
    """The candidate's answers are worth `worths`, the reference's `against` each."""
    ours = [f"ours, worth {worth}" for worth in worths]
    return season_of(
        ASKED, spoken("mine", ASKED, ours), spoken("other", ASKED, [f"theirs, worth {against}"] * 6), *warnings
    )


def judges_toml(folder: Path, url: str, more: str = "") -> Path:
    file = folder / "judges.toml"
    file.write_text(f'[[judge]]\nname = "fair"\nprotocol = "pairs"\nmodel = "m"\nurl = "{url}"\n{more}')
    return file


async def test_the_win_rate_is_the_leagues_with_wilsons_interval(tmp_path: Path) -> None:
    async with fake_address(tokens(honest)) as address:
        spec = judge_named(judges_toml(tmp_path, address.url))
        async with judging(spec, models=tmp_path, at_once=2) as seat:
            _, result, file = await fought(a_season([9, 9, 9, 9, 1, 5], 5, "Said."), seat, tmp_path / "out", PLAN)
    score = result.score
    assert (score.counts["win"], score.counts["loss"], score.counts["tie"], score.inconsistent) == (4, 1, 1, 0)
    assert score.is_ranked
    assert (score.wins.low, score.wins.high) == tuple(wilson_interval(4, 6))
    assert json.loads(file.read_text())["warnings"] == ["Said."]
    assert file.with_suffix(".md").exists()


async def test_a_judge_that_goes_by_the_place_is_counted_as_inconsistent(tmp_path: Path) -> None:
    async with fake_address(tokens(first_lover)) as address:
        spec = judge_named(judges_toml(tmp_path, address.url))
        async with judging(spec, models=tmp_path, at_once=2) as seat:
            _, result, _ = await fought(a_season([9, 9, 9, 9, 9, 9]), seat, tmp_path / "out", PLAN)
    assert result.score.inconsistent == 6
    assert result.score.counts["tie"] == 6


async def test_what_was_judged_is_not_asked_again(tmp_path: Path) -> None:
    async with fake_address(tokens(honest)) as address:
        spec = judge_named(judges_toml(tmp_path, address.url))
        async with judging(spec, models=tmp_path, at_once=2) as seat:
            assert estimate(a_season([9] * 6), seat, tmp_path / "out", PLAN).looks == 12
            await fought(a_season([9] * 6), seat, tmp_path / "out", PLAN)
            asked = len(address.requests)
            run, result, _ = await fought(a_season([9, 9, 9, 9, 9, 1]), seat, tmp_path / "out", PLAN)
    assert asked == 12
    assert len(address.requests) == 14  # one answer is new
    assert run.ending is Ending.DONE
    assert result.score.counts["win"] == 5


async def test_the_judge_sees_the_facts_and_what_was_asked_for(tmp_path: Path) -> None:
    async with fake_address(tokens(only_first)) as address:
        spec = judge_named(judges_toml(tmp_path, address.url))
        async with judging(spec, models=tmp_path, at_once=1) as seat:
            await fought(a_season([9] * 6), seat, tmp_path / "out", PLAN)
    sent = [request.body["messages"][-1]["content"] for request in address.requests]
    assert sum("(Asked for: Be brief.)" in text for text in sent) == 6
    assert sum("A fact." in text for text in sent) == 2
    assert {shown(request)[0][:4] for request in address.requests} == {"ours", "thei"}


async def test_a_judge_that_does_not_answer_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    spec = judge_named(judges_toml(tmp_path, "http://127.0.0.1:9/v1"))
    async with judging(spec, models=tmp_path, at_once=2) as seat:
        with pytest.raises(TryingRefused, match=r"The judge fair judged nothing: .*Nothing answers at"):
            await fought(a_season([9] * 6), seat, tmp_path / "out", PLAN)
    assert [one.name for one in (tmp_path / "out").iterdir()] == [LEDGER]


async def test_replies_that_cannot_be_read_are_failures_and_no_wins(tmp_path: Path) -> None:
    async with fake_address(whole(reply("As a judge I would say that both are lovely."))) as address:
        spec = judge_named(judges_toml(tmp_path, address.url))
        async with judging(spec, models=tmp_path, at_once=2) as seat:
            _, result, _ = await fought(a_season([9] * 6), seat, tmp_path / "out", PLAN)
    assert (result.score.counts["failed"], result.score.wins.value) == (6, 0.0)


async def test_a_stopped_duel_is_not_ranked_and_goes_on_later(tmp_path: Path) -> None:
    stop = asyncio.Event()
    async with fake_address(tokens(honest)) as address:
        spec = judge_named(judges_toml(tmp_path, address.url))
        async with judging(spec, models=tmp_path, at_once=1) as seat:
            run, result, _ = await fought(
                a_season([9] * 6),
                seat,
                tmp_path / "out",
                Plan(at_once=1),
                tell=lambda now: stop.set() if now.done >= 4 else None,
                stop=stop,
            )
            assert (run.ending, result.score.is_ranked) == (Ending.STOPPED, False)
            _, result, _ = await fought(a_season([9] * 6), seat, tmp_path / "out", PLAN)
    assert result.score.is_ranked
    assert len(address.requests) == 12


async def test_a_budget_ends_the_judging(tmp_path: Path) -> None:
    async with fake_address(tokens(honest)) as address:
        spec = judge_named(judges_toml(tmp_path, address.url, "price_in = 1000\nprice_out = 1000\n"))
        async with judging(spec, models=tmp_path, at_once=1) as seat:
            plan = Plan(at_once=1, prices=seat.prices, budget=Decimal("2"))
            run, result, _ = await fought(a_season([9] * 6), seat, tmp_path / "out", plan)
    assert run.ending is Ending.BUDGET
    assert result.cost is not None
    assert not result.score.is_ranked


def test_answers_of_a_file_are_the_reference(tmp_path: Path) -> None:
    file = tmp_path / "their best.jsonl"
    rows = [{"id": one.id, "answer": "a"} for one in ASKED[:3]] + [
        {"question": one.prompt.question, "answer": "b"} for one in ASKED[3:]
    ]
    file.write_text("\n".join(map(json.dumps, rows)))
    found = written(file, ASKED)
    assert (found.model, list(found.by_question.values())) == ("their-best", ["a"] * 3 + ["b"] * 3)


def test_a_missing_answer_is_told(tmp_path: Path) -> None:
    file = tmp_path / "some.jsonl"
    file.write_text('{"id": "0", "answer": "a"}')
    with pytest.raises(TryingRefused, match=r"no answer to 5 of 6 prompts \(1, 2, 3"):
        written(file, ASKED)
    with pytest.raises(LinesRefused, match="cannot be read"):
        written(tmp_path / "gone.jsonl", ASKED)


def test_sampled_answers_are_kept_by_what_made_them(tmp_path: Path) -> None:
    calls: list[str] = []

    def speaking(text: str) -> list[str]:
        calls.append(text)
        return [text] * 6

    mine, other = Voice("mine", None, "a" * 64), Voice("mine", None, "b" * 64)
    how = HowToSample()
    first = kept_answers(tmp_path, "c" * 64, mine, ASKED, how, lambda: speaking("one"))
    again = kept_answers(tmp_path, "c" * 64, mine, ASKED[::-1], how, lambda: speaking("two"))
    assert first == again == ["one"] * 6
    assert kept_answers(tmp_path, "c" * 64, other, ASKED, how, lambda: speaking("three")) == ["three"] * 6
    assert kept_answers(tmp_path, "c" * 64, mine, ASKED, HowToSample(seed=1), lambda: speaking("four")) == ["four"] * 6
    assert calls == ["one", "three", "four"]


def test_which_judge_is_asked_must_be_clear(tmp_path: Path) -> None:
    file = judges_toml(tmp_path, "http://127.0.0.1:9/v1")
    assert judge_named(None) is DEMO
    assert judge_named(file).name == "fair"
    two = file.with_name("two.toml")
    two.write_text(file.read_text() + file.read_text().replace("fair", "kind"))
    with pytest.raises(TryingRefused, match="choose one with --judge: fair, kind"):
        judge_named(two)
    with pytest.raises(TryingRefused, match="no judge 'mean'; there is fair, kind"):
        judge_named(two, "mean")
    with pytest.raises(TryingRefused, match="give it with --judges"):
        judge_named(None, "mean")
    with pytest.raises(JudgesFileRefused, match="cannot be read"):
        judge_named(tmp_path / "gone.toml")


def test_a_demo_judge_and_kin_are_told(tmp_path: Path) -> None:
    file = judges_toml(tmp_path, "http://127.0.0.1:9/v1", 'family = "llama"\n')
    assert "demo judge" in warnings_of(DEMO, tmp_path)[0]
    assert "of the family llama" in warnings_of(judge_named(file), tmp_path / "Llama-3-8B")[0]
    assert not warnings_of(judge_named(file), tmp_path / "Qwen-3")
