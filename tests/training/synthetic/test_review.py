"""Review by hand: written for a spreadsheet, read back as it was saved, every mistake told by line."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.training.data.made_up import row
from training.synthetic.errors import SynthesisRefused
from training.synthetic.review import apply_review, write_review

ROWS = [
    row("Why?", "- one\n- two", line=1),
    row("Who?", "=SUM(A1) is no answer", line=2, system="Be kind, “lah”."),
    row("为什么?", "'quoted', he said", line=3),
]
Lines = list[dict[str, str]]


def edited(folder: Path, change: Callable[[Lines], Lines], name: str = "review.csv") -> Path:
    """A review file as a person would leave it."""
    path = folder / name
    write_review(path, ROWS, {ROWS[0].id: "- one"})
    if path.suffix == ".jsonl":
        lines = change([json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()])
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        return path
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = change(list(csv.DictReader(file)))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]), delimiter=";")  # as some spreadsheets save it
        writer.writeheader()
        writer.writerows(lines)
    return path


@pytest.mark.parametrize("name", ["review.csv", "review.jsonl"])
def test_a_file_that_nobody_changed_keeps_every_row_as_it_is(tmp_path: Path, name: str) -> None:
    found = apply_review(edited(tmp_path, lambda lines: lines, name), ROWS)
    assert [one.messages for one in found.rows] == [one.messages for one in ROWS]
    assert (found.edited, found.dropped) == (0, 0)
    assert found.rows[0].source.steps[-1].settings == {"decision": "kept"}


@pytest.mark.parametrize("name", ["review.csv", "review.jsonl"])
def test_rows_are_dropped_and_edited(tmp_path: Path, name: str) -> None:
    def change(lines: Lines) -> Lines:
        lines[0] |= {"decision": "DROP "}
        lines[1] |= {"response": "A better answer.\r\nIn two lines.\r\n"}
        return lines

    found = apply_review(edited(tmp_path, change, name), ROWS)
    assert [one.response for one in found.rows] == ["A better answer.\nIn two lines.", "'quoted', he said"]
    assert (found.edited, found.dropped) == (1, 1)
    assert found.rows[0].source.steps[-1].settings == {"decision": "edited", "before": ROWS[1].id}
    assert found.rows[0].system == "Be kind, “lah”."


def test_cells_that_look_like_formulas_are_marked_and_come_back_as_they_were(tmp_path: Path) -> None:
    write_review(tmp_path / "r.csv", ROWS, {})
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [line["response"] for line in csv.DictReader(file)]
    assert [cell[0] for cell in cells] == ["'", "'", "'"]
    assert apply_review(tmp_path / "r.csv", ROWS).edited == 0


def test_the_response_before_refining_is_shown(tmp_path: Path) -> None:
    write_review(tmp_path / "r.jsonl", ROWS, {ROWS[0].id: "old words"})
    lines = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    assert [line["before"] for line in lines] == ["old words", "", ""]
    assert lines[1]["instruction"] == "System: Be kind, “lah”.\n\nUser: Who?"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda lines: [{**lines[0], "decision": "maybe"}, *lines[1:]], r"line 2: expected keep or drop, got 'maybe'"),
        (lambda lines: [{**lines[0], "decision": ""}, *lines[1:]], r"line 2: expected keep or drop"),
        (lambda lines: [*lines[:2], {**lines[2], "id": "0000"}], r"line 7: no row has the id '0000'"),
        (lambda lines: [lines[0], lines[0], *lines[1:]], r"line 4: \w+ was decided before"),
        (lambda lines: lines[:2], r"1 rows have no line"),
        (lambda lines: [{**lines[0], "instruction": "User: How?"}, *lines[1:]], "only the response can be edited"),
        (lambda lines: [{**lines[0], "response": " "}, *lines[1:]], "write drop to leave the row out"),
        (lambda lines: [{key: line[key] for key in ("id", "decision")} for line in lines], "has no instruction, resp"),
        (lambda lines: [{**line, "decision": "drop"} for line in lines], "drops every row"),
    ],
)
def test_a_mistake_is_told_by_line_and_nothing_is_applied(
    tmp_path: Path, change: Callable[[Lines], Lines], complaint: str
) -> None:
    with pytest.raises(SynthesisRefused, match=complaint):
        apply_review(edited(tmp_path, change), ROWS)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    path = edited(tmp_path, lambda lines: [{**line, "decision": "?"} for line in lines])
    with pytest.raises(SynthesisRefused) as refused:
        apply_review(path, ROWS)
    assert str(refused.value).count("expected keep or drop") == 3


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("r.csv", "", "holds no decision"),
        ("r.csv", "id,decision,instruction,response\n", "holds no decision"),
        ("r.csv", 'id,decision,instruction,response\nx,"keep', "Mend the quotes"),
        ("r.jsonl", '{"id": ', "line 1, is not JSON"),
        ("r.jsonl", "[1]\n", "should be an object of texts"),
    ],
)
def test_a_file_that_is_no_review_is_refused(tmp_path: Path, name: str, text: str, complaint: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(SynthesisRefused, match=complaint):
        apply_review(tmp_path / name, ROWS)


def test_rows_of_the_same_text_cannot_be_reviewed(tmp_path: Path) -> None:
    with pytest.raises(SynthesisRefused, match="identical"):
        write_review(tmp_path / "r.csv", [ROWS[0], ROWS[0]])
