"""What people hand in: questions and answers as JSONL, each mistake named by its line; and files that only grow."""

import json
from pathlib import Path

import pytest

from models.judging.league import read_answers, read_questions
from models.judging.league.appending import AppendFile, FileRefused
from models.judging.league.ledger import Ledger
from models.judging.lines import LinesRefused, read_rows, sha256_of

TWO = '{"id": 1, "question": "What is laksa?", "facts": "A soup."}\n\n{"id": "b", "instruction": "And kopi?"}\n'


def put(folder: Path, text: str | bytes, name: str = "f.jsonl") -> Path:
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder / name


def test_questions_are_read_with_their_facts(tmp_path: Path) -> None:
    sheet = read_questions(put(tmp_path, TWO))
    assert [(one.id, one.text, one.facts) for one in sheet.questions] == [
        ("1", "What is laksa?", "A soup."),
        ("b", "And kopi?", None),
    ]


def test_fields_that_nothing_reads_are_named(tmp_path: Path) -> None:
    sheet = read_questions(put(tmp_path, '{"id": 1, "question": "What?", "refrence": "x", "dataset": "y"}'))
    assert sheet.ignored == ("dataset", "refrence")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no lines"),
        ("\n\n", "has no lines"),
        ("{", "line 1: expected a JSON object"),
        (TWO + "[]", "line 4: expected a JSON object"),
        (TWO + TWO, "line 4: the question '1' is there already, on line 1"),
        ('{"question": "What?"}', "line 1: expected an id"),
        ('{"id": true, "question": "What?"}', "line 1: expected an id"),
        ('{"id": " ", "question": "What?"}', "line 1: expected an id"),
        ('{"id": 1}', "expected one field named question or instruction, got none"),
        ('{"id": 1, "question": "a", "instruction": "b"}', "got question, instruction"),
        ('{"id": 1, "question": " "}', "question is empty"),
        ('{"id": 1, "question": 7}', "expected text as question"),
        ('{"id": 1, "question": "What?", "difficulty": "hard"}', "finite number as difficulty"),
        ('{"id": 1, "question": "What?", "difficulty": NaN}', "finite number as difficulty"),
        ('{"id": 1, "question": "What?", "difficulty": 1}\n{"id": 2, "question": "What?"}', "line 2: expected a diff"),
        (b'{"id": 1, "question": "caf\xe9"}', "is not UTF-8 (byte 26)"),
        ("[" * 100_000, "line 1: expected a JSON object"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(LinesRefused) as refused:
        read_questions(put(tmp_path, text))
    assert said in str(refused.value)


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    assert read_questions(put(tmp_path, TWO.encode("utf-8-sig"))).questions[0].id == "1"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LinesRefused, match=r"nowhere\.jsonl cannot be read"):
        read_rows(tmp_path / "nowhere.jsonl")


def test_answers_are_found_by_id_or_by_the_question_itself(tmp_path: Path) -> None:
    questions = read_questions(put(tmp_path, TWO)).questions
    lines = '{"id": 1, "answer": "Soup."}\n{"question": "And kopi?", "output": ""}\n{"id": "z", "response": "?"}\n'
    answers = read_answers(put(tmp_path, lines, "a.jsonl"), "mei", questions)
    assert answers.by_question == {"1": "Soup.", "b": ""}
    assert answers.unknown == ("z",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"id": 1, "answer": "x"}\n{"id": 1, "answer": "y"}', "line 2: the question '1' is there already"),
        ('{"id": 1}', "answer or output or response"),
        ('{"question": "Why?", "answer": "x"}', "its question is not among the questions"),
        ('{"id": 1, "answer": null}', "expected text as answer"),
    ],
)
def test_a_wrong_answer_is_named(tmp_path: Path, text: str, said: str) -> None:
    questions = read_questions(put(tmp_path, TWO)).questions
    with pytest.raises(LinesRefused) as refused:
        read_answers(put(tmp_path, text, "a.jsonl"), "mei", questions)
    assert said in str(refused.value)


def test_a_ledger_has_one_writer_at_a_time(tmp_path: Path) -> None:
    with Ledger(tmp_path / "l.jsonl"), pytest.raises(FileRefused, match="Another run"), Ledger(tmp_path / "l.jsonl"):
        pass
    with Ledger(tmp_path / "l.jsonl") as ledger:
        assert ledger.entries == {}


@pytest.mark.parametrize("cut", range(1, 10))
def test_an_append_file_survives_being_cut_anywhere(tmp_path: Path, cut: int) -> None:
    file = tmp_path / "a.jsonl"
    with AppendFile(file, "f/1") as first:
        first.append({"n": 1})
        first.append({"n": 2})
    file.write_bytes(file.read_bytes()[:-cut])
    with AppendFile(file, "f/1") as again:
        assert again.rows in ([{"n": 1}], [{"n": 1}, {"n": 2}])
        assert bool(again.note) == (1 < cut < 9)
        again.append({"n": 3})
    assert [json.loads(line) for line in file.read_text().splitlines()][-1] == {"n": 3}


def test_a_line_spoiled_in_the_middle_is_refused_and_nothing_is_cut(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    text = '{"format": "f/1"}\n{"n": 1\n{"n": 2}\n'
    file.write_text(text)
    with pytest.raises(FileRefused, match="line 2"), AppendFile(file, "f/1"):
        pass
    assert file.read_text() == text


@pytest.mark.parametrize("text", ["hello\nworld\n", '{"format": "other/1"}\n', "7\n", '{"format": "f/1"}\n7\n'])
def test_another_file_is_not_written_to(tmp_path: Path, text: str) -> None:
    file = put(tmp_path, text, "notes.txt")
    with pytest.raises(FileRefused), AppendFile(file, "f/1"):
        pass
    assert file.read_text() == text


@pytest.mark.parametrize(
    "row",
    [
        "{}",
        '{"key": "k", "judge": "j", "order": "ab", "fate": "judged", "preference": 2, "how": "", "reason": "", '
        '"tokens_in": 0, "tokens_out": 0, "counted": true, "ms": 1, "unread": 0}',
        '{"key": "k", "judge": "j", "order": "up", "fate": "failed", "preference": null, "how": "", "reason": "", '
        '"tokens_in": 0, "tokens_out": 0, "counted": true, "ms": 1, "unread": 0}',
    ],
)
def test_a_ledger_line_that_is_no_look_is_refused(tmp_path: Path, row: str) -> None:
    file = put(tmp_path, '{"format": "finale-judge-ledger/1"}\n' + row + "\n")
    with pytest.raises(FileRefused, match="line 2, is no look"), Ledger(file):
        pass


def test_data_is_named_by_the_hash_of_its_bytes(tmp_path: Path) -> None:
    assert sha256_of(put(tmp_path, b"abc")).startswith("ba7816bf8f01cfea")
