"""The fixed list of prompts that adapters are tried on: read from a file and checked line by line. Nothing is sampled.

A .txt file holds one question a line. A .jsonl file holds objects: `question` (or `instruction`, `prompt`), and where
wanted `id`, `system` and `facts`, which only a judge sees.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from models.judging.lines import Row, read_rows, text_of
from models.judging.prompts import digest
from training.trying.errors import TryingRefused
from training.tuning.sampling import Prompt

SHIPPED = Path(__file__).with_name("prompts.jsonl")
"""Prompts on Singapore's culture that nothing is trained on, for whoever has none at hand."""
_QUESTION = ("question", "instruction", "prompt")
_FACTS = ("facts", "reference")
_KEYS = frozenset({"id", "system", *_QUESTION, *_FACTS})


@dataclass(frozen=True, slots=True)
class Asked:
    """One prompt of the list. `facts` are vouched for by the list's author and shown to a judge alone."""

    id: str
    prompt: Prompt
    facts: str | None = None


def read_prompts(file: Path, *, system: str = "") -> tuple[Asked, ...]:
    """Every prompt, in order; `system` stands where a prompt names none. Raises TryingRefused, LinesRefused."""
    plain = file.suffix.lower() == ".txt"
    asked = _from_text(file, system) if plain else tuple(_asked(row, system) for row in read_rows(file))
    _check_once(file, asked)
    return asked


def list_sha256(asked: Iterable[Asked]) -> str:
    """SHA-256 (hex) over ids, prompts and facts in their order, so that results on the same list can be told."""
    return digest(*[(one.id, one.prompt.system, one.prompt.question, one.facts) for one in asked])


def _from_text(file: Path, system: str) -> tuple[Asked, ...]:
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise TryingRefused(f"{file} is not UTF-8 (byte {error.start}); save it as UTF-8.") from error
    numbered = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]
    if not numbered:
        raise TryingRefused(f"{file} holds no prompt; write one question in each line.")
    return tuple(Asked(str(number), Prompt(line, system)) for number, line in numbered)


def _asked(row: Row, system: str) -> Asked:
    if unknown := sorted(set(row.fields) - _KEYS):
        raise row.refused(f"unknown field {', '.join(unknown)}; the fields are {', '.join(sorted(_KEYS))}")
    given = text_of(row, ("system",), may_be_empty=True) if "system" in row.fields else system
    facts = text_of(row, _FACTS) if any(name in row.fields for name in _FACTS) else None
    return Asked(_id(row), Prompt(text_of(row, _QUESTION), given), facts)


def _id(row: Row) -> str:
    value = row.fields.get("id", row.number)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value.strip():
        raise row.refused(f"expected text or a whole number as id, got {value!r}")
    return value.strip()


def _check_once(file: Path, asked: tuple[Asked, ...]) -> None:
    ids = [one.id for one in asked]
    if twice := sorted({one for one in ids if ids.count(one) > 1}):
        raise TryingRefused(f"{file} has the id {twice[0]!r} more than once; give each prompt its own.")
