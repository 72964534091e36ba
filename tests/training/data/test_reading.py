"""Files as entrants bring them: every shape, every format, and everything that may be wrong with a line."""

import contextlib
import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.data.made_up import row
from training.data import DataError, read_rows, write_rows
from training.data.problems import Kind, Severity
from training.data.reading import Options, Reading, read, read_all
from training.data.records import Format

ASK = {"role": "user", "content": "Why?"}
SAY = {"role": "assistant", "content": "So."}
HUMAN, GPT = {"from": "human", "value": "Why?"}, {"from": "gpt", "value": "So."}


def reading(folder: Path, text: str | bytes, name: str = "rows.jsonl", **options: Any) -> Reading:
    """What `read` makes of a file with this content."""
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(file, Options(**options))


def lines(*records: Any) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def errors(found: Reading) -> list[tuple[int | None, Kind]]:
    return [(problem.line, problem.kind) for problem in found.problems if problem.severity is Severity.ERROR]


@pytest.mark.parametrize(
    ("record", "shape", "told"),
    [
        ({"instruction": "Why?", "context": "", "response": "So."}, "instruction-context-response", "Why?"),
        (
            {"instruction": "Why?", "context": "It is.", "response": "So."},
            "instruction-context-response",
            "Why?\n\nIt is.",
        ),
        ({"instruction": "Why?", "response": "So."}, "instruction-context-response", "Why?"),
        ({"Instruction ": "Why?", "RESPONSE": "So."}, "instruction-context-response", "Why?"),
        ({"instruction": "Why?", "input": "It is.", "output": "So."}, "instruction-input-output", "Why?\n\nIt is."),
        ({"instruction": "Why?", "input": None, "output": "So."}, "instruction-input-output", "Why?"),
        ({"prompt": "Why?", "completion": "So."}, "prompt-completion", "Why?"),
        ({"prompt": [ASK], "completion": [SAY]}, "prompt-completion", "Why?"),
        ({"prompt": [ASK], "completion": "So."}, "prompt-completion", "Why?"),
        ({"messages": [ASK, SAY]}, "messages", "Why?"),
        ({"conversations": [HUMAN, GPT]}, "conversations", "Why?"),
        ({"conversations": [ASK, SAY], "prompt": "x", "completion": "y"}, "conversations", "Why?"),
    ],
)
def test_every_shape_becomes_the_same_row(tmp_path: Path, record: Any, shape: str, told: str) -> None:
    found = reading(tmp_path, lines(record))
    assert [one.chat() for one in found.rows] == [[{"role": "user", "content": told}, SAY]]
    assert (found.rows[0].source.file, found.rows[0].source.line, found.rows[0].source.shape) == (
        "rows.jsonl",
        1,
        shape,
    )
    assert found.rows[0].source.sha256 == found.sha256
    assert found.is_clean


@pytest.mark.parametrize(
    "record",
    [
        {"system": "Be kind.", "instruction": "Why?", "response": "So."},
        {"system": "Be kind.", "messages": [ASK, SAY]},
        {"messages": [{"role": "system", "content": "Be kind."}, ASK, SAY]},
        {"conversations": [{"from": "system", "value": "Be kind."}, HUMAN, GPT]},
        {"system": "Be kind.", "prompt": [ASK], "completion": [SAY]},
    ],
)
def test_a_system_prompt_is_kept_and_an_option_does_not_replace_it(tmp_path: Path, record: Any) -> None:
    assert reading(tmp_path, lines(record), system="Be strict.").rows[0].system == "Be kind."


def test_the_option_gives_a_system_prompt_where_there_is_none(tmp_path: Path) -> None:
    assert reading(tmp_path, lines({"messages": [ASK, SAY]}), system="Be strict.").rows[0].system == "Be strict."


