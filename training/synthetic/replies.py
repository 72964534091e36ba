"""Reading a reply: instruction, context and response, by the form that was asked for. Whether it is good: `checks`."""

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from training.synthetic.prompts import Form, Kind
from training.synthetic.tasks import Task

_HEADING = re.compile(r"^[#*\s]*(instruction|context|response)\s*:?[*\s]*$", re.IGNORECASE | re.MULTILINE)
_FENCE = re.compile(r"\A\s*```(?:json)?\s*\n(.*?)\n?```\s*\Z", re.DOTALL)
_NOTHING = {"", "none", "(none)", "none.", "n/a", "-"}


class Reason(StrEnum):
    """Why a reply makes no row."""

    FORM = "not in the form asked for"
    EMPTY = "empty"
    CUT = "cut off"
    LANGUAGE = "in another language"
    SHORT = "too short"
    LONG = "too long"
    REFUSAL = "a refusal"
    TALK = "talks about the task"
    COPY = "a copy"
    NEAR = "a near-duplicate"
    FAILED = "no reply"


class ReplyRefused(ValueError):
    """A reply makes no row; the message says more than the reason."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Draft:
    """What a reply says; instruction and context are the task's own where the model was not to write them."""

    instruction: str
    context: str
    response: str


def read(task: Task, text: str) -> Draft:
    """The parts of a reply. Raises ReplyRefused."""
    wanted = ("response",) if task.kind is Kind.REFINE else ("instruction", "context", "response")
    if task.form is Form.PLAIN:
        parts = {"response": text.strip()}
    else:
        parts = _json(text, wanted) if task.form is Form.JSON else _sections(text, wanted)
    instruction, context = parts.get("instruction", task.instruction), parts.get("context", "")
    return Draft(instruction, "" if context.lower() in _NOTHING else context, parts["response"])


def _sections(text: str, wanted: tuple[str, ...]) -> dict[str, str]:
    pieces = _HEADING.split(text)
    names = [name.lower() for name in pieces[1::2]]
    parts = {name: part.strip() for name, part in zip(names, pieces[2::2], strict=True)}
    missing = [name for name in wanted if name not in parts and name != "context"]
    if missing or len(parts) < len(names) or set(parts) - set(wanted):
        found = ", ".join(names) or "none"
        raise ReplyRefused(Reason.FORM, f"expected the headings {', '.join(wanted)}, each once; found {found}")
    return parts


def _json(text: str, wanted: tuple[str, ...]) -> dict[str, str]:
    fenced = _FENCE.match(text)
    try:
        value: Any = json.loads(fenced[1] if fenced else text)
    except (ValueError, RecursionError) as error:
        raise ReplyRefused(Reason.FORM, f"expected a JSON object and nothing else: {error}") from error
    needed = {name for name in wanted if name != "context"}
    if not isinstance(value, dict) or not needed <= set(value) <= set(wanted):
        raise ReplyRefused(Reason.FORM, f"expected a JSON object with {', '.join(wanted)}, got {text.strip()[:60]!r}")
    if not all(isinstance(part, str) for part in value.values()):
        raise ReplyRefused(Reason.FORM, "every field of the JSON object should be a text")
    return {name: part.strip() for name, part in value.items()}
