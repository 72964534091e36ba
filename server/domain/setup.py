"""Whether an event can be played as it is made up, in words that say what to mend."""

import re

from server.domain.errors import Refused
from server.domain.event import LETTERS, Event
from server.domain.rules import Component, Rules

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
LONGEST_QUESTION_CHARS = 600


def check_event(event: Event) -> None:
    """Raises Refused with everything that is wrong, one sentence each."""
    problems = [*_people(event), *_questions(event), *_rules(event.rules)]
    if problems:
        raise Refused(" ".join(problems))


def _people(event: Event) -> list[str]:
    problems = []
    if not 1 <= len(event.finalists) <= len(LETTERS):
        problems.append(f"An event has 1 to {len(LETTERS)} finalists, not {len(event.finalists)}.")
    for what, ids in (("finalist", event.finalist_ids), ("expert", tuple(x.id for x in event.experts))):
        if len(set(ids)) < len(ids):
            problems.append(f"Two {what}s have the same id.")
        problems += [f"{i!r} is no id: use small letters, digits and hyphens." for i in ids if not _ID.fullmatch(i)]
    names = [*(f.name for f in event.finalists), *(x.name for x in event.experts)]
    if any(not 1 <= len(name.strip()) <= 60 for name in names):
        problems.append("Every name has 1 to 60 characters.")
    return problems


def _questions(event: Event) -> list[str]:
    problems = [] if event.questions else ["The event has no question."]
    for number, question in enumerate(event.questions, 1):
        if not 1 <= len(question.text.strip()) <= LONGEST_QUESTION_CHARS:
            problems.append(f"Question {number} needs 1 to {LONGEST_QUESTION_CHARS} characters.")
        if question.multiplier not in (1, 2, 3):
            problems.append(f"Question {number} counts once, twice or three times, not {question.multiplier}.")
        if question.seconds is not None and not 5 <= question.seconds <= 3600:
            problems.append(f"Question {number} runs 5 to 3600 seconds, not {question.seconds}.")
    return problems


def _rules(rules: Rules) -> list[str]:
    problems = []
    weights = [rules.scoring.weights[part] for part in Component]
    if any(weight < 0 for weight in weights) or not sum(weights) > 0:
        problems.append("Weights are not negative and at least one is above zero.")
    if not rules.scoring.criteria or sum(x.weight for x in rules.scoring.criteria) <= 0:
        problems.append("Experts need at least one criterion with a weight above zero.")
    if rules.scoring.audience_quorum < 0:
        problems.append("The audience's quorum is not negative.")
    for name, value, low, high in (
        ("The round", rules.round_seconds, 5, 3600),
        ("The grace", rules.grace_seconds, 0, 60),
        ("The vote", rules.voting_seconds, 5, 3600),
        ("The judges' time", rules.judge_seconds, 1, 3600),
    ):
        if not low <= value <= high:
            problems.append(f"{name} lasts {low} to {high} seconds, not {value}.")
    if not 1 <= rules.max_tokens_limit <= 32_768:
        problems.append("Max tokens lies between 1 and 32,768.")
    return problems
