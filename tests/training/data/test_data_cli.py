"""`finale train data` as an entrant types it: every act from file to file, and one clear sentence for every mistake."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from training.cli import app
from training.data import read_rows

Train = Callable[..., Result]
LONG = " ".join(f"word{n}" for n in range(60))


@pytest.fixture
def train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Train:
    """Runs `finale train data ARGUMENTS` in a fresh folder with two files: sound.jsonl and broken.jsonl."""
    monkeypatch.chdir(tmp_path)
    sound = [{"instruction": f"Question {n}?", "response": f"{LONG[n:]} says number {n}."} for n in range(3)]
    sound += [
        {"instruction": f"Other {n}?", "response": f"Nothing like it, {n} times {n * n} [lah]."} for n in range(17)
    ]
    text = "".join(json.dumps(one) + "\n" for one in sound)
    Path("sound.jsonl").write_text(text)
    Path("broken.jsonl").write_text(text + '{"instruction": "Why?"}\n{"x": \n')
    return lambda *arguments: CliRunner().invoke(app, ["data", *map(str, arguments)])


def sentence(result: Result) -> str:
    """The one sentence of what could not be done."""
    assert result.exit_code == 2, (result.exit_code, result.output, result.exception)
    assert "Traceback" not in result.output
    (line,) = result.stderr.strip().splitlines()
    return line


def test_check_lists_problems_by_line_and_fails(train: Train) -> None:
    result = train("check", "sound.jsonl", "broken.jsonl")
    assert result.exit_code == 1
    assert "sound.jsonl: 20 records, 20 rows, 0 refused" in result.stdout
    assert "line 21: has 'instruction', but no 'response' or 'output': nothing to learn" in result.stdout
    assert "line 22, column 7: not JSON" in result.stdout
    assert "the same as sound.jsonl, line 1" in result.stdout
    assert train("check", "sound.jsonl").exit_code == 0


def test_check_as_json_has_every_problem(train: Train) -> None:
    told = json.loads(train("check", "broken.jsonl", "--json").stdout)
    assert [problem["line"] for problem in told[0]["problems"]] == [21, 22]


def test_convert_stops_at_a_bad_record_and_leaves_it_behind_when_told(train: Train) -> None:
    assert "2 of 22 records make no row" in sentence(train("convert", "broken.jsonl", "-o", "rows.jsonl"))
    assert not Path("rows.jsonl").exists()
    result = train("convert", "broken.jsonl", "-o", "rows.jsonl", "--rejects", "left.jsonl", "--system", "Be kind.")
    assert result.exit_code == 0
    assert {one.system for one in read_rows(Path("rows.jsonl"))} == {"Be kind."}
    assert [json.loads(line)["line"] for line in Path("left.jsonl").read_text().splitlines()] == [21, 22]
    assert json.loads(Path("rows.jsonl.report.json").read_text())["files"][0]["refused"] == 2


def test_convert_maps_columns_and_measures_rows(train: Train) -> None:
    Path("odd.csv").write_text(f'frage,antwort\nWhy?,So.\nWho?,"{LONG}"\n')
    columns = ("--map", "instruction=frage", "--map", "response=antwort")
    assert (
        train("convert", "odd.csv", "-o", "rows.jsonl", *columns, "--max-tokens", 50, "--rejects", "r").exit_code == 0
    )
    assert [one.response for one in read_rows(Path("rows.jsonl"))] == ["So."]
    assert "at most 50 fit" in json.loads(Path("r").read_text())["reason"]


def test_from_a_file_to_a_split_and_a_card(train: Train) -> None:
    steps = [
        ("convert", "sound.jsonl", "-o", "a.jsonl"),
        ("curate", "dedupe", "a.jsonl", "-o", "b.jsonl"),
        ("curate", "length", "b.jsonl", "-o", "c.jsonl", "--least", 3),
        ("curate", "language", "c.jsonl", "-o", "d.jsonl", "-l", "en"),
        ("curate", "longest", "d.jsonl", "-k", 14, "-o", "e.jsonl"),
        ("curate", "random", "e.jsonl", "-k", 12, "-o", "f.jsonl"),
        ("curate", "mix", "f.jsonl=2", "sound.jsonl=1", "-o", "g.jsonl"),
        ("split", "f.jsonl", "-o", "split", "--share", 0.25),
        ("card", "split/training.jsonl", "-o", "card", "--licence", "CC-BY-4.0", "--name", "Stories"),
    ]
    for step in steps:
        result = train(*step)
        assert result.exit_code == 0, (step, result.output)
    assert len(read_rows(Path("split/training.jsonl"))) == 9
    assert len(read_rows(Path("split/validation.jsonl"))) == 3
    story = [step.name for step in read_rows(Path("split/training.jsonl"))[0].source.steps]
    assert story == ["dedupe", "length", "language", "longest", "random", "split"]
    assert "| licence | CC-BY-4.0 |" in Path("card/README.md").read_text()
    assert json.loads(Path("b.jsonl.report.json").read_text())["removed"][0]["reason"].split()[1:2] == ["like"]


def test_overlaps_are_reported_and_removed_only_when_told(train: Train) -> None:
    Path("event.json").write_text(json.dumps({"questions": [{"text": "Other 5?"}]}))
    result = train("overlaps", "event.json", "sound.jsonl")
    assert result.exit_code == 1
    assert "sound.jsonl, line 9, holds question 1 word for word" in result.stdout
    assert "1 of 20 rows hold a question." in result.stdout
    assert json.loads(train("overlaps", "event.json", "sound.jsonl", "--json").stdout)[0]["row_question"] == "Other 5?"
    assert train("overlaps", "event.json", "sound.jsonl", "--remove", "-o", "clean.jsonl").exit_code == 0
    assert len(read_rows(Path("clean.jsonl"))) == 19
    assert train("overlaps", "event.json", "clean.jsonl").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["check", "nowhere.jsonl"], "There is no nowhere.jsonl"),
        (["check", "empty.jsonl"], "empty.jsonl is empty"),
        (["check", "sound.jsonl", "--map", "response"], "--map takes FIELD=COLUMN"),
        (["check", "sound.jsonl", "--map", "reply=response"], "no field 'reply'"),
        (["check", "sound.jsonl", "--encoding", "utf-16"], "is not utf-16"),
        (["check", "sound.jsonl", "--max-tokens", "9", "--tokenizer", "."], "holds no tokenizer"),
        (["convert", "sound.jsonl", "-o", "broken.jsonl"], "is there already"),
        (["convert", "wrong.jsonl", "-o", "x.jsonl", "--rejects", "r"], "None of the records makes a row"),
        (["curate", "longest", "broken.jsonl", "-k", "3", "-o", "x.jsonl"], "2 of 22 records make no row"),
        (["curate", "longest", "sound.jsonl", "-k", "99", "-o", "x.jsonl"], "1 to 20 of these rows, not 99"),
        (["curate", "dedupe", "sound.jsonl", "-o", "x.jsonl", "--threshold", "2"], "between 0.3 and 1"),
        (["curate", "language", "sound.jsonl", "-o", "x.jsonl", "-l", "xx"], "no language xx"),
        (["curate", "mix", "sound.jsonl", "-o", "x.jsonl"], "FILE=WEIGHT"),
        (["split", "same.jsonl", "-o", "x"], "cannot be split"),
        (["overlaps", "empty.jsonl", "sound.jsonl"], "holds no question"),
        (["overlaps", "sound.jsonl", "sound.jsonl", "--remove"], "belong together"),
        (["card", "sound.jsonl", "-o", "x"], "needs the licence"),
    ],
)
def test_every_mistake_is_one_sentence_that_says_what_to_do(train: Train, arguments: list[str], complaint: str) -> None:
    Path("empty.jsonl").touch()
    Path("wrong.jsonl").write_text('{"text": "Why?"}\n')
    Path("same.jsonl").write_text('{"prompt": "Why?", "completion": "So it is, lah."}\n' * 200)
    assert complaint in sentence(train(*arguments))
    assert not Path("x.jsonl").exists()