@pytest.mark.parametrize(
    ("line", "kind", "complaint"),
    [
        ('{"instruction": "Why?"}', Kind.NO_RESPONSE, "no 'response' or 'output'"),
        ('{"instruction": "Why?", "response": ""}', Kind.NO_RESPONSE, "nothing to learn"),
        ('{"instruction": "Why?", "response": null}', Kind.NO_RESPONSE, "nothing to learn"),
        ('{"prompt": "Why?"}', Kind.NO_RESPONSE, "no 'completion'"),
        ('{"messages": [{"role": "user", "content": "Why?"}]}', Kind.NO_RESPONSE, "the user's"),
        ('{"conversations": [{"from": "gpt", "value": "So."}]}', Kind.SHAPE, "should be the user's"),
        ('{"messages": []}', Kind.SHAPE, "no user message"),
        ('{"messages": 3}', Kind.SHAPE, "should be a text, not int"),
        ('{"messages": ["Why?"]}', Kind.SHAPE, "message 1 should be an object"),
        ('{"messages": [{"role": "tool", "content": "x"}]}', Kind.SHAPE, "said by 'tool'"),
        ('{"messages": [{"role": "assistant", "tool_calls": [1]}]}', Kind.SHAPE, "calls a tool"),
        ('{"system": "x", "messages": [{"role": "system", "content": "y"}, {"role": "user", "content": "z"}, '
         '{"role": "assistant", "content": "a"}]}', Kind.SHAPE, "system prompt twice"),
        ('{"instruction": "", "response": "So."}', Kind.EMPTY, "instruction is empty"),
        ('{"instruction": "Why?", "response": 42}', Kind.SHAPE, "should be a text, not int"),
        ('{"text": "Why? So."}', Kind.SHAPE, "make no known shape"),
        ('{"response": "So.", "Response": "So.", "instruction": "x"}', Kind.SHAPE, "two fields that mean 'response'"),
        ('["Why?", "So."]', Kind.SHAPE, "expected an object"),
        ('{"instruction": "Why?", "response": "So."', Kind.MALFORMED, "not JSON"),
        ("{'instruction': 'Why?'}", Kind.MALFORMED, "double quotes"),
        ('{"instruction": "Why?"} {"x": 1}', Kind.MALFORMED, "line of its own"),
        ('{"instruction": "Why?", "instruction": "Who?", "response": "So."}', Kind.MALFORMED, "more than once"),
        ('{"instruction": NaN, "response": "So."}', Kind.MALFORMED, "NaN is no JSON value"),
        ('{"instruction": "Why?", "response": "\\ud83d"}', Kind.SHAPE, "half a character"),
        ('{"instruction": "Why?", "response": "S\\u0000o"}', Kind.SHAPE, "wrong encoding"),
        ("[" * 100_000, Kind.MALFORMED, "nested too deeply"),
    ],
)  # fmt: skip
def test_a_bad_line_is_refused_with_its_number_and_its_neighbours_are_kept(
    tmp_path: Path, line: str, kind: Kind, complaint: str
) -> None:
    good = json.dumps({"instruction": "Why?", "response": "So."})
    found = reading(tmp_path, f"{good}\n{line}\n{good}\n")
    assert errors(found) == [(2, kind)]
    assert complaint in found.problems[0].message
    assert [one.source.line for one in found.rows] == [1, 3]
    assert [(one.line, one.raw) for one in found.refused] == [(2, line)]
    assert found.records == 3
    assert not found.is_clean


def test_malformed_json_is_told_with_its_column(tmp_path: Path) -> None:
    found = reading(tmp_path, '{"instruction": "Why?", "response": So}\n')
    assert (found.problems[0].line, found.problems[0].column) == (1, 37)


def test_nothing_is_silent_about_blank_lines_and_columns_without_a_part(tmp_path: Path) -> None:
    record = {"instruction": "Why?", "response": "So.", "category": "qa"}
    found = reading(tmp_path, lines(record) + "\n" + lines(record | {"instruction": "Who?"}))
    assert [(problem.severity, problem.kind, problem.line) for problem in found.problems] == [
        (Severity.NOTE, Kind.BLANK, 2),
        (Severity.NOTE, Kind.COLUMNS, None),
    ]
    assert "'category' plays no part in 2 rows" in found.problems[1].message
    assert found.is_clean


