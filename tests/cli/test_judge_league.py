"""`finale judge league`: run, compare, report."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from server.cli import _judging
from tests.cli.conftest import Finale, failed
from tests.cli.test_judge_calibrate import put_judges, standing_in
from tests.models.fake_address import Answer, Request
from tests.models.league.standin import Taste, failing, honest, sometimes, tokens

COUNT = 12
ROOT = Path(__file__).resolve().parents[2]
RUN = ("judge", "league", "run", "questions.jsonl", "--judges", "judges.toml", "--reference", "base=base.jsonl")


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.judging.asking.PAUSE_S", 0.0)


@pytest.fixture(autouse=True)
def _files(finale: Finale) -> None:
    put("questions.jsonl", {n: {"question": f"What is {n}?"} for n in range(COUNT)})
    put("base.jsonl", {n: {"answer": f"Reply {n}, worth 5"} for n in range(COUNT)})
    put("good.jsonl", {n: {"answer": f"Answer {n}, worth 9"} for n in range(COUNT)})
    put("bad.jsonl", {n: {"answer": f"Answer {n}, worth {1 + n % 2}"} for n in range(COUNT)})


def put(name: str, rows: dict[int, dict[str, str]]) -> None:
    Path(name).write_text("".join(json.dumps({"id": n, **row}) + "\n" for n, row in rows.items()))


def played(finale: Finale, answer: Answer, *arguments: str) -> tuple[int, str, int]:
    """Exit code, output, requests."""
    with standing_in(answer) as server:
        put_judges(server.url)
        result = finale(*RUN, *arguments)
        return result.exit_code, result.output, len(server.requests)


def test_a_league_is_played_compared_and_reported(finale: Finale) -> None:
    code, output, requests = played(
        finale, tokens(honest), "--candidate", "good=good.jsonl", "--candidate", "bad=bad.jsonl"
    )
    assert (code, requests) == (0, 4 * COUNT), output
    assert "100.0 % (75.8 to 100.0 %)" in output
    good = json.loads(Path("league/good.json").read_text())
    assert (good["ranked"], good["score"]["value"], good["counts"]["win"]) == (True, 1.0, COUNT)
    assert "# good against base" in Path("league/good.md").read_text()
    compared = finale("judge", "league", "compare", "league/good.json", "league/bad.json")
    assert compared.stdout.startswith("good beats bad (good alone won 12 of 12 questions, bad alone 0, p = 0.000488)")
    table = finale("judge", "league", "report", "league").stdout.splitlines()
    assert table[1].split()[:2] == ["1", "good"]
    assert "bad" in table[1]
    assert table[2].split()[:2] == ["2", "bad"]
    assert finale("judge", "league", "report", "league", "--out", "table.md").exit_code == 0
    assert "| 1 | good | 100.0 %" in Path("table.md").read_text()


def test_an_unfinished_candidate_is_not_ranked_and_the_run_goes_on(finale: Finale) -> None:
    candidate = ("--candidate", "good=good.jsonl", "--at-once", "2")
    code, output, _ = played(finale, sometimes(lambda n: n >= 9, failing(401), tokens(honest)), *candidate)
    assert code == 1
    assert "not ranked: 8 questions unjudged" in output
    report = finale("judge", "league", "report", "league").stdout
    assert "not ranked: 8 questions unjudged" in report
    code, output, requests = played(finale, tokens(honest), *candidate)
    assert (code, requests) == (0, 2 * COUNT - 9)


@pytest.mark.parametrize("taste", [honest])
def test_ctrl_c_lets_what_is_on_its_way_come_in_and_pays_nothing_twice(finale: Finale, taste: Taste) -> None:
    seen = 0

    def interrupting(first: str, second: str) -> float:
        nonlocal seen
        seen += 1
        if seen == 7:
            os.kill(os.getpid(), signal.SIGINT)
        return taste(first, second)

    candidate = ("--candidate", "good=good.jsonl", "--at-once", "2")
    code, output, before = played(finale, tokens(interrupting), *candidate)
    assert (code, "Stopped: " in output) == (1, True), output
    code, output, after = played(finale, tokens(honest), *candidate)
    assert (code, before + after) == (0, 2 * COUNT)


def test_a_killed_process_has_paid_for_at_most_what_was_on_its_way(finale: Finale) -> None:
    """Starts a process of its own, which takes seconds."""
    hangs, count = threading.Event(), iter(range(10**6))

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        if next(count) == 7:
            hangs.set()
            await asyncio.Event().wait()
        await tokens(honest)(request, writer)

    candidate = ("--candidate", "good=good.jsonl", "--at-once", "1")
    with standing_in(answer) as server:
        put_judges(server.url)
        command = [sys.executable, "-m", "server.cli", *RUN, *candidate]
        with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(ROOT)}) as process:
            assert hangs.wait(60)
            process.kill()
        before = len(server.requests)
    code, output, after = played(finale, tokens(honest), *candidate)
    assert (code, before + after) == (0, 2 * COUNT + 1), output


def test_a_torn_ledger_is_mended_with_a_word(finale: Finale) -> None:
    candidate = ("--candidate", "good=good.jsonl")
    played(finale, tokens(honest), *candidate)
    ledger = Path("league/ledger.jsonl")
    ledger.write_bytes(ledger.read_bytes()[:-50])
    code, output, requests = played(finale, tokens(honest), *candidate)
    assert (code, requests) == (0, 1)
    assert "was cut off by an interruption and is dropped" in output


def test_a_kin_judge_is_warned_of(finale: Finale) -> None:
    with standing_in(tokens(honest)) as server:
        put_judges(server.url, 'family = "Llama"\n')
        result = finale(*RUN, "--candidate", "good=good.jsonl", "--family", "llama")
    assert result.exit_code == 0, result.output
    assert "of the family llama, as models that it judges are" in result.stdout
    assert json.loads(Path("league/good.json").read_text())["warnings"]


def test_adapters_answer_on_the_engine_here_and_only_once(finale: Finale, monkeypatch: pytest.MonkeyPatch) -> None:
    class Facts:
        base_sha256 = "ab" * 32

    monkeypatch.setattr(_judging, "catalogue_of", lambda settings: Facts())
    arguments = (
        "judge",
        "league",
        "run",
        "questions.jsonl",
        "--candidate",
        "mei-ling",
        "--reference",
        "base=base.jsonl",
    )
    first = finale(*arguments)
    assert first.exit_code == 0, first.output
    assert len(Path("league/answers.jsonl").read_text().splitlines()) == 1 + COUNT
    assert finale(*arguments).exit_code == 0
    assert len(Path("league/answers.jsonl").read_text().splitlines()) == 1 + COUNT
    result = json.loads(Path("league/mei-ling.json").read_text())
    assert result["counts"]["tie"] == COUNT  # the scripted judge gives everybody the same mark
    assert result["judge"]["demo"]


def test_answers_to_other_questions_are_told(finale: Finale) -> None:
    put("more.jsonl", {n: {"answer": "worth 9"} for n in range(COUNT + 2)})
    _, output, _ = played(finale, tokens(honest), "--candidate", "more=more.jsonl")
    assert "more answers 2 questions that are not asked: 12, 13." in output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--candidate", "x=nowhere.jsonl"), "nowhere.jsonl cannot be read"),
        (("--candidate", "nobody"), "No adapter named 'nobody'"),
        (("--candidate", "../x=good.jsonl"), "not '../x'"),
        (("--candidate", "base=good.jsonl"), "a name of its own"),
        (("--candidate", "good=good.jsonl", "--prompt", "all"), "one judge with one prompt"),
        (("--candidate", "good=good.jsonl", "--judge", "other"), "There is no judge 'other'"),
    ],
)
def test_what_cannot_be_played_is_told_in_a_sentence(
    finale: Finale, arguments: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Facts:
        base_sha256 = "ab" * 32

    monkeypatch.setattr(_judging, "catalogue_of", lambda settings: Facts())
    put_judges("http://127.0.0.1:1/v1")
    result = finale(*RUN, *arguments)
    assert result.exit_code == 2, result.output
    assert said in " ".join(result.stderr.split())
    assert "Traceback" not in result.output


def test_two_judges_are_one_too_many_for_a_league(finale: Finale) -> None:
    put_judges("http://127.0.0.1:1/v1")
    second = Path("judges.toml").read_text().replace("stand-in", "other")
    Path("judges.toml").write_text(Path("judges.toml").read_text() + second)
    assert "choose with --judge (of stand-in, other)" in failed(finale(*RUN, "--candidate", "good=good.jsonl"))


def test_a_folder_without_results_and_a_file_that_is_none_are_told(finale: Finale) -> None:
    Path("empty").mkdir()
    assert "empty has no results" in failed(finale("judge", "league", "report", "empty"))
    assert "no league result" in failed(finale("judge", "league", "compare", "good.jsonl", "good.jsonl"))
