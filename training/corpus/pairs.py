"""Reading the hand-written `pairs/*.jsonl`: whole questions and answers, each in its register."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from training.rows import Row

FOLDER = Path(__file__).parent / "pairs"
REGISTERS = ("points", "short", "memoir", "humorous", "singlish", "plain", "formal")


@dataclass(frozen=True, slots=True)
class Pair:
    """One hand-written exchange: what a finalist might wish for, what the hall asks, what a good answer says."""

    topic: str
    system: str
    instruction: str
    response: str
    register: str

    def row(self) -> Row:
        """The pair as a chat row."""
        return Row(self.system, self.instruction, self.response, self.topic, f"pair-{self.register}")


@cache
def pairs() -> tuple[Pair, ...]:
    """Every pair, in the order of the files' names and lines."""
    return tuple(pair for path in sorted(FOLDER.glob("*.jsonl")) for pair in parse(path.read_text("utf-8"), path.stem))


def parse(text: str, topic: str) -> list[Pair]:
    """The pairs of one file, an object a line. Raises ValueError that names the topic and the line."""
    return [_pair(line, topic, number) for number, line in enumerate(text.splitlines(), 1) if line.strip()]


def _pair(line: str, topic: str, number: int) -> Pair:
    try:
        pair = Pair(topic, **json.loads(line))
    except (json.JSONDecodeError, TypeError) as error:
        raise ValueError(
            f"{topic}.jsonl:{number}: expected system, instruction, response and register: {error}"
        ) from error
    if pair.register not in REGISTERS or not pair.instruction.strip() or not pair.response.strip():
        raise ValueError(f"{topic}.jsonl:{number}: expected texts and a register of {REGISTERS}, got {line[:120]}")
    return pair
