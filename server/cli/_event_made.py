"""Events between the command line and the store: read, completed from the catalogue, told in words."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from server.demo import QUESTIONS
from server.domain.errors import Refused
from server.domain.event import LETTERS, Event, Expert, Finalist, JudgeSeat, Question
from server.domain.state import EventState
from server.store.codec import decode_event, encode_event

TEMPLATE = Event(
    id="finale-2026",
    name="Grand Finale 2026",
    seed="a text that is published before the show",
    finalists=(Finalist("mei-ling", "Mei Ling", "mei-ling"), Finalist("arjun", "Arjun", "arjun")),
    experts=(Expert("lim-siew-hoon", "Dr Lim Siew Hoon"),),
    questions=(QUESTIONS[0], QUESTIONS[-1]),
)
MOST_PROBLEMS = 5


def from_file(file: Path) -> Event:
    """The event in a JSON file. Raises Refused naming each wrong field."""
    text = file.read_bytes()
    try:
        return decode_event(text)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, p['loc'])) or 'the file'}: {p['msg']}" for p in error.errors()[:MOST_PROBLEMS]]
        raise Refused(f"{file} is no event. {'; '.join(problems)}. `finale event template` prints one.") from error


def from_names(
    id_: str,
    name: str,
    finalists: Sequence[str],
    experts: Sequence[str],
    questions: Sequence[str],
    bonus: str,
    rehearsal: bool,
    seed: str,
) -> Event:
    """An event with the default rules."""
    asked = [Question(text) for text in questions] + ([Question(bonus, multiplier=2)] if bonus else [])
    return Event(
        id=id_ or slug(name),
        name=name,
        seed=seed,
        rehearsal=rehearsal,
        finalists=tuple(_finalist(text) for text in finalists),
        experts=tuple(Expert(slug(person), person) for person in experts),
        questions=tuple(asked),
    )


def _finalist(text: str) -> Finalist:
    name, _, adapter = text.partition("=")
    return Finalist(slug(name), name.strip(), adapter.strip())


def slug(name: str) -> str:
    """An id for a name: "Mei Ling" → "mei-ling"."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]


def completed(event: Event, adapters: Mapping[str, tuple[str, str]], judges: Sequence[JudgeSeat]) -> Event:
    """The event with every adapter under its name on the engine, and this server's judges where it names none."""
    finalists = []
    for finalist in event.finalists:
        known = adapters.get(finalist.adapter or finalist.id)
        finalists.append(replace(finalist, adapter=known[0], adapter_sha256=known[1]) if known else finalist)
    return replace(event, finalists=tuple(finalists), judges=event.judges or tuple(judges))


def without_model(event: Event) -> tuple[Finalist, ...]:
    """Finalists whose adapter is not in the catalogue."""
    return tuple(finalist for finalist in event.finalists if not finalist.adapter_sha256)


def as_json(event: Event) -> str:
    """The event as JSON to be edited."""
    return json.dumps(json.loads(encode_event(event)), indent=2, ensure_ascii=False)


def in_words(state: EventState, code: str) -> str:
    """The event and how far it is, line by line."""
    return "\n".join(_lines(state, code))


def _lines(state: EventState, code: str) -> Iterator[str]:
    event, rules = state.event, state.event.rules
    yield f"{event.name}{' (rehearsal)' if event.rehearsal else ''}, id {event.id}, code {code}, seed {event.seed}"
    yield f"{_progress(state)}; {rules.round_seconds} s to prompt, {rules.voting_seconds} s to vote"
    weights = rules.scoring.weights
    yield f"weights: llm {weights.llm}, experts {weights.experts}, audience {weights.audience}"
    yield ""
    for letter, finalist in zip(LETTERS, event.finalists, strict=False):
        yield f"  {letter}  {finalist.name:<24} {finalist.adapter or 'no adapter'}"
    yield f"  experts: {', '.join(expert.name for expert in event.experts) or 'none'}"
    yield f"  judges:  {', '.join(judge.label for judge in event.judges) or 'none'}"
    yield ""
    for number, question in enumerate(event.questions, 1):
        bonus = f" (×{question.multiplier})" if question.multiplier > 1 else ""
        yield f"  {number}.{bonus} {question.text}"


def _progress(state: EventState) -> str:
    if state.finished_at is not None:
        return "finished"
    if state.current is None:
        return "not started"
    return f"round {state.current.number} of {len(state.event.questions)}, {state.current.phase.value}"
