"""Reading the hand-written `topics/*.txt`. Putting the sentences together lives in `compose`."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "topics"
FIELDS = ("id", "subject", "titles", "keys")
SECTIONS = ("asks", "facts", "points", "memoir", "funny", "singlish", "closers")


@dataclass(frozen=True, slots=True)
class Topic:
    """One subject with its sentences by register. Any subset in the file's order reads well."""

    id: str
    subject: str
    titles: list[str]
    keys: list[str]
    sections: dict[str, list[str]] = field(default_factory=dict)

    def lines(self, section: str) -> list[str]:
        """The sentences of a section; empty where the topic has none."""
        return self.sections.get(section, [])


@cache
def topics() -> tuple[Topic, ...]:
    """Every topic, in the order of the file names."""
    return tuple(parse(path.read_text(encoding="utf-8"), path.name) for path in sorted(FOLDER.glob("*.txt")))


def parse(text: str, name: str = "topic") -> Topic:
    """Read one topic file: `key: value` lines, then `## section` headings, each followed by one sentence a line.

    Raises ValueError that names the file and the line where something else is found.
    """
    head: dict[str, str] = {}
    sections: dict[str, list[str]] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        if line.startswith("## "):
            section = line[3:].strip()
            _expect(section in SECTIONS, name, number, f"a section of {SECTIONS}", section)
            sections[section] = []
        elif section:
            sections[section].append(line.strip())
        else:
            key, colon, value = line.partition(":")
            _expect(bool(colon) and key in FIELDS, name, number, f"a field of {FIELDS}", line)
            head[key] = value.strip()
    missing = [key for key in FIELDS if not head.get(key)]
    _expect(not missing, name, 1, "every field", f"none for {missing}")
    return Topic(head["id"], head["subject"], _split(head["titles"]), _split(head["keys"]), sections)


def _split(value: str) -> list[str]:
    return [part.strip() for part in value.split(";") if part.strip()]


def _expect(truth: bool, name: str, number: int, expected: str, got: str) -> None:
    if not truth:
        raise ValueError(f"{name}:{number}: expected {expected}, got {got!r}")
