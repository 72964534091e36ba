"""What rows are to be written about: topics of a list, passages of texts, each with its file and line."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.data.encoding import decode, has_broken_bytes
from training.data.rows import Source
from training.synthetic.errors import SynthesisRefused

TEXT_SUFFIXES = (".txt", ".md")
MOST_PASSAGE_WORDS = 400


@dataclass(frozen=True, slots=True)
class Subject:
    """A topic with its notes, or a passage; `source.shape` says which."""

    text: str
    source: Source


def read_topics(path: Path, encoding: str | None = None) -> list[Subject]:
    """Topics of a plain list (one a line, # for comments) or JSONL ({"topic": …, "notes": …}).

    Raises SynthesisRefused naming the line of what is no topic.
    """
    text, sha256 = _text(path, encoding)
    topics = [
        Subject(told, Source(path.name, number, sha256, "topic"))
        for number, line in enumerate(text.split("\n"), 1)
        if (told := _topic(line.strip(), f"{path}, line {number}"))
    ]
    if not topics:
        raise SynthesisRefused(f"{path} holds no topic. Write one in each line.")
    return topics


def read_texts(
    paths: Sequence[Path], most_words: int = MOST_PASSAGE_WORDS, encoding: str | None = None
) -> list[Subject]:
    """Passages of text files, and of those in folders, cut at blank lines into at most so many words.

    A longer paragraph is a passage of its own. Raises SynthesisRefused where there is no text.
    """
    files = [file for path in paths for file in _files(path)]
    found = [passage for file in files for passage in _passages(file, most_words, encoding)]
    if not found:
        raise SynthesisRefused(
            f"{', '.join(map(str, paths))}: no text is there. Expected {' or '.join(TEXT_SUFFIXES)}."
        )
    return found


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.suffix.lower() in TEXT_SUFFIXES)
    return [path]


def _passages(path: Path, most_words: int, encoding: str | None) -> Iterator[Subject]:
    text, sha256 = _text(path, encoding)
    gathered: list[str] = []
    first, words = 1, 0
    for number, paragraph in _paragraphs(text):
        size = len(paragraph.split())
        if gathered and words + size > most_words:
            yield Subject("\n\n".join(gathered), Source(path.name, first, sha256, "passage"))
            gathered, words = [], 0
        if not gathered:
            first = number
        gathered.append(paragraph)
        words += size
    if gathered:
        yield Subject("\n\n".join(gathered), Source(path.name, first, sha256, "passage"))


def _paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """Paragraphs with the line that each begins in."""
    lines: list[str] = []
    for number, line in enumerate([*text.split("\n"), ""], 1):
        if line.strip():
            lines.append(line.rstrip())
        elif lines:
            yield number - len(lines), "\n".join(lines)
            lines = []


def _topic(line: str, where: str) -> str:
    if not line or line.startswith("#"):
        return ""
    if not line.startswith("{"):
        return line
    try:
        value: Any = json.loads(line)
    except ValueError as error:
        raise SynthesisRefused(f"{where} is not JSON: {error}. Mend it, or write the topic as plain text.") from error
    parts = [value.get("topic"), value.get("notes", "")]
    if not all(isinstance(part, str) for part in parts) or not parts[0].strip():
        raise SynthesisRefused(f'{where} should be {{"topic": "…", "notes": "…"}}, the notes may be left out.')
    return "\n".join(part.strip() for part in parts if part.strip())


def _text(path: Path, encoding: str | None) -> tuple[str, str]:
    data = path.read_bytes()
    text = decode(data, str(path), encoding).text
    if has_broken_bytes(text):
        raise SynthesisRefused(f"{path} holds bytes that are not UTF-8. Say its encoding with --encoding.")
    return text.replace("\r\n", "\n"), hashlib.sha256(data).hexdigest()
