"""The canonical row: what it accepts, its hash, its file."""

import errno
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.data.made_up import SOURCE, row
from training.data import DataError, Message, Role, Step, fingerprint, made, read_rows, write_rows
from training.data.jsonl import as_json, as_line, from_json

USER, ASSISTANT, SYSTEM = Role.USER, Role.ASSISTANT, Role.SYSTEM
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1).filter(str.strip)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=3), st.none() | TEXT)
def test_a_row_comes_back_from_its_line_as_it_was(turns: list[tuple[str, str]], system: str | None) -> None:
    told = [Message(SYSTEM, system)] if system else []
    for asked, answered in turns:
        told += [Message(USER, asked), Message(ASSISTANT, answered)]
    one = made(told, SOURCE).with_step(Step("longest", {"k": 3, "seed": None, "share": 0.5}))
    assert from_json(json.loads(as_line(one))) == one
    assert as_line(one).count("\n") == 1


@pytest.mark.parametrize(
    ("messages", "complaint"),
    [
        ([], "no user message"),
        ([Message(SYSTEM, "Be kind.")], "no user message"),
        ([Message(USER, "Why?")], "no response"),
        ([Message(ASSISTANT, "So.")], "turn 1 should be the user's"),
        ([Message(USER, "Why?"), Message(USER, "Why?")], "turn 2 should be the assistant's"),
        ([Message(USER, "Why?"), Message(SYSTEM, "x"), Message(ASSISTANT, "y")], "turn 2 should be the assistant's"),
        ([Message(USER, "Why?"), Message(ASSISTANT, " \n")], "response is empty"),
        ([Message(USER, ""), Message(ASSISTANT, "So.")], "user message is empty"),
        ([Message(USER, "\ud83d"), Message(ASSISTANT, "So.")], "half a character"),
        ([Message(USER, "W\0h\0y\0"), Message(ASSISTANT, "So.")], "wrong encoding"),
    ],
)
def test_messages_that_cannot_be_learned_from_are_refused(messages: list[Message], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        made(messages, SOURCE)


def test_the_id_depends_on_the_text_and_the_roles_alone() -> None:
    one, again = row("Why?", "So.", line=1), row("Why?", "So.", line=2).with_step(Step("random"))
    assert one.id == again.id
    assert len({one.id, row("Why?", "So!").id, row("Why?", "So.", system="x").id}) == 3
    assert fingerprint([one]) == fingerprint([again]) != fingerprint([one, one])


def test_what_is_written_is_read_and_nothing_else_lies_about(tmp_path: Path) -> None:
    rows = [row("Why?", "line\u2028one\nline two", line=3), row("为什么?", "因为。", system="Be kind.")]
    assert write_rows(tmp_path / "new" / "rows.jsonl", rows) == 2
    assert read_rows(tmp_path / "new" / "rows.jsonl") == rows
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["rows.jsonl"]


def test_an_interrupt_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    write_rows(file, [row("Why?", "So.")])

    def interrupted():  # type: ignore[no-untyped-def]
        yield row("Who?", "I.")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_rows(file, interrupted())
    assert read_rows(file) == [row("Why?", "So.")]


def test_a_full_disk_leaves_the_old_file_and_no_half_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "rows.jsonl"
    write_rows(file, [row("Why?", "So.")])

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("training.data.jsonl.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_rows(file, [row("Who?", "I.")])
    assert read_rows(file) == [row("Why?", "So.")]
    assert list(tmp_path.iterdir()) == [file]


GOOD = as_json(row("Why?", "So."))


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (b"", "2 is not a canonical row"),
        (b"{", "2 is not a canonical row"),
        (b"\xff\xfe", "2 is not a canonical row"),
        (b"[" * 100_000, "2 is not a canonical row"),
        (b"[]", "expected an object with"),
        (b'{"id": "x"}', r"got an object with \['id'\]"),
        (json.dumps(GOOD | {"id": "0000"}).encode(), "text was changed since it was written"),
        (json.dumps(GOOD | {"messages": "Why?"}).encode(), "expected a list of messages, got str"),
        (json.dumps(GOOD | {"messages": [{"role": [], "content": ""}]}).encode(), "expected a role of"),
        (json.dumps(GOOD | {"messages": [{"role": "tool", "content": ""}]}).encode(), "got 'tool'"),
        (json.dumps(GOOD | {"messages": [{"role": "user", "content": 3}]}).encode(), "a text as content"),
        (json.dumps(GOOD | {"source": GOOD["source"] | {"line": 0}}).encode(), "a line from 1 on"),
        (json.dumps(GOOD | {"source": GOOD["source"] | {"line": True}}).encode(), "a line from 1 on"),
        (json.dumps(GOOD | {"source": GOOD["source"] | {"steps": [{}]}}).encode(), "steps with a name"),
        (json.dumps(GOOD | {"source": GOOD["source"] | {"steps": [{"name": "x", "k": []}]}}).encode(), "settings"),
    ],
)
def test_a_line_that_is_not_canonical_is_named_with_its_number(tmp_path: Path, line: bytes, complaint: str) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_bytes(json.dumps(GOOD).encode() + b"\n" + line + b"\n")
    with pytest.raises(DataError, match=complaint) as refusal:
        read_rows(file)
    assert "rows.jsonl:2" in str(refusal.value)


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").touch()
    with pytest.raises(DataError, match="is empty"):
        read_rows(tmp_path / "rows.jsonl")
