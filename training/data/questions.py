"""A list of questions that must not be in the training data: an event's, or any file of questions."""

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.data.encoding import decode
from training.data.errors import DataError

KEYS = ("question", "text", "prompt", "instruction")


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `label` says where it stands. A reference answer counts as one too: it must not leak either."""

    text: str
    label: str


def read_questions(path: Path, encoding: str | None = None) -> list[Question]:
    """The questions of an event (JSON or TOML with `questions`), a list or lines of JSON, or plain text, one a line.

    Raises DataError naming the line of what is no question.
    """
    text = decode(path.read_bytes(), str(path), encoding).text.strip()
    found = _toml(text, path) if path.suffix == ".toml" else _json(text, path) if text[:1] in "{[" else _lines(text)
    if not found:
        raise DataError(f"{path} holds no question. Expected an event file, or one question in each line.")
    return found


def _lines(text: str) -> list[Question]:
    told = [(number, line.strip()) for number, line in enumerate(text.split("\n"), 1)]
    return [Question(line, f"line {number}") for number, line in told if line and not line.startswith("#")]


def _json(text: str, path: Path) -> list[Question]:
    try:
        value = json.loads(text)
    except ValueError:
        return _jsonl(text, path)
    return _listed(value.get("questions", [value]) if isinstance(value, dict) else value, path)


def _toml(text: str, path: Path) -> list[Question]:
    try:
        return _listed(tomllib.loads(text).get("questions", []), path)
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{path} is not TOML: {error}. Mend it, or use plain text.") from error


def _listed(listed: Any, path: Path) -> list[Question]:
    if not isinstance(listed, list):
        raise DataError(f"The questions in {path} should be a list. `finale event template` shows how an event looks.")
    return [question for number, one in enumerate(listed, 1) for question in _told(one, f"question {number}", path)]


def _jsonl(text: str, path: Path) -> list[Question]:
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                found += _told(json.loads(line), f"line {number}", path)
            except ValueError as error:
                raise DataError(f"{path}, line {number}, is not JSON: {error}. Mend it, or use plain text.") from error
    return found


def _told(value: Any, label: str, path: Path) -> list[Question]:
    if isinstance(value, str) and value.strip():
        return [Question(value.strip(), label)]
    if isinstance(value, dict):
        text = next((value[key] for key in KEYS if isinstance(value.get(key), str) and value[key].strip()), None)
        if text is not None:
            reference = value.get("reference")
            more = [Question(reference.strip(), f"{label}, reference")] if isinstance(reference, str) else []
            return [Question(text.strip(), label), *(one for one in more if one.text)]
    raise DataError(f"{path}: {label} is no question: expected a text, or an object with one of {', '.join(KEYS)}.")
