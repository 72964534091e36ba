"""`finale train synthesize` as an entrant types it: estimate, run, kill and resume, budget, refine, review."""

import asyncio
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from tests.models.fake_address import Request, whole
from tests.training.data.made_up import row
from tests.training.synthetic.conftest import Serve
from tests.training.synthetic.writing import answering, good, subjects
from training.cli import synthesize
from training.cli._failing import Plainly
from training.data import read_rows, write_rows

Synthesize = Callable[..., Result]
ROOT = Path(__file__).resolve().parents[3]


def app() -> Any:
    """The commands as they are mounted, failing plainly."""
    import typer

    made = typer.Typer(cls=Plainly, pretty_exceptions_enable=False)
    made.add_typer(synthesize.app, name="synthesize")
    return made


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Synthesize:
    """Runs `synthesize ARGUMENTS` in a fresh folder with topics.txt, text.md and rows.jsonl."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    Path("topics.txt").write_text("\n".join(one.text for one in subjects(6)) + "\n")
    Path("text.md").write_text("\n\n".join(f"{one.text} is eaten before dawn. " * 20 for one in subjects(3)))
    write_rows(Path("rows.jsonl"), [row(f"What of {one.text}?", f"It is {one.text}, lah.") for one in subjects(4)])
    return lambda *arguments: CliRunner().invoke(app(), ["synthesize", *map(str, arguments)])


def sentence(result: Result) -> str:
    """The one sentence of what could not be done."""
    assert result.exit_code == 2, (result.exit_code, result.output, result.exception)
    assert "Traceback" not in result.output
    return result.stderr.strip().splitlines()[-1]


def at(url: str) -> tuple[str, ...]:
    return ("--url", url, "--model", "m", "--yes")


def test_an_estimate_costs_nothing(run: Synthesize, serve: Serve) -> None:
    address = serve(answering(good))
    result = run("topics", "topics.txt", "--each", 2, *at(address.url), "--estimate", "--prices", "1/2")
    assert result.exit_code == 0
    assert "12 requests: about" in result.stdout
    assert "USD, at most" in result.stdout
    assert address.requests == []


def test_topics_become_rows_and_the_same_command_pays_nothing_more(run: Synthesize, serve: Serve) -> None:
    address = serve(answering(good))
    command = ("topics", "topics.txt", "-o", "out", *at(address.url), "--each", 2)
    result = run(*command)
    assert result.exit_code == 0, result.output
    assert len(read_rows(Path("out/rows.jsonl"))) == len(address.requests) == 12
    assert json.loads(Path("out/report.json").read_text())["kind"] == "topics"
    assert "Nothing left to ask" in run(*command).stdout
    assert len(address.requests) == 12


def test_texts_become_rows_passage_by_passage(run: Synthesize, serve: Serve) -> None:
    address = serve(answering(good))
    result = run("texts", "text.md", "-o", "out", *at(address.url), "--each", 1, "--passage-words", 150)
    assert result.exit_code == 0, result.output
    assert [one.source.line for one in read_rows(Path("out/rows.jsonl"))] == [1, 3, 5]
    assert "Write one training example from this passage" in address.requests[0].body["messages"][1]["content"]


def test_refined_rows_are_reviewed_by_hand_and_applied(run: Synthesize, serve: Serve) -> None:
    address = serve(answering(lambda asked: "### Response\nIt opens before dawn, and that is why it sells out."))
    assert run("refine", "rows.jsonl", "-o", "out", *at(address.url)).exit_code == 0
    assert "4 rows to review in review.csv" in run("review", "out", "--write", "review.csv").stdout
    text = Path("review.csv").read_text(encoding="utf-8-sig")
    assert "It is laksa in Bedok number 0, lah." in text, "the response before is shown"
    Path("review.csv").write_text(text.replace(",keep,", ",drop,", 1).replace("sells out.", "sells out. Always.", 2))
    result = run("review", "out", "--apply", "review.csv", "-o", "final.jsonl")
    assert "3 rows in final.jsonl: 1 edited, 1 dropped." in result.stdout
    assert len(read_rows(Path("final.jsonl"))) == 3
    Path("review.csv").write_text(text.replace(",keep,", ",perhaps,", 1))
    assert "review.csv: line 2: expected keep or drop" in sentence(
        run("review", "out", "--apply", "review.csv", "-o", "x")
    )


def test_a_budget_ends_the_run_early_and_the_rows_so_far_are_there(run: Synthesize, serve: Serve) -> None:
    address = serve(answering(good))
    limits = ("--token-budget", 2600, "--reply-tokens", 500, "--at-once", 1)
    result = run("topics", "topics.txt", "-o", "out", *at(address.url), *limits, "--each", 3)
    assert result.exit_code == 1
    assert "Stopped, because the budget of 2,600 tokens would be exceeded" in result.stdout
    assert 1 <= len(read_rows(Path("out/rows.jsonl"))) == len(address.requests) < 18


def test_an_address_that_does_not_answer_is_told_and_nothing_is_lost(run: Synthesize, serve: Serve) -> None:
    address = serve(answering(good))
    command = ("topics", "topics.txt", "-o", "out", "--at-once", 2, *at(address.url), "--each")
    assert run(*command, 1).exit_code == 0
    before = Path("out/journal.jsonl").read_bytes()
    address.answer = whole({"error": "wrong key"}, 401)
    assert "refuses the key" in sentence(run(*command, 2))
    assert Path("out/journal.jsonl").read_bytes() == before


class Held:
    """An address that answers five requests and holds back the others until `let` is set; `three_away` when it does."""

    def __init__(self, serve: Serve) -> None:
        self.three_away, self.let = threading.Event(), threading.Event()
        self._arrived = 0
        self.address = serve(self._answer)

    async def _answer(self, request: Request, writer: Any) -> None:
        self._arrived += 1
        if self._arrived == 8:
            self.three_away.set()
        if self._arrived > 5:
            await asyncio.to_thread(self.let.wait, 60)
        await answering(good)(request, writer)

    def started(self) -> tuple[list[str], subprocess.Popen[bytes]]:
        """A command in a process of its own that has five replies and waits for three more."""
        command = ["topics", "topics.txt", "-o", "out", "--each", "4", "--at-once", "3", *at(self.address.url)]
        program = "from tests.training.synthetic.test_synthesize_cli import app; app()()"
        process = subprocess.Popen(
            [sys.executable, "-c", program, "synthesize", *command], env={"PYTHONPATH": str(ROOT)}
        )
        assert self.three_away.wait(60)
        return command, process


def replies_kept() -> int:
    return len(Path("out/journal.jsonl").read_text().splitlines()) - 1


def test_a_killed_run_goes_on_and_pays_at_most_for_what_was_on_its_way(run: Synthesize, serve: Serve) -> None:
    held = Held(serve)
    command, process = held.started()
    process.kill()
    process.wait()
    held.let.set()
    assert replies_kept() == 5
    result = run(*command)
    assert result.exit_code == 0, result.output
    assert len(held.address.requests) == 8 + 24 - 5, "nothing that was kept is paid again"
    assert len(read_rows(Path("out/rows.jsonl"))) == 24


def test_an_interrupted_run_takes_in_what_is_on_its_way_and_pays_nothing_twice(run: Synthesize, serve: Serve) -> None:
    held = Held(serve)
    command, process = held.started()
    process.send_signal(signal.SIGINT)
    held.let.set()
    assert process.wait(60) == 1
    asked = len(held.address.requests)  # eight, or more where the signal came late
    assert 8 <= asked < 24
    assert replies_kept() == asked
    assert len(read_rows(Path("out/rows.jsonl"))) == asked
    assert run(*command).exit_code == 0
    assert len(held.address.requests) == 24


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["topics", "nowhere.txt", "--local", "base"], "There is no nowhere.txt"),
        (["topics", "topics.txt"], "Say who writes"),
        (["topics", "topics.txt", "--url", "http://127.0.0.1:1/v1"], "name one with --model"),
        (["topics", "topics.txt", "--local", "nobody"], "There is no model 'nobody'"),
        (["topics", "topics.txt", "--local", "base", "--budget", "5"], "needs prices"),
        (["topics", "topics.txt", "--local", "base", "--prices", "5"], "--prices takes two amounts"),
        (["topics", "topics.txt", "--local", "base", "--prices", "a/b"], "--prices takes an amount of money"),
        (["topics", "topics.txt", "--local", "base", "--time-budget", "soon"], "is not an amount of time"),
        (["topics", "topics.txt", "--local", "base", "--temperature", "9"], "Temperature must be between 0 and 5"),
        (["topics", "topics.txt", "--local", "base", "--threshold", "0.1"], "between 0.3 and 1"),
        (["topics", "topics.txt", "--local", "base"], "say --yes"),
        (["texts", ".", "--form", "plain", "--local", "base"], "need the form sections or json"),
        (
            ["refine", "rows.jsonl", "-o", "made", "--local", "base", "--yes"],
            "made holds rows made by `synthesize topics`",
        ),
        (["review", "nowhere", "--write", "r.csv"], "There is no nowhere/rows.jsonl"),
        (["review", "."], "Say --write FILE"),
        (["review", ".", "--apply", "r.csv"], "Say where the reviewed rows go"),
    ],
)
def test_every_mistake_is_one_sentence_and_nothing_is_asked(
    run: Synthesize, arguments: list[str], complaint: str
) -> None:
    Path("made").mkdir()
    Path("made/report.json").write_text('{"kind": "topics"}')
    assert complaint in sentence(run(*arguments))
