"""Labelled pairs in the shapes that they come in, and what is refused by line."""

import json
from pathlib import Path
from typing import Any

import pytest

from models.judging.calibration import Label, read_labelled
from models.judging.lines import LinesRefused


def put(folder: Path, *rows: dict[str, Any]) -> Path:
    (folder / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder / "pairs.jsonl"


def ours(**changes: Any) -> dict[str, Any]:
    return {"question": "What is laksa?", "answer_a": "A soup.", "answer_b": "A hat.", "label": "a"} | changes


def llmbar(**changes: Any) -> dict[str, Any]:
    return {"input": "What is laksa?", "output_1": "A soup.", "output_2": "A hat.", "label": 1} | changes


def alpaca(**changes: Any) -> dict[str, Any]:
    return {"instruction": "Say it.", "output_1": "A soup.", "output_2": "A hat.", "preference": 1.0} | changes


@pytest.mark.parametrize(
    ("row", "label"),
    [
        (ours(), Label.A),
        (ours(label="B"), Label.B),
        (ours(label=" Tie "), Label.TIE),
        (ours(label=1), Label.A),
        (ours(label=-1), Label.B),
        (ours(label=0), Label.TIE),
        (ours(label="-1"), Label.B),
        (llmbar(), Label.A),
        (llmbar(label=2), Label.B),
        (llmbar(label="2"), Label.B),
        (alpaca(preference=1.37), Label.A),
        (alpaca(preference=1.51), Label.B),
        (alpaca(preference=1.5), Label.TIE),
        (alpaca(preference=0), Label.TIE),
    ],
)
def test_labels_of_every_shape_mean_the_same(tmp_path: Path, row: dict[str, Any], label: Label) -> None:
    other = ours(question="Another", label="a")
    assert read_labelled(put(tmp_path, row, other)).pairs[0].label is label


def test_an_input_belongs_to_its_instruction_or_is_the_question_itself(tmp_path: Path) -> None:
    data = read_labelled(put(tmp_path, alpaca(input="Laksa"), alpaca(input=""), llmbar()))
    assert [one.pair.question for one in data.pairs] == ["Say it.\n\nLaksa", "Say it.", "What is laksa?"]


def test_the_same_pair_several_times_is_one_pair_with_several_votes(tmp_path: Path) -> None:
    data = read_labelled(put(tmp_path, ours(), ours(label="b"), ours(label="b"), ours(question="Else")))
    assert [(one.id, one.label, one.votes) for one in data.pairs] == [("1", Label.B, 3), ("4", Label.A, 1)]
    assert data.rows == 4


def test_as_many_votes_for_each_are_a_tie(tmp_path: Path) -> None:
    data = read_labelled(put(tmp_path, ours(), ours(label="b"), ours(question="Else")))
    assert data.pairs[0].label is Label.TIE
    assert data.counts == {Label.A: 1, Label.B: 0, Label.TIE: 1}
    assert [one.id for one in data.preferred] == ["3"]


def test_fields_that_nothing_reads_are_named(tmp_path: Path) -> None:
    assert read_labelled(put(tmp_path, ours(annotator=3, facts="It is a soup."))).ignored == ("annotator",)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (ours(label="c"), "line 2: expected label to be a, b or tie (or 1, -1, 0), got 'c'"),
        (ours(label=2), "got '2'"),
        (ours(label=True), "got 'True'"),
        (ours(label=None), "got 'None'"),
        (ours(label=[1]), "got '[1]'"),
        (llmbar(label=3), "expected label to be 1, 2 or a number between"),
        (llmbar(label="a"), "got 'a'"),
        (alpaca(preference=float("nan")), "got 'nan'"),
        (alpaca(label=1), "got label, preference"),
        ({"question": "x", "answer_a": "1", "answer_b": "2"}, "got none"),
        ({"question": "x", "answer_a": "1", "label": "a"}, "answer_b"),
        ({"question": "x", "label": "a"}, "expected the two answers as answer_a and answer_b"),
        (ours(output_1="x"), "expected the two answers"),
        (ours(question=""), "question is empty"),
        (ours(answer_a=7), "expected text as answer_a"),
        ({"answer_a": "1", "answer_b": "2", "label": "a"}, "question or instruction or input"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, row: dict[str, Any], said: str) -> None:
    with pytest.raises(LinesRefused) as refused:
        read_labelled(put(tmp_path, ours(), row))
    assert said in str(refused.value)
    assert "line 2" in str(refused.value)


def test_nothing_but_ties_calibrates_nobody(tmp_path: Path) -> None:
    with pytest.raises(LinesRefused, match="every pair is a tie"):
        read_labelled(put(tmp_path, ours(label="tie")))