def test_unused_parts_of_messages_are_named(tmp_path: Path) -> None:
    found = reading(tmp_path, lines({"messages": [ASK | {"weight": 1, "name": None}, SAY], "prompt_id": "x"}))
    said = " ".join(problem.message for problem in found.problems)
    assert "messages[].weight" in said
    assert "prompt_id" in said
    assert "name'" not in said


def test_columns_of_other_names_are_mapped(tmp_path: Path) -> None:
    mapping = {"instruction": "frage", "response": "answer", "context": "notes"}
    records = [{"frage": "Why?", "answer": "So."}, {"frage": "Who?", "answer": "I.", "notes": "Me."}]
    found = reading(tmp_path, lines(*records), mapping=mapping)
    assert [one.question for one in found.rows] == ["Why?", "Who?\n\nMe."]


def test_a_mapped_column_that_no_row_has_is_an_error(tmp_path: Path) -> None:
    found = reading(tmp_path, lines({"instruction": "Why?", "response": "So."}), mapping={"context": "notse"})
    assert "no row has a column 'notse'" in found.problems[-1].message
    assert not found.is_clean


@pytest.mark.parametrize("mapping", [{"answer": "x"}, {"instruction": "x", "response": "x"}])
def test_a_mapping_that_makes_no_sense_is_refused(tmp_path: Path, mapping: dict[str, str]) -> None:
    with pytest.raises(DataError, match=r"no field 'answer'|the same column"):
        reading(tmp_path, lines({"x": 1}), mapping=mapping)


def test_a_json_list_gives_each_row_its_line(tmp_path: Path) -> None:
    text = '[\n  {"instruction": "Why?",\n   "response": "So."},\n\n  {"instruction": "Who?", "response": "I."}, 7\n]\n'
    found = reading(tmp_path, text, "rows.json")
    assert found.form is Format.JSON
    assert [one.source.line for one in found.rows] == [2, 5]
    assert errors(found) == [(5, Kind.SHAPE)]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[\n{"instruction": "Why?", "response": "So."},\n{"instruction": }\n]', "Expecting value"),
        ('[\n{"instruction": "Why?", "response": "So."},\n', "Expecting value"),
        ('[\n{"instruction": "Why?", "response": "So."}\n{"instruction"', "Expecting , or ]"),
        ('[\n{"instruction": "Why?", "response": "So."}\n]\n{"x": 1}', "more behind the end"),
    ],
)
def test_a_broken_json_list_keeps_what_came_before(tmp_path: Path, text: str, complaint: str) -> None:
    found = reading(tmp_path, text, "rows.json")
    assert len(found.rows) == 1
    assert complaint in found.problems[0].message
    assert not found.is_clean


def test_a_json_file_that_holds_lines_is_read_as_lines(tmp_path: Path) -> None:
    assert reading(tmp_path, lines({"messages": [ASK, SAY]}), "train.json").form is Format.JSONL


def test_csv_with_line_breaks_quotes_and_another_separator(tmp_path: Path) -> None:
    text = 'instruction;context;response\n"Why\nnow?";;"He said ""so""; I think."\nWho?;;I.\n'
    found = reading(tmp_path, text, "rows.csv")
    assert [(one.question, one.response, one.source.line) for one in found.rows] == [
        ("Why\nnow?", 'He said "so"; I think.', 2),
        ("Who?", "I.", 4),
    ]
    assert "separated by ';'" in found.problems[0].message


def test_messages_in_a_csv_are_json(tmp_path: Path) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([["messages"], [json.dumps([ASK, SAY])], ["Why?"]])
    found = reading(tmp_path, out.getvalue(), "rows.csv")
    assert len(found.rows) == 1
    assert errors(found) == [(3, Kind.SHAPE)]


