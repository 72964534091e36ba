"""Reading the fixed list of prompts: both forms, and each wrong line by its number."""

import json
from pathlib import Path

import pytest

from models.judging.lines import LinesRefused
from training.trying.errors import TryingRefused
from training.trying.prompts import SHIPPED, list_sha256, read_prompts
from training.tuning.sampling import Prompt


def test_a_text_file_holds_one_question_a_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.txt"
    file.write_text("\ufeffWhat is laksa?\n\n  Who invented kaya?  \n", encoding="utf-8")
    found = read_prompts(file, system="Be brief.")
    assert [(one.id, one.prompt) for one in found] == [
        ("1", Prompt("What is laksa?", "Be brief.")),
        ("3", Prompt("Who invented kaya?", "Be brief.")),
    ]


def test_a_jsonl_file_may_name_system_prompts_ids_and_facts(tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    rows = [{"id": "laksa", "system": "", "question": "Q?", "facts": "F."}, {"prompt": "P?"}, {"instruction": "I?"}]
    file.write_text("\n".join(map(json.dumps, rows)))
    found = read_prompts(file, system="Be brief.")
    assert [(one.id, one.prompt.system, one.prompt.question, one.facts) for one in found] == [
        ("laksa", "", "Q?", "F."),
        ("2", "Be brief.", "P?", None),
        ("3", "Be brief.", "I?", None),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"question": "a", "prompt": "b"}', "line 2.*one field named question or instruction or prompt"),
        ('{"question": " "}', "line 2: question is empty"),
        ('{"question": 3}', "line 2: expected text as question"),
        ('{"question": "a", "sytem": "b"}', "line 2: unknown field sytem"),
        ('{"question": "a", "id": true}', "line 2: expected text or a whole number as id"),
        ('["a"]', "line 2: expected a JSON object"),
        ("{", "line 2: expected a JSON object"),
    ],
)
def test_a_wrong_line_is_named_by_its_number(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text('{"question": "fine"}\n' + line)
    with pytest.raises(LinesRefused, match=said):
        read_prompts(file)


def test_an_id_may_not_come_twice(tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text('{"question": "a", "id": 2}\n{"question": "b"}\n')
    with pytest.raises(TryingRefused, match="'2' more than once"):
        read_prompts(file)


@pytest.mark.parametrize(("text", "said"), [(b"", "holds no prompt"), (b"caf\xe9?", "not UTF-8")])
def test_a_text_file_that_cannot_be_used_is_told(tmp_path: Path, text: bytes, said: str) -> None:
    (tmp_path / "mine.txt").write_bytes(text)
    with pytest.raises(TryingRefused, match=said):
        read_prompts(tmp_path / "mine.txt")


def test_the_hash_of_a_list_moves_with_every_part_of_it(tmp_path: Path) -> None:
    lines = [
        '{"question": "a"}',
        '{"question": "b"}',
        '{"question": "a", "system": "s"}',
        '{"question": "a", "facts": "f"}',
    ]
    hashes = set()
    for line in [*lines, "\n".join(('{"question": "a"}', '{"question": "b"}'))]:
        (tmp_path / "mine.jsonl").write_text(line)
        hashes.add(list_sha256(read_prompts(tmp_path / "mine.jsonl")))
    assert len(hashes) == 5


def test_the_shipped_prompts_are_sound_and_nothing_is_trained_on_them() -> None:
    found = read_prompts(SHIPPED)
    assert len(found) == 24
    corpus = Path(__file__).resolve().parents[3] / "training" / "corpus"
    taught = "\n".join(
        file.read_text(encoding="utf-8") for file in corpus.rglob("*.*") if file.suffix in (".txt", ".jsonl")
    )
    assert not [one.id for one in found if one.prompt.question in taught]
