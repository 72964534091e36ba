"""The hand-written pairs beside the topics: their form, their registers, and that nothing is written twice."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from training.corpus import read

FOLDER = read.FOLDER.parent / "pairs"
FILES = sorted(FOLDER.glob("*.jsonl"))
FIELDS = {"system", "instruction", "response", "register"}
REGISTERS = {"points", "short", "memoir", "humorous", "singlish", "plain", "formal"}
LEAST_ROWS = 10  # in each file
LEAST_TOPICS, LEAST_PAIRS = 40, 400
NUMBERED = re.compile(r"^(\d+)\. \S", re.M)
SENTENCE_END = re.compile(r"(?<!\s[A-Z])[.?!][\"')]*(?=\s|$)")  # the dot of an initial ends no sentence


def pairs(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def everything() -> list[dict[str, str]]:
    return [pair for file in FILES for pair in pairs(file)]


def test_there_are_enough_topics_and_enough_pairs() -> None:
    assert len(read.topics()) >= LEAST_TOPICS
    assert len(everything()) >= LEAST_PAIRS


def test_every_topic_has_its_pairs() -> None:
    assert {topic.id for topic in read.topics()} == {file.stem for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_file_holds_ten_pairs_and_every_register(file: Path) -> None:
    rows = pairs(file)
    assert len(rows) >= LEAST_ROWS
    assert {row["register"] for row in rows} == REGISTERS


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_row_has_its_four_fields_and_text_in_them(file: Path) -> None:
    for row in pairs(file):
        assert set(row) == FIELDS, row
        assert all(isinstance(value, str) and value == value.strip() for value in row.values()), row
        assert row["instruction"], row
        assert row["response"], row
        assert not re.search(r"[{}]", "".join(row.values())), row


def test_no_response_and_no_instruction_occurs_twice() -> None:
    for field in ("response", "instruction"):
        counts = Counter(row[field].casefold() for row in everything())
        assert [text for text, count in counts.items() if count > 1] == []


def test_no_instruction_is_one_of_the_questions_of_a_topic() -> None:
    asked = {line for topic in read.topics() for line in topic.lines("asks")}
    assert [row["instruction"] for row in everything() if row["instruction"] in asked] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_points_are_numbered_from_one_and_other_registers_have_no_list(file: Path) -> None:
    for row in pairs(file):
        numbers = NUMBERED.findall(row["response"])
        assert numbers == [str(n) for n in range(1, len(numbers) + 1)], row
        assert (len(numbers) >= 3) == (row["register"] == "points"), row


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_short_means_at_most_two_sentences(file: Path) -> None:
    for row in pairs(file):
        if row["register"] == "short":
            assert 1 <= len(SENTENCE_END.findall(row["response"])) <= 2, row


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_response_ends_as_a_finished_sentence(file: Path) -> None:
    for row in pairs(file):
        assert row["response"].rstrip("\"')").endswith((".", "?", "!")), row
