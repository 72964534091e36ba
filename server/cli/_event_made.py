"""Events between the command line and the store: read, completed from the catalogue, told in words."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from server.domain.counting import label
from server.domain.errors import Refused
from server.domain.event import LETTERS, Event, Expert, Finalist, JudgeSeat, Question
from server.domain.exact_checks import used_fields
from server.domain.state import EventState
from server.store.codec import decode_event, encode_event

MOST_PROBLEMS = 5


def from_file(file: Path) -> Event:
    """The event in a file, TOML if its name ends so, else JSON. Raises Refused naming each wrong or unknown field."""
    hint = "`finale event template` prints one."
    try:
        data = _parsed(file)
        event = decode_event(json.dumps(data))
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, p['loc'])) or 'the file'}: {p['msg']}" for p in error.errors()[:MOST_PROBLEMS]]
        raise Refused(f"{file} is no event. {'; '.join(problems)}. {hint}") from error
    except (ValueError, RecursionError) as error:
        raise Refused(f"{file} cannot be read: {error}. {hint}") from error
    unknown = list(_unknown(data, json.loads(encode_event(event)), ""))[:MOST_PROBLEMS]
    if unknown:
        raise Refused(f"{file} has fields that no event has: {', '.join(unknown)}. {hint}")
    return event


def _parsed(file: Path) -> Any:
    """The file's tree. Numbers with a point stay as they are written: 0.1 is a tenth and nothing else."""
    text = file.read_bytes().decode()
    return tomllib.loads(text, parse_float=str) if file.suffix == ".toml" else json.loads(text, parse_float=str)


def _unknown(given: Any, understood: Any, path: str) -> Iterator[str]:
    """Paths of fields that were given and not understood: a slip in a name must not pass as its default."""
    if isinstance(given, dict) and isinstance(understood, dict):
        for key, value in given.items():
            where = f"{path}.{key}" if path else str(key)
            if key in understood:
                yield from _unknown(value, understood[key], where)
            else:
                yield where
    elif isinstance(given, list) and isinstance(understood, list):
        for number, (one, other) in enumerate(zip(given, understood, strict=False)):
            yield from _unknown(one, other, f"{path}.{number}")


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
    """The event as JSON to be edited. A check is told by the fields of its kind."""
    data = json.loads(encode_event(event))
    for question, asked in zip(data["questions"], event.questions, strict=True):
        pairs = zip(question["checks"], asked.checks, strict=True)
        question["checks"] = [{name: told[name] for name in used_fields(check)} for told, check in pairs]
    return json.dumps(data, indent=2, ensure_ascii=False)


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
    yield f"  judges:  {', '.join(_judge(event, judge) for judge in event.judges) or 'none'}"
    yield ""
    for number, question in enumerate(event.questions, 1):
        bonus = f" (×{question.multiplier})" if question.multiplier > 1 else ""
        yield f"  {number}.{bonus} {question.text}"
        yield from (f"     {line}" for line in _judging(question))


def _judge(event: Event, judge: JudgeSeat) -> str:
    kin = ", of the finalists' family" if judge.kin else ""
    weight = f", weight {float(judge.weight):g}" if len(event.judges) > 1 else ""
    return f"{judge.label}{kin}{weight}"


def _judging(question: Question) -> Iterator[str]:
    if question.criteria:
        yield f"marked by {', '.join(f'{c.title} (weight {float(c.weight):g})' for c in question.criteria)}"
    if question.reference or question.facts:
        facts = f"{len(question.facts)} fact{'' if len(question.facts) == 1 else 's'}"
        yield f"the judges are told {'a good answer and ' if question.reference else ''}{facts}"
    if question.checks:
        share = f"{float(100 * question.checks_share):g} % of each judge's mark"
        yield f"counted by code, {share}: {'; '.join(label(check) for check in question.checks)}"


def _progress(state: EventState) -> str:
    if state.finished_at is not None:
        return "finished"
    if state.current is None:
        return "not started"
    return f"round {state.current.number} of {len(state.event.questions)}, {state.current.phase.value}"
