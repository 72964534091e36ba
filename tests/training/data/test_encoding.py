"""Encodings: certain ones are taken, likely ones are said aloud, unclear ones are asked for."""

import json
from pathlib import Path

import pytest

from training.data import DataError
from training.data.encoding import decode
from training.data.problems import Kind, Severity
from training.data.reading import Options, read

ENGLISH = "The kopitiam’s uncle said “lah” – and smiled. A café in Tiong Bahru costs £5."
SIMPLIFIED = "新加坡的小贩中心是什么？它是一个多元文化的用餐场所，人们在这里分享食物和故事。"
TRADITIONAL = "新加坡的小販中心是什麼？它是一個多元文化的用餐場所，人們在這裡分享食物和故事。"
THAI = "ศูนย์อาหารในสิงคโปร์เป็นสถานที่ที่ทุกคนมาพบกัน"


def file_of(text: str, encoding: str) -> bytes:
    return (json.dumps({"instruction": text, "response": text}, ensure_ascii=False) + "\n").encode(encoding) * 3


@pytest.mark.parametrize(
    ("text", "encoding", "found"),
    [
        (SIMPLIFIED, "utf-8", "utf-8"),
        (SIMPLIFIED, "utf-8-sig", "utf-8-sig"),
        (SIMPLIFIED, "utf-16", "utf-16"),
        (SIMPLIFIED, "utf-16-le", "utf-16-le"),
        (SIMPLIFIED, "utf-16-be", "utf-16-be"),
        (ENGLISH, "utf-16-le", "utf-16-le"),
        (SIMPLIFIED, "utf-32", "utf-32"),
        (SIMPLIFIED, "gb18030", "gb18030"),
        (TRADITIONAL, "big5", "big5"),
        (ENGLISH, "cp1252", "cp1252"),
        ("Où aller ? Ça va déjà été réservé.", "latin-1", "cp1252"),
        (THAI, "cp874", "cp874"),
    ],
)
def test_the_text_comes_out_right_and_what_is_not_plain_utf_8_is_said(text: str, encoding: str, found: str) -> None:
    decoded = decode(file_of(text, encoding), "rows.jsonl")
    assert decoded.encoding == found
    assert decoded.text == file_of(text, encoding).decode(encoding)
    assert bool(decoded.note) == (encoding != "utf-8")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("小贩中心", "gb18030"),
        ("小販中心", "big5"),
        (ENGLISH, "mac_roman"),
        ("Explain 小贩中心 to a visitor.", "gb18030"),
    ],
)
def test_an_unclear_encoding_is_asked_for_and_never_guessed(text: str, encoding: str) -> None:
    with pytest.raises(DataError, match=r"encoding is not clear.*--encoding"):
        decode(file_of(text, encoding), "rows.jsonl")
    assert decode(file_of(text, encoding), "rows.jsonl", encoding).text == file_of(text, encoding).decode(encoding)


def test_a_declared_encoding_that_is_wrong_is_refused_with_the_line() -> None:
    with pytest.raises(DataError, match=r"rows.jsonl is not utf-8: .* \(line 2\)"):
        decode(b"{}\n\xff\n", "rows.jsonl", "utf-8")


def test_an_encoding_that_does_not_exist_is_refused() -> None:
    with pytest.raises(DataError, match="no encoding 'utf-9'"):
        decode(b"{}", "rows.jsonl", "utf-9")


def test_a_cut_utf_16_file_is_refused() -> None:
    with pytest.raises(DataError, match="is not utf-16"):
        decode("Why?".encode("utf-16") + b"\0", "rows.jsonl")


def test_the_report_says_which_encoding_was_taken(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_bytes(file_of(SIMPLIFIED, "gb18030"))
    found = read(tmp_path / "rows.jsonl", Options())
    assert (found.problems[0].severity, found.problems[0].kind) == (Severity.WARNING, Kind.ENCODING)
    assert "gb18030 with a confidence of" in found.problems[0].message
    assert found.rows[0].response == SIMPLIFIED


def test_one_line_in_another_encoding_is_refused_alone(tmp_path: Path) -> None:
    sound = [json.dumps({"prompt": f"Café {n}?", "completion": "Où?"}, ensure_ascii=False).encode() for n in range(9)]
    broken = json.dumps({"prompt": "Café?", "completion": "Où?"}, ensure_ascii=False).encode("cp1252")
    (tmp_path / "rows.jsonl").write_bytes(b"\n".join([*sound, broken]))
    found = read(tmp_path / "rows.jsonl", Options())
    assert len(found.rows) == 9
    assert [(one.line, one.reason) for one in found.refused] == [(10, "holds bytes that are not UTF-8")]


def test_a_megabyte_of_another_encoding_is_judged_by_its_beginning() -> None:
    data = file_of(SIMPLIFIED, "gb18030") * 3000
    assert len(data) > 2**20
    assert decode(data, "rows.jsonl").text == data.decode("gb18030")
