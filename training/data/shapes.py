"""The shapes in which rows are met, and how each becomes chat messages. Reading files is `records` and `reading`.

In the flat shapes the user's message is the instruction, then a blank line and the context where there is one.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from training.data.problems import Kind, Refusal
from training.data.rows import Message, Role


class Shape(StrEnum):
    """How a record says what was asked and what was answered."""

    CANONICAL = "canonical"
    MESSAGES = "messages"
    CONVERSATIONS = "conversations"
    INSTRUCTION_CONTEXT_RESPONSE = "instruction-context-response"
    INSTRUCTION_INPUT_OUTPUT = "instruction-input-output"
    PROMPT_COMPLETION = "prompt-completion"


@dataclass(frozen=True, slots=True)
class Fields:
    """The names of a flat shape's fields: what is asked, what it is about (may be absent), what is answered."""

    asked: str
    context: str
    answered: str


FLAT = {
    Shape.INSTRUCTION_CONTEXT_RESPONSE: Fields("instruction", "context", "response"),
    Shape.INSTRUCTION_INPUT_OUTPUT: Fields("instruction", "input", "output"),
    Shape.PROMPT_COMPLETION: Fields("prompt", "", "completion"),
}
CHAT = {Shape.MESSAGES: "messages", Shape.CONVERSATIONS: "conversations"}
SYSTEM = "system"
NAMES = sorted({SYSTEM, *CHAT.values(), *(n for f in FLAT.values() for n in (f.asked, f.context, f.answered))} - {""})
SPEAKERS = {
    "system": Role.SYSTEM,
    "user": Role.USER,
    "human": Role.USER,
    "assistant": Role.ASSISTANT,
    "gpt": Role.ASSISTANT,
    "chatgpt": Role.ASSISTANT,
    "bing": Role.ASSISTANT,
    "bard": Role.ASSISTANT,
    "model": Role.ASSISTANT,
}
CANONICAL_KEYS = {"id", "messages", "source"}


@dataclass(frozen=True, slots=True)
class Told:
    """A record as chat messages; `unused` names the fields that played no part."""

    shape: Shape
    messages: tuple[Message, ...]
    unused: frozenset[str]


def tell(fields: Mapping[str, Any], mapping: Mapping[str, str]) -> Told:
    """The messages of a record; `mapping` goes from a field of ours to the record's. Raises Refusal."""
    named = _named(fields, mapping)
    shape = shape_of(named)
    if shape in CHAT:
        return _chat(named, shape)
    return _flat(named, shape)


def shape_of(fields: Mapping[str, Any]) -> Shape:
    """Which shape the fields make; chat comes before flat. Raises Refusal that names what is there and what is not."""
    for shape, name in CHAT.items():
        if name in fields:
            return Shape.CANONICAL if set(fields) == CANONICAL_KEYS else shape
    for shape, names in FLAT.items():
        if names.asked in fields and names.answered in fields:
            return shape
    asked = next((names.asked for names in FLAT.values() if names.asked in fields), None)
    if asked is not None:
        answers = [names.answered for names in FLAT.values() if names.asked == asked]
        raise Refusal(Kind.NO_RESPONSE, f"has {asked!r}, but no {' or '.join(map(repr, answers))}: nothing to learn")
    raise Refusal(
        Kind.SHAPE,
        f"the fields {sorted(fields)} make no known shape: expected messages, conversations, instruction and response, "
        "instruction and output, or prompt and completion. Name the columns with --map, as in --map response=answer",
    )


def _named(fields: Mapping[str, Any], mapping: Mapping[str, str]) -> dict[str, Any]:
    """The fields under our names: mapped ones first, others in small letters where that is a name of ours."""
    theirs = {column: ours for ours, column in mapping.items()}
    named: dict[str, Any] = {}
    for column, value in fields.items():
        lowered = column.strip().lower()
        name = theirs.get(column, lowered if lowered in NAMES and lowered not in mapping else column)
        if name in named:
            raise Refusal(Kind.SHAPE, f"has two fields that mean {name!r}; name the right one with --map")
        named[name] = value
    return named