def test_a_csv_line_with_too_few_columns_or_an_open_quote_is_refused(tmp_path: Path) -> None:
    found = reading(tmp_path, 'instruction,response\nWhy?\n\nWho?,I.\n"When?,x\n', "rows.csv")
    assert errors(found) == [(2, Kind.MALFORMED), (5, Kind.MALFORMED)]
    assert len(found.rows) == 1


@pytest.mark.parametrize("header", ["instruction,instruction", "instruction,,response"])
def test_a_csv_header_must_name_every_column_once(tmp_path: Path, header: str) -> None:
    with pytest.raises(DataError, match="must name every column once"):
        reading(tmp_path, f"{header}\na,b\n", "rows.csv")


@pytest.mark.parametrize(("text", "name"), [("", "a.jsonl"), (" \n\n", "a.json"), ("", "a.csv"), ("[]", "a.json")])
def test_an_empty_file_is_an_error(tmp_path: Path, text: str, name: str) -> None:
    with pytest.raises(DataError, match=r"a\.\w+ (is empty|holds no row)"):
        reading(tmp_path, text, name)


def test_a_header_without_rows_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no row"):
        reading(tmp_path, "instruction,response\n", "a.csv")


def test_identical_rows_are_told_within_a_file_and_across_files_of_the_same_name(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.jsonl").write_text(lines({"prompt": "Why?", "completion": "So."}) * 2)
    first, second = read_all([tmp_path / "a/x.jsonl", tmp_path / "b/x.jsonl"])
    assert [problem.line for problem in first.problems] == [2]
    assert [problem.line for problem in second.problems] == [1, 2]
    assert all("a/x.jsonl, line 1" in problem.message for problem in first.problems + second.problems)
    assert first.is_clean, "an identical row is kept: taking it out is a step of its own"


def test_rows_that_are_too_long_are_refused_not_cut(tmp_path: Path) -> None:
    records = [{"prompt": "Why?", "completion": "So. " * n} for n in (1, 50, 2)]
    options = {"lengths": lambda rows: [len(one.response.split()) for one in rows], "most_tokens": 10}
    found = reading(tmp_path, lines(*records), **options)
    assert errors(found) == [(2, Kind.LONG)]
    assert "50 tokens" in found.problems[0].message
    assert (len(found.rows), found.records) == (2, 3)


def test_canonical_rows_keep_their_provenance_and_edited_ones_begin_anew(tmp_path: Path) -> None:
    write_rows(tmp_path / "rows.jsonl", [row("Why?", "So.", line=70), row("Who?", "I.", line=71)])
    text = (tmp_path / "rows.jsonl").read_text().replace('"I."', '"Me."')
    found = reading(tmp_path, text)
    assert [(one.source.file, one.source.line) for one in found.rows] == [("made-up.jsonl", 70), ("rows.jsonl", 2)]
    assert [(problem.kind, problem.line) for problem in found.problems] == [(Kind.EDITED, 2)]
    write_rows(tmp_path / "again.jsonl", found.rows)
    assert read_rows(tmp_path / "again.jsonl") == found.rows


def test_garbled_text_is_warned_about(tmp_path: Path) -> None:
    found = reading(tmp_path, lines({"prompt": "Why?", "completion": "It’s so.".encode().decode("cp1252")}))
    assert [(problem.severity, problem.kind) for problem in found.problems] == [(Severity.WARNING, Kind.TEXT)]


def test_the_report_is_json(tmp_path: Path) -> None:
    told = json.loads(json.dumps(reading(tmp_path, lines({"prompt": "Why?", "completion": "So."}, {})).as_json()))
    assert (told["records"], told["rows"], told["refused"], told["shapes"]) == (2, 1, 1, {"prompt-completion": 1})
    assert told["problems"][0]["line"] == 2


@given(st.binary(max_size=300), st.sampled_from(["a.jsonl", "a.json", "a.csv"]))
def test_any_bytes_give_rows_and_problems_or_one_clear_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str
) -> None:
    with contextlib.suppress(DataError):
        found = reading(tmp_path_factory.getbasetemp(), data, name)
        assert found.records == len(found.rows) + len(found.refused) > 0