def _flat(fields: Mapping[str, Any], shape: Shape) -> Told:
    names = FLAT.get(shape, Fields("", "", ""))
    asked, answered = fields[names.asked], fields[names.answered]
    used = {names.asked, names.answered, SYSTEM, *([names.context] if names.context else [])}
    unused = frozenset(fields) - used
    if isinstance(asked, list) or isinstance(answered, list):
        return Told(shape, (*_system(fields), *_turns(asked, Role.USER), *_turns(answered, Role.ASSISTANT)), unused)
    context = _text(fields.get(names.context), names.context) if names.context else ""
    question = _text(asked, names.asked)
    if not question.strip():
        raise Refusal(Kind.EMPTY, f"the {names.asked} is empty")
    response = _text(answered, names.answered)
    if not response.strip():
        raise Refusal(Kind.NO_RESPONSE, f"the {names.answered} is empty: nothing to learn")
    user = f"{question}\n\n{context}" if context.strip() else question
    turns = (Message(Role.USER, user), Message(Role.ASSISTANT, response))
    return Told(shape, (*_system(fields), *turns), unused)


def _chat(fields: Mapping[str, Any], shape: Shape) -> Told:
    name = CHAT[shape]
    turns = fields[name]
    if isinstance(turns, str):  # a CSV has no other way to hold a list
        turns = _unfolded(turns, name)
    messages = tuple(_turns(turns, Role.USER))
    if messages and messages[-1].role is not Role.ASSISTANT:
        raise Refusal(Kind.NO_RESPONSE, f"the last of the {name} is the {messages[-1].role}'s: nothing to learn")
    if not messages or messages[0].role is not Role.SYSTEM:
        messages = (*_system(fields), *messages)
    elif _text(fields.get(SYSTEM), SYSTEM).strip():
        raise Refusal(Kind.SHAPE, f"has a system prompt twice, as {SYSTEM!r} and as the first of the {name}")
    return Told(shape, messages, frozenset(fields) - {name, SYSTEM} | _unused_parts(turns, name))


def _unused_parts(turns: Any, name: str) -> frozenset[str]:
    known = {"role", "content", "from", "value"}
    return frozenset(f"{name}[].{key}" for turn in turns for key, value in turn.items() if key not in known and value)


def _unfolded(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refusal(Kind.SHAPE, f"expected {name!r} to be a list of messages, got the text {text!r:.40}") from error


def _turns(value: Any, alone: Role) -> Iterator[Message]:
    """Messages of a list of turns; a plain text is one message of the role `alone`."""
    if not isinstance(value, list):
        yield Message(alone, _text(value, str(alone)))
        return
    for number, turn in enumerate(value, 1):
        yield _turn(turn, number)


def _turn(turn: Any, number: int) -> Message:
    if not isinstance(turn, dict):
        raise Refusal(Kind.SHAPE, f"message {number} should be an object, not {type(turn).__name__}")
    if turn.get("tool_calls") or turn.get("function_call"):
        raise Refusal(Kind.SHAPE, f"message {number} calls a tool, which a finalist cannot learn")
    speaker, said = ("role", "content") if "role" in turn else ("from", "value")
    role = SPEAKERS.get(str(turn.get(speaker)).lower())
    if role is None:
        known = ", ".join(SPEAKERS)
        raise Refusal(Kind.SHAPE, f"message {number} is said by {turn.get(speaker)!r}; known speakers are {known}")
    return Message(role, _text(turn.get(said), f"{said} of message {number}"))


def _system(fields: Mapping[str, Any]) -> tuple[Message, ...]:
    text = _text(fields.get(SYSTEM), SYSTEM)
    return (Message(Role.SYSTEM, text),) if text.strip() else ()


def _text(value: Any, name: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Refusal(Kind.SHAPE, f"the {name} should be a text, not {type(value).__name__} {value!r:.40}")
    return value
